"""Bytes into Russian words, whatever a letter says of its encoding: programs lie, or say nothing."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

_RUSSIAN: Final = ("windows-1251", "koi8-r", "cp866")
# Names that say no more than «eight bits»; what they name is told by the bytes.
_VAGUE: Final = frozenset({"", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "iso-8859-1", "latin-1", "default", "8bit"})
# Encodings that write everything with seven bits, so that the bytes alone would be taken for plain Latin words.
_SEVEN_BITS: Final = ("utf-7", "iso-2022", "hz", "utf-16", "utf-32")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_GLUED: Final = re.compile(r"(\?=)(=\?)")
_BOX: Final = re.compile("[\u2500-\u259f\u0400-\u040f\u0450\u0452-\u045f]")  # what Russian text does not hold
_SAMPLE: Final = 20_000
_HEADER_MOST: Final = 8_000


def decoded(raw: bytes, said: str = "") -> str:
    """The text of the bytes. What is valid UTF-8 is UTF-8; else the encoding said, if the words then look Russian."""
    name = (said or "").strip().strip("\"'").lower()
    if name.startswith(_SEVEN_BITS) and _known(name):
        return raw.decode(name, "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    candidates = dict.fromkeys([*([name] if name not in _VAGUE and _known(name) else []), *_RUSSIAN])
    sample = raw[:_SAMPLE]
    best = max(candidates, key=lambda one: (_likeness(sample.decode(one, "replace")), one == name))
    return raw.decode(best, "replace")


def header_words(raw: str) -> str:
    """A header as a person reads it: encoded words decoded, raw bytes guessed, on one line."""
    line = _FOLD.sub(" ", raw[:_HEADER_MOST]).replace("\r", " ").replace("\n", " ")
    try:
        parts = decode_header(_GLUED.sub(r"\1 \2", line))
    except (HeaderParseError, ValueError, LookupError):
        parts = [(line, None)]
    words = "".join(_part(chunk, charset) for chunk, charset in parts)
    return " ".join(words.split())


def _part(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        chunk = chunk.encode("utf-8", "surrogateescape")
    elif charset is None:  # how the library passes what stands between encoded words
        chunk = chunk.decode("raw-unicode-escape", "replace").encode("utf-8", "surrogateescape")
    return decoded(chunk, charset or "")


def _known(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _likeness(text: str) -> int:
    """How much the text looks Russian: small letters, few capitals within words, no frames."""
    small = sum("а" <= sign <= "я" for sign in text)
    inner = len(re.findall("(?<=[А-Яа-я])[А-Я]", text))
    return small - 3 * inner - 5 * len(_BOX.findall(text)) - 5 * text.count("\ufffd")
