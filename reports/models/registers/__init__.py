"""Registers that feed the reports: small tables that people of the Center keep. Measures of roadmaps: ``blocks.models``."""

from reports.models.registers.keeping import RegisterEvent, RegisterImport
from reports.models.registers.public import Campaign, Publication, PublicHearing, ResidentDecision
from reports.models.registers.work import Assessment, BestPractice, Consultation, InformationRisk, Proposal

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
    "ResidentDecision",
]
