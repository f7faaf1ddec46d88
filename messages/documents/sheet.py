"""What a letter says, in words already: the requisites of ГОСТ Р 7.0.97-2016 that a letter to a citizen has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mcu.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSheet:
    """One letter. Whatever is empty leaves no trace on paper."""

    center: str
    district: str
    letterhead: tuple[str, ...] = ()  # address, telephone, e-mail of the Center, a line each
    number: str
    dated: date
    reply_to: str = ""  # the number of what is answered, «на № …»
    reply_to_dated: date | None = None
    addressee: tuple[str, ...]  # names in the dative, a line each
    address: tuple[str, ...] = ()  # post or e-mail
    greeting: str = ""
    text: str
    enclosures: tuple[str, ...] = ()
    signer_post: str = ""
    signer: str
    executor: str = ""
    executor_phone: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text as it was typed, a paragraph for each line that says something."""
        return tuple(line.strip() for line in clean_text(self.text).split("\n") if clean_text(line))

    @property
    def outgoing(self) -> str:
        """Date and number of the letter itself."""
        return f"{self.dated:%d.%m.%Y} № {self.number}"

    @property
    def incoming(self) -> str:
        """Number and date of what it answers."""
        if not self.reply_to:
            return ""
        return f"на № {self.reply_to}" + (f" от {self.reply_to_dated:%d.%m.%Y}" if self.reply_to_dated else "")

    @property
    def enclosed(self) -> tuple[str, ...]:
        """The lines of «Приложение»: numbered if there are several."""
        if len(self.enclosures) == 1:
            return self.enclosures
        return tuple(f"{number}. {name}" for number, name in enumerate(self.enclosures, 1))
