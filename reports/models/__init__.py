"""Tables of the reports: what was made and signed, and the registers that feed it."""

from reports.models.report import Report, ReportEvent, ReportDocument, ReportQuerySet, ReportText

__all__ = ["Report", "ReportEvent", "ReportDocument", "ReportQuerySet", "ReportText"]
