"""What of a reply is new: without the letter it answers and without signatures. Line by line, so that no text takes long."""

from __future__ import annotations

import re
from typing import Final

READ_MOST: Final = 200_000  # signs: a reply's new words stand within them
_LINE_MOST: Final = 320

# Everything from here on is the old letter: Outlook, forwarded letters, Thunderbird.
_BELOW: Final = re.compile(
    r"(?i)[ \t]*(?:-{2,}[ \t]*(?:original message|исходное сообщение|пересылаемое сообщение|forwarded message|"
    r"пересланное сообщение)\b|_{10,}[ \t]*$)"
)
_FROM: Final = re.compile(r"(?i)[ \t]*\**(?:от|from):\**[ \t]")
_AFTER_FROM: Final = re.compile(r"(?i)[ \t]*\**(?:отправлено|дата|sent|date|кому|to):")
# «ср, 18 нояб. 2026 г. в 10:00, Имя <a@b.ru>:», «On Wed, Nov 18, 2026 … wrote:», «18.11.2026, 10:00, "Имя" <a@b.ru>:»
_SAYS_END: Final = re.compile(r"(?i)(?:@[\w.-]+>?\)?|wrote|писала?|пишет|написала?|написал\(а\))[ \t]*:$")
_DAY: Final = re.compile(r"\d{4}|\d{1,2}[.:/]\d{2}")
_SIGNATURE: Final = re.compile(r"-- ?$")
_DEVICE: Final = re.compile(r"(?i)[ \t]*(?:отправлено (?:из|с) |sent from )")
_DEVICE_MOST: Final = 100


def new_words(text: str) -> str:
    """What the writer has added. Where nothing is left of it, the whole text: better too much than nothing."""
    lines = text[:READ_MOST].split("\n")
    kept: list[str] = []
    place = 0
    last_quoted = max((number for number, line in enumerate(lines) if _is_quoted(line)), default=-1)
    while place < len(lines):
        line = lines[place]
        if _is_below(lines, place) or _SIGNATURE.match(line):
            break
        if taken := _says(lines, place):
            if place + taken > last_quoted:
                break  # where nothing is marked as quoted, all below is the old letter
            place += taken
            continue
        if not _is_quoted(line) and not (len(line) < _DEVICE_MOST and _DEVICE.match(line)):
            kept.append(line)
        place += 1
    return "\n".join(kept).strip() or text.strip()


def _is_quoted(line: str) -> bool:
    return line.lstrip(" \t").startswith(">")


def _is_below(lines: list[str], place: int) -> bool:
    if _BELOW.match(lines[place]):
        return True
    following = lines[place + 1] if place + 1 < len(lines) else ""
    return bool(_FROM.match(lines[place]) and _AFTER_FROM.match(following))


def _says(lines: list[str], place: int) -> int:
    """How many lines say who wrote the old letter and when: one, or one that was folded; 0 where none does."""
    for count in (1, 2):
        said = " ".join(line.strip() for line in lines[place : place + count])
        if len(said) > _LINE_MOST or _is_quoted(said) or (count == 2 and not lines[place].strip()):
            return 0
        if said.endswith(":") and _DAY.search(said) and _SAYS_END.search(said[-90:]):
            return count
    return 0
