"""Words without the signs that documents cannot hold: DOCX, XLSX and SVG are XML."""

from __future__ import annotations


def printable(words: str) -> str:
    """The words with tabs and new lines of one kind, without other control signs."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\t\n" or (sign >= " " and not _is_odd(sign)))


def one_line(words: str) -> str:
    """The same in one line."""
    return printable(words).replace("\t", " ").replace("\n", " ").strip()


def _is_odd(sign: str) -> bool:
    return "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff"
