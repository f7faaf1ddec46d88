"""The styles of a report's DOCX: Word's own headings, a style of tables, the page and its footer with numbers as fields."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from reports.documents import docx_xml as xml
from reports.paper import Heading, Paper
from reports.printable import one_line

FONT: Final = "PT Sans"
_INSTEAD: Final = "Arial"  # where the first is not installed
INK, GREY = RGBColor(0x1B, 0x1D, 0x20), RGBColor(0x57, 0x5C, 0x63)
# name, size, bold, grey, space before and after
_STYLES: Final = (
    ("Title", 20, True, False, 6, 0),
    ("Subtitle", 12, False, False, 0, 6),
    ("Heading 1", 13, True, False, 14, 4),
    ("Heading 2", 11, True, False, 10, 4),
    ("Body Text", 11, False, False, 0, 6),
    ("Center", 9, False, True, 0, 0),
    ("Addressee", 11, False, False, 0, 0),
    ("Mark", 10, True, False, 0, 4),
    ("Note", 9, False, True, 0, 2),
    ("Table Text", 9, False, False, 1, 1),
    ("Table Number", 9, False, False, 1, 1),
    ("Large", 22, True, False, 0, 0),
    ("Medium", 12, True, False, 0, 0),
    ("Signer", 11, False, False, 0, 0),
)
_KEPT: Final = ("Heading 1", "Heading 2")
_LINE, _HEADER = "DCDAD3", "575C63"


def set_up(made: Document, paper: Paper) -> None:
    """Page, fonts, styles, footer and properties."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(18), Mm(18)
    section.footer_distance = Mm(9)
    _font(made)
    for name, size, bold, grey, before, after in _STYLES:
        _style(made, name, size, bold=bold, grey=grey, before=before, after=after)
    made.styles["Table Number"].paragraph_format.alignment = ALIGN.RIGHT
    made.styles["Addressee"].paragraph_format.alignment = ALIGN.RIGHT
    made.styles.element.append(parse_xml(_table_style()))
    _footer(made, paper.heading)
    about = made.core_properties
    about.title = one_line(f"{paper.heading.title} {paper.heading.code}")[:255]
    about.author = about.last_modified_by = one_line(paper.heading.center)[:255]
    about.comments, about.language = "", "ru-RU"
    about.created = about.modified = paper.heading.made_at.astimezone(UTC)


def _font(made: Document) -> None:
    normal: Any = made.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(11)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "ru-RU")
    normal.element.rPr.append(language)
    entry = (
        f'<w:font w:name="{FONT}"><w:altName w:val="{_INSTEAD}"/><w:charset w:val="CC"/>'
        '<w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font>'
    )
    for part in made.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", entry.encode() + b"</w:fonts>")


def _style(made: Document, name: str, size: int, *, bold: bool, grey: bool, before: int, after: int) -> None:
    styles = made.styles
    style: Any = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name not in ("Normal",):
        style.base_style = styles["Normal"]
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)  # Word's own title has a line under it
    # The built-in styles take their letters from the theme: ours instead, for every script.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    for spacing in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = GREY if grey else INK
    style.quick_style = True
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.1
    form.keep_with_next = name in _KEPT or None
    form.widow_control = True


def _table_style() -> str:
    """Hairlines under the rows, a stronger line under the header."""
    return (
        f'<w:style {xml.NAMESPACE} w:type="table" w:customStyle="1" w:styleId="{xml.TABLE_STYLE}">'
        '<w:name w:val="Report Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>'
        f'<w:tblPr><w:tblBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/></w:tblBorders>'
        '<w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:color w:val="{_HEADER}"/></w:rPr>'
        f'<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="8" w:space="0" w:color="{_HEADER}"/></w:tcBorders>'
        '<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>'
    )


def _footer(made: Document, heading: Heading) -> None:
    """«Проблематор, 16–22 ноября 2026 года · стр. 1 из 2»; the numbers are fields that Word counts itself."""
    paragraph = made.sections[0].footer.paragraphs[0]
    words = f"{heading.title}, {heading.period}. {heading.center}. Стр. "
    element = parse_xml(xml.paragraph_of([xml.run(words), *xml.field("PAGE"), xml.run(" из "), *xml.field("NUMPAGES")], "Note"))
    paragraph._p.getparent().replace(paragraph._p, element)
