"""Documents of a report: each a rendering of the same ``Paper``, so a number cannot differ between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, overload

from reports.documents import csv, docx, pdf, problemator_pdf, problemator_xlsx, xlsx
from reports.documents.heading import Heading
from reports.paper import Paper
from reports.shape import Figures


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


@overload
def render(paper: Paper, form: str) -> bytes: ...
@overload
def render(*, heading: Heading, figures: Figures) -> dict[str, bytes]: ...
def render(
    paper: Paper | None = None, form: str = "", *, heading: Heading | None = None, figures: Figures | None = None
) -> bytes | dict[str, bytes]:
    """One document of a report in one of ``FORMATS``; all documents of a problemator by its heading and figures."""
    if paper is not None:
        return FORMATS[form].render(paper)
    assert heading is not None  # noqa: S101 - the overloads say so
    assert figures is not None  # noqa: S101
    return {
        "xlsx": problemator_xlsx.render(heading=heading, figures=figures),
        "pdf": problemator_pdf.render(heading=heading, figures=figures),
    }
