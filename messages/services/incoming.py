"""A message as its source gives it: cleaned, checked and known again by its hash, whichever way it comes. No query."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, TypeVar

from blocks.models import Source
from mcu.errors import Invalid
from mcu.text import clean_text
from messages.models import Applicant, Control, Regime

TEXT_MAX: Final = 50_000  # characters
# Of the other words, by the field; whatever reads a message refuses longer ones.
LONGEST: Final = {"source": 60, "external_id": 200, "topic": 2000, "settlement": 2000, "address": 500, "url": 1000}
LONGEST_OF_APPLICANT: Final = {"name": 300, "email": 254, "phone": 60}
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW: Final = timedelta(minutes=5)  # by which a source's clock may be ahead of ours

Part = TypeVar("Part", "IncomingMessage", "IncomingApplicant")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingApplicant:
    """Who wrote, as the source says. ``type`` is one of ``Applicant.Type``."""

    name: str = ""
    email: str = ""
    phone: str = ""
    type: str = Applicant.Type.CITIZEN


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message as its source gives it, types already normalised. None or "" means that the source does not say.

    ``topic`` and ``settlement`` are codes or names; ``received_at`` is aware; ``kind`` is one of ``Regime``,
    ``control`` of ``Control``.
    """

    external_id: str
    text: str
    received_at: datetime | None = None
    kind: str | None = None
    fast_track: bool | None = None
    topic: str = ""
    settlement: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    url: str = ""
    control: str | None = None
    applicant: IncomingApplicant | None = None


_FIELDS: Final = {kind: [field.name for field in fields(kind)] for kind in (IncomingMessage, IncomingApplicant)}
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode
_VALUES: Final = {kind: attrgetter(*names) for kind, names in _FIELDS.items()}


def payload_hash(payload: IncomingMessage) -> str:
    """SHA-256 of the payload as pushed: sorted JSON of what it says, without what it leaves out."""
    said = dict(_said(payload))
    if payload.received_at is not None:
        said["received_at"] = payload.received_at.astimezone(UTC).isoformat()
    if payload.applicant is not None:
        said["applicant"] = dict(_said(payload.applicant))
    return hashlib.sha256(_CANONICAL(said).encode()).hexdigest()


def _said(part: IncomingMessage | IncomingApplicant) -> Iterator[tuple[str, Any]]:
    """Without empty values, so that null, "" and an absent field are the same push."""
    kind = type(part)
    for name, value in zip(_FIELDS[kind], _VALUES[kind](part), strict=True):
        if value is not None and value != "":
            yield name, value


def cleaned(payload: IncomingMessage) -> IncomingMessage:
    """The payload without what the database or a page stumbles over; a text of invisible signs only is an empty one."""
    applicant = payload.applicant
    if applicant is not None and (clean := _cleaned(applicant)) is not applicant:
        payload = replace(payload, applicant=clean)
    return _cleaned(payload)


def _cleaned(part: Part) -> Part:
    kind = type(part)
    words: dict[str, Any] = {
        name: clean
        for name, value in zip(_FIELDS[kind], _VALUES[kind](part), strict=True)
        if value.__class__ is str and value and (clean := clean_text(value)) != value
    }
    return replace(part, **words) if words else part


def check(payload: IncomingMessage, source: Source, now: datetime) -> None:
    """What no source may say, whichever way the message comes; ``Invalid`` names every field."""
    wrong: dict[str, str] = {}
    if not payload.external_id:
        wrong["external_id"] = "Номер сообщения в источнике пуст."
    if not payload.text:
        wrong["text"] = "Текст сообщения пуст."
    elif len(payload.text) > TEXT_MAX:
        wrong["text"] = f"Текст длиннее {TEXT_MAX} знаков."
    if payload.kind and payload.kind not in Regime.values:
        wrong["kind"] = f"Правовой режим: {' или '.join(Regime.values)}."
    if payload.control and payload.control not in Control.values:
        wrong["control"] = f"Контроль решения: {' или '.join(Control.values)}."
    if payload.received_at is not None and payload.received_at > now + CLOCK_SKEW:
        wrong["received_at"] = "Время поступления ещё не наступило; проверьте часовой пояс."
    if payload.received_at is not None and payload.received_at < EARLIEST:
        wrong["received_at"] = f"Время поступления раньше {EARLIEST:%d.%m.%Y}."
    if source.closed_at is not None:
        wrong["source"] = f"Источник «{source.code}» закрыт."
    if wrong:
        raise Invalid(f"Сообщение не принято, проверьте: {', '.join(f'«{field}»' for field in wrong)}.", wrong)
