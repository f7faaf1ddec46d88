"""Words that people and programs give us: what they hold that nobody can see, and a system's own words in Russian."""

from __future__ import annotations

import errno
import re
import unicodedata
from typing import Final

# C0, DEL and C1 without the line feed and the tab, which a text may well hold.
_CONTROLS: Final = dict.fromkeys(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t")
_TO_CLEAN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # rare, and quicker to find than to take out
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs by their category that are drawn as nothing
_SYSTEM_WORDS: Final = {
    errno.ENOENT: "такого файла или папки нет",
    errno.EISDIR: "это папка, а не файл",
    errno.ENOTDIR: "часть пути — не папка",
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
    errno.EROFS: "диск открыт только для чтения",
    errno.ENOSPC: "на диске нет места",
    errno.ENAMETOOLONG: "слишком длинное имя",
    errno.EADDRINUSE: "порт занят другой программой",
    errno.EADDRNOTAVAIL: "у этой машины нет такого адреса",
}


def clean_text(value: str) -> str:
    """The text without control characters and outer spaces, line ends as ``\\n``; "" if nothing in it can be seen."""
    if _TO_CLEAN.search(value):
        value = value.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    text = value.strip()
    return text if any(map(_is_seen, text)) else ""


def ended(words: str) -> str:
    """The words as the end of a sentence, where a dot already stands after «Иванова А. П.»."""
    return words if words.endswith(".") else f"{words}."


def folded(value: str) -> str:
    """As words are compared: small letters, «е» for «ё»."""
    return value.casefold().replace("ё", "е")


def system_words(error: OSError) -> str:
    """Why the system refused; what we have no words for keeps the system's own."""
    return _SYSTEM_WORDS.get(error.errno or 0) or error.strerror or type(error).__name__


def _is_seen(character: str) -> bool:
    """Whether the character alone draws anything: spaces, marks upon others and signs for the machine do not."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category not in ("Cc", "Cf") and character not in _BLANK
