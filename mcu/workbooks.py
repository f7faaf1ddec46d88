"""XLSX workbooks that we write: how they look and print. Words are words only: nothing in them runs or becomes a link."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AS_WORDS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
GREY, LINE, SHADE = "#575C63", "#DCDAD3", "#F6F5F2"
BASE: Final[dict[str, Any]] = {"font_name": "PT Sans", "font_size": 10, "valign": "top"}
HEADER: Final = {**BASE, "bold": True, "bg_color": SHADE, "bottom": 1, "bottom_color": LINE, "text_wrap": True}
TITLE: Final = {**BASE, "font_size": 14, "bold": True}
CELL: Final = 32_767  # letters: what the format holds
A4: Final = 9


def fitting(words: str) -> str:
    """The words as far as a cell holds them."""
    return words if len(words) <= CELL else f"{words[: CELL - 1]}…"


def on_paper(sheet: Worksheet, left: str) -> None:
    """A4 on its side, as wide as one page, with the words and the page's number at its foot."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    # An ampersand begins a code in footers; doubled it is itself.
    sheet.set_footer(f"&L{left.replace('&', '&&')}&R&P из &N")
