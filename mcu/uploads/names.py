"""The name a file keeps: without a way to a folder, without signs that hide or turn words, with its true ending."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mcu.uploads.kinds import ALL, FileType
from mcu.uploads.recognise import SCRIPTS

_LONGEST: Final = 180  # bytes: with an ending and a number that a browser adds it stays a name on every disk
_KNOWN: Final = frozenset(extension for one in ALL for extension in one.extensions) | SCRIPTS
_ENDING: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,4}")
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]+')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.I)


def clean_name(raw: str, found: FileType) -> str:
    """The name to show and to give at download."""
    stem, suffix = split(raw)
    if suffix not in found.extensions:
        # «счёт.pdf.exe» that is a PDF becomes «счёт.pdf», not «счёт.pdf.pdf».
        inner, ending = split(stem)
        stem, suffix = (inner, ending) if ending in found.extensions else (stem, found.extensions[0])
    while split(stem)[1] in SCRIPTS:
        stem = split(stem)[0]
    stem = _shortened(stem.strip(". ") or "файл", _LONGEST)
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{suffix}"


def split(raw: str) -> tuple[str, str]:
    """The visible name without folders, and its ending in small letters if it has one that looks like an ending."""
    shown = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    shown = "".join(" " if unicodedata.category(sign)[0] == "Z" else sign for sign in shown if _stays(sign))
    shown = re.sub(" {2,}", " ", _FORBIDDEN.sub("_", shown)).strip()
    stem, dot, ending = shown.rpartition(".")
    if not dot or not (ending.lower() in _KNOWN or _ENDING.fullmatch(ending)):
        return shown, ""
    return stem, ending.lower()


def _stays(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _shortened(stem: str, limit: int) -> str:
    return stem.encode()[:limit].decode(errors="ignore").rstrip(". ") if len(stem.encode()) > limit else stem
