"""Taking a citizen's message in: once per source and outside number, with its number, terms and first line of history."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from blocks.actors import Actor, Grant
from blocks.charters.settings_schema import settings_of
from blocks.models import Center, Source, Topic
from mcu.errors import Conflict, Invalid, NotAllowed
from mcu.text import clean_text
from messages import policies
from messages.models import CAME_BY, Control, Message, Regime
from messages.services import storing, term_book
from messages.services.matching import settlement_of, topic_of
from messages.services.storing import IncomingApplicant, Line, NewCase

__all__ = ["BY_RU", "TEXT_MAX", "IncomingApplicant", "IncomingMessage", "Taken", "created_data", "payload_hash", "take_in"]

TEXT_MAX: Final = 50_000  # characters
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
BY_RU: Final = CAME_BY
CLOCK_SKEW: Final = timedelta(minutes=5)  # by which a source's clock may be ahead of ours


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


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One call of ``take_in``."""

    actor: Actor
    grant: Grant | None
    source: Source
    payload: IncomingMessage
    now: datetime
    quiet: bool
    by: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The case, and whether this call made it or found it already there."""

    message: Message
    created: bool


def take_in(
    *, actor: Actor, source: Source, payload: IncomingMessage, now: datetime, quiet: bool = False, by: str = ""
) -> Taken:
    """Store the message once: a repeat with the same content gives the case that is there, also when two come at once.

    Compared by the hash of the payload of the first push, not by fields that staff changed since (requirements,
    section 0); control characters are taken out before. ``quiet`` is for history: terms that ran out before ``now`` warn
    nobody. ``by`` says how it came where no program pushed it (``BY_RU``). Wants ``source`` with its Center.

    NotAllowed: the client is not bound to the source. Invalid: empty text or outside number, an impossible time of
    receipt. Conflict: the same source and outside number with other content; the first content is kept.
    """
    grant = _permit(actor, source)
    payload = _cleaned(payload)
    _check(payload, source, now)
    arrival = _Arrival(actor, grant, source, payload, now, quiet, by)
    digest = payload_hash(payload)
    with transaction.atomic():
        if _is_known(source, payload.external_id):
            return _repeated(source, payload.external_id, digest)
        # All reading comes before the number is taken: its row is what others of the Center wait for.
        message = _draft(arrival, digest)
        book, case = term_book.book_of(source.center), _case(arrival, message)
        planned = storing.plan(center=source.center, cases=[case], actor=actor, book=book, now=now)
        try:
            # A savepoint: when a twin was faster, our number goes back and leaves no gap.
            with transaction.atomic():
                storing.store(planned)
        except IntegrityError:
            if not _is_known(source, payload.external_id):
                raise
            return _repeated(source, payload.external_id, digest)
    return Taken(message, created=True)


def payload_hash(payload: IncomingMessage) -> str:
    """SHA-256 of the payload as pushed: sorted JSON of what it says, without what it leaves out."""
    said = _said(asdict(payload))
    if payload.received_at is not None:
        said["received_at"] = payload.received_at.astimezone(UTC).isoformat()
    canonical = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _cleaned(payload: IncomingMessage) -> IncomingMessage:
    """The payload without what the database or a page stumbles over; a text of invisible signs only is an empty one."""
    applicant = payload.applicant
    return replace(payload, applicant=applicant and replace(applicant, **_clean_words(applicant)), **_clean_words(payload))


def _clean_words(part: IncomingMessage | IncomingApplicant) -> dict[str, Any]:
    return {field.name: clean_text(value) for field in fields(part) if isinstance(value := getattr(part, field.name), str)}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Without empty values, so that null, "" and an absent field are the same push."""
    inner = {name: _said(value) if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in inner.items() if value not in (None, "", {})}


def _permit(actor: Actor, source: Source) -> Grant | None:
    verdict = policies.may_take_in(actor, source=source)
    if not verdict:
        raise NotAllowed(verdict.reason)
    return verdict.grant


def _check(payload: IncomingMessage, source: Source, now: datetime) -> None:
    """What no source may say, whichever way the message comes."""
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


def _is_known(source: Source, external_id: str) -> bool:
    return Message.objects.filter(source=source, external_id=external_id).exists()


def _repeated(source: Source, external_id: str, digest: str) -> Taken:
    known = Message.objects.select_related("source", "center").get(source=source, external_id=external_id)
    if known.payload_hash != digest:
        raise Conflict(
            f"Сообщение источника с этим номером уже принято под номером {known.number} с другим содержанием; "
            "оставлено прежнее. Новое сообщение передайте с новым external_id."
        )
    return Taken(known, created=False)


def _draft(arrival: _Arrival, digest: str) -> Message:
    """The case as it will be stored, still without its number. Two queries at most."""
    source, payload, now = arrival.source, arrival.payload, arrival.now
    topic, topic_words = topic_of(source.center, payload.topic)
    settlement, settlement_words = settlement_of(source.center, payload.settlement)
    return Message(
        center=source.center,
        source=source,
        client_id=arrival.actor.client_id,
        external_id=payload.external_id,
        payload_hash=digest,
        regime=payload.kind or source.regime,
        fast_track=fast_track_of(source.center, payload.fast_track, topic),
        text=payload.text,
        topic=topic,
        topic_words=topic_words,
        settlement=settlement,
        settlement_words=settlement_words,
        address=payload.address,
        lat=payload.lat,
        lon=payload.lon,
        url=payload.url,
        control=payload.control or "",
        # A source's clock that is minutes ahead must not put the receipt after the case's own history.
        received_at=min(payload.received_at or now, now),
        created_at=now,
        changed_at=now,
    )


def fast_track_of(center: Center, said: bool | None, topic: Topic | None) -> bool:
    """The source's own word first, then the topic's, each where the charter listens to it."""
    by_topic = topic is not None and topic.fast_track
    if said is None and not by_topic:
        return False
    heard = settings_of(center.settings).fast_track_from
    if said is not None and "message" in heard:
        return said
    return by_topic and "topic" in heard


def _case(arrival: _Arrival, message: Message) -> NewCase:
    """The case as it is to be stored, with its first lines of history."""
    lines = [Line(code="created", at=arrival.now, data=created_data(message, arrival.by), grant=arrival.grant)]
    if message.control:
        lines.append(Line(code="control", at=arrival.now, data={"former": "", "control": message.control}))
    return NewCase(message=message, events=lines, applicant=arrival.payload.applicant, quiet=arrival.quiet)


def created_data(message: Message, by: str) -> dict[str, Any]:
    """What the first line of a case's history keeps."""
    data: dict[str, Any] = {"source": message.source.code, "regime": message.regime, "fast_track": message.fast_track}
    return data | ({"by": by} if by else {})
