"""Tables of the reports: what was made and signed, and the registers that feed it."""

from reports.models.report import Problemator, ProblematorQuerySet, ReportFile

__all__ = ["Problemator", "ProblematorQuerySet", "ReportFile"]
