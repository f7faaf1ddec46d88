"""From bytes to a type of the allow list, or to the reason why not."""

from __future__ import annotations

import re
from typing import IO, Final

import puremagic

from mcu.uploads import kinds, office, sound
from mcu.uploads.kinds import FileType, Refused

_HEAD: Final = 4096
_MARKUP: Final = 2048  # how far from its start a text is looked at for markup
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Words of programs that a text's name gives away; what such a text does is decided by the name it is saved under.
SCRIPTS: Final = frozenset(
    {
        *("bat", "cmd", "com", "exe", "dll", "msi", "scr", "cpl", "jar", "reg", "inf", "scf", "lnk", "url", "desktop"),
        *("ps1", "psm1", "vbs", "vbe", "js", "jse", "mjs", "wsf", "wsh", "hta", "sh", "bash", "py", "pyw", "pl", "rb"),
        *("php", "phtml", "asp", "aspx", "jsp", "html", "htm", "xhtml", "mht", "svg", "xml", "xsl", "iqy", "slk"),
    }
)
_MARKUP_START: Final = re.compile(
    r"\s*(?:<!doctype|<html|<head|<body|<svg|<script|<\?xml|<\?php|<%|#!|\[internetshortcut)", re.I
)
_MARKUP_INSIDE: Final = re.compile(r"<\s*(?:html|svg|script|iframe|object|embed)[\s>/]", re.I)
_NOT_IN_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_RTF_OBJECT: Final = re.compile(rb"\\obj(?:data|update|autlink|class)", re.I)

_BY_START: Final = {
    b"\xff\xd8\xff": kinds.JPEG,
    b"\x89PNG\r\n\x1a\n": kinds.PNG,
    b"GIF87a": kinds.GIF,
    b"GIF89a": kinds.GIF,
    b"%PDF-": kinds.PDF,
}
_REFUSED_START: Final = {
    _OLE: "это файл старого Word или Excel либо документ с паролем. Сохраните его без пароля как DOCX, XLSX или PDF",
    b"MZ": "это программа для Windows",
    b"\x7fELF": "это программа",
    b"Rar!": kinds.ARCHIVE,
    b"7z\xbc\xaf": kinds.ARCHIVE,
    b"\x1f\x8b": kinds.ARCHIVE,
    b"II*\x00": "это снимок TIFF. Сохраните его как JPEG или PDF",
    b"MM\x00*": "это снимок TIFF. Сохраните его как JPEG или PDF",
    b"%!PS": "это файл для печати PostScript. Сохраните его как PDF",
}
_HEIC: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_BRANDS: Final = {b"qt  ": kinds.MOV, b"M4A ": kinds.M4A, b"M4B ": kinds.M4A}


def recognise(file: IO[bytes], suffix: str, *, tables: bool = False) -> FileType:
    """The type of the allow list that the content proves; ``suffix`` only tells CSV from TXT and gives scripts away."""
    file.seek(0)
    head = file.read(_HEAD)
    for start, words in _REFUSED_START.items():
        if head.startswith(start):
            raise Refused(words)
    for start, found in _BY_START.items():
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return kinds.WEBP
    if head.startswith(b"PK\x03\x04"):
        return office.recognise(file)
    if head.startswith(b"{\\rtf"):
        return _rtf(file)
    return _heard(file, head) or _text(file, head, suffix, is_table=tables and suffix == "csv")


def _rtf(file: IO[bytes]) -> FileType:
    file.seek(0)
    if _RTF_OBJECT.search(file.read()):
        raise Refused("в документ RTF вложен объект, который может запуститься. Сохраните документ как PDF")
    return kinds.RTF


def _heard(file: IO[bytes], head: bytes) -> FileType | None:
    """Video and sound."""
    if head[4:8] == b"ftyp":
        return _boxed(file, head)
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip") and sound.has_movie(file):
        return kinds.MOV
    if head.startswith(b"OggS"):
        if sound.is_ogg_sound(head):
            return kinds.OGG
        raise Refused("в файле OGG не звук. Видео приложите в MP4")
    return kinds.MP3 if sound.is_mp3(file, head) else None


def _boxed(file: IO[bytes], head: bytes) -> FileType:
    """A file of boxes (ISO 14496-12): its brand tells a film from a sound and from a picture of a telephone."""
    brand = head[8:12]
    if brand in _HEIC:
        raise Refused("это снимок HEIC, их открывают не все программы. Сохраните или отправьте его как JPEG")
    if brand in (b"avif", b"avis"):
        raise Refused("это снимок AVIF, их открывают не все программы. Сохраните его как JPEG")
    if not sound.has_movie(file):
        raise Refused("запись повреждена или не докачана: в ней нет оглавления")
    if brand[:2] == b"3g":
        return kinds.THREE_GP
    return _BRANDS.get(brand, kinds.MP4)


def _text(file: IO[bytes], head: bytes, suffix: str, *, is_table: bool) -> FileType:
    file.seek(0)
    text = _decoded(file.read())
    if text is None or _NOT_IN_TEXT.search(text):
        raise Refused(_unknown(head))
    if suffix in SCRIPTS or (not is_table and _is_markup(text)):
        raise Refused("это веб-страница, сценарий или ярлык. Текст приложите как TXT или PDF")
    return kinds.CSV if suffix == "csv" else kinds.TXT


def _is_markup(text: str) -> bool:
    return bool(_MARKUP_START.match(text) or _MARKUP_INSIDE.search(text[:_MARKUP]))


def _decoded(content: bytes) -> str | None:
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1251"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _unknown(head: bytes) -> str:
    """What the table of signatures takes the file for, as a help to whoever chose the wrong one."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    extension = next((one.extension for one in found if one.extension and one.confidence >= 0.5), "")
    return f"файлы такого вида ({extension}) не принимаются" if extension else "файлы такого вида не принимаются"
