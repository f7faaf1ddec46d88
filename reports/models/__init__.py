"""Tables of the reports: what was made and signed, and the registers that feed it."""

from reports.models.registers import (
    Assessment,
    BestPractice,
    Campaign,
    Consultation,
    InformationRisk,
    Proposal,
    Publication,
    PublicHearing,
    RegisterEvent,
    RegisterImport,
    ResidentDecision,
)
from reports.models.report import Report, ReportDocument, ReportEvent, ReportQuerySet, ReportText

__all__ = [
    "Assessment",
    "BestPractice",
    "Campaign",
    "Consultation",
    "InformationRisk",
    "Proposal",
    "PublicHearing",
    "Publication",
    "RegisterEvent",
    "RegisterImport",
    "Report",
    "ReportDocument",
    "ReportEvent",
    "ReportQuerySet",
    "ReportText",
    "ResidentDecision",
]
