"""What of a reply is new: without the letter it answers and without signatures."""

from __future__ import annotations

import re
from typing import Final

# Everything below is the old letter: Outlook, forwarded letters, Thunderbird, mail.ru.
_BELOW: Final = re.compile(
    r"(?im)^\s*(?:-{2,}\s*(?:original message|исходное сообщение|пересылаемое сообщение|forwarded message|"
    r"пересланное сообщение|конец пересылаемого)\b.*|_{10,}\s*|"
    r"\**(?:от|from):\**\s.+\n\s*\**(?:отправлено|дата|sent|date|кому|to):\**\s.*)$"
)
# «ср, 18 нояб. 2026 г. в 10:00, Имя <a@b.ru>:», «On Wed, Nov 18, 2026 … wrote:», «18.11.2026, 10:00, "Имя" <a@b.ru>:»
_SAYS: Final = re.compile(
    r"(?im)^(?!>)[^\n]{0,200}(?:(?:\d{1,2}[.:/]\d{2}|\d{4})[^\n]{0,160}(?:\n[^\n]{0,120})?(?:<?[\w.+-]+@[\w.-]+>?|писал\(?а?\)?|пишет)"
    r"\s*\)?(?: (?:wrote|пишет|написал\(?а?\)?))?:|(?:^|\n)on [^\n]{5,200}(?:\n[^\n]{0,120})? wrote:)\s*$"
)
_QUOTED: Final = re.compile(r"(?m)^\s*>.*\n?")
_SIGNATURE: Final = re.compile(r"(?m)^-- ?$")
_DEVICE: Final = re.compile(r"(?im)^\s*(?:отправлено (?:из|с) |sent from |--\s*$\s*отправлено ).{0,80}$")


def new_words(text: str) -> str:
    """What the writer has added. Where nothing is left of it, the whole text: better too much than nothing."""
    cut = text
    if below := _BELOW.search(cut):
        cut = cut[: below.start()]
    if says := _SAYS.search(cut):
        after = cut[says.end() :]
        # Words under the quotation are an answer, too; where nothing is marked as quoted, all below is the old letter.
        rest = _QUOTED.sub("", after) if _QUOTED.search(after) else ""
        cut = f"{cut[: says.start()].rstrip()}\n\n{rest.strip()}"
    cut = _QUOTED.sub("", cut)
    if signature := _SIGNATURE.search(cut):
        cut = cut[: signature.start()]
    cut = _DEVICE.sub("", cut).strip()
    return cut or text.strip()
