"""Documents of a problemator: the same kept figures as XLSX and PDF."""

from __future__ import annotations

from reports.documents import pdf, xlsx
from reports.documents.heading import Heading
from reports.shape import Figures

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {"xlsx": XLSX_TYPE, "pdf": "application/pdf"}


def render(*, heading: Heading, figures: Figures) -> dict[str, bytes]:
    """All documents by format."""
    return {"xlsx": xlsx.render(heading=heading, figures=figures), "pdf": pdf.render(heading=heading, figures=figures)}
