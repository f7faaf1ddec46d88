"""Documents of a report: each a rendering of the same ``Paper``, so a number cannot differ between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reports.documents import csv, docx, pdf, xlsx
from reports.paper import Paper


@dataclass(frozen=True, slots=True)
class Format:
    """What a document is called to people and to browsers, and what makes it."""

    name: str
    content_type: str
    render: Callable[[Paper], bytes]


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
FORMATS: Final[dict[str, Format]] = {
    "pdf": Format("PDF", "application/pdf", pdf.render),
    "docx": Format("DOCX", f"{_OFFICE}.wordprocessingml.document", docx.render),
    "xlsx": Format("XLSX", f"{_OFFICE}.spreadsheetml.sheet", xlsx.render),
    "csv": Format("CSV", "text/csv; charset=utf-8", csv.render),
}
CONTENT_TYPES: Final = {form: about.content_type for form, about in FORMATS.items()}


def render(paper: Paper, form: str) -> bytes:
    """One document of a report in one of ``FORMATS``."""
    return FORMATS[form].render(paper)
