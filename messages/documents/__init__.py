"""Papers of a case: a letter as a sheet of plain values, then as DOCX and PDF."""

from __future__ import annotations

from messages.documents.docx_letter import to_docx
from messages.documents.pdf_letter import to_pdf
from messages.documents.sheet import LetterSheet

__all__ = ["LetterSheet", "to_docx", "to_pdf"]
