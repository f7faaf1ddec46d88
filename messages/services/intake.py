"""Taking a citizen's message in: once per source and outside number, with its number, terms and first line of history."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from blocks.actors import Actor, Grant
from blocks.charters.settings_schema import settings_of
from blocks.models import Center, Source, Topic
from mcu import memo
from mcu.errors import Conflict, NotAllowed
from messages import policies
from messages.models import CAME_BY, Message
from messages.services import center_lists, storing, term_book
from messages.services.first_terms import FirstTerm
from messages.services.incoming import TEXT_MAX, IncomingApplicant, IncomingMessage, check, cleaned, payload_hash
from messages.services.matching import settlement_of, topic_of
from messages.services.new_case import Line, NewCase

__all__ = ["TEXT_MAX", "Arrival", "IncomingApplicant", "IncomingMessage", "Taken", "payload_hash", "take_in"]

BY_RU: Final = CAME_BY
Key = tuple[int, str]  # of the source, and the outside number
# The condition of the index again, so that it is used.
_KNOWN: Final = """
SELECT message.source_id, message.external_id, message.number, message.payload_hash
FROM unnest(%s::bigint[], %s::varchar[]) AS asked (source_id, external_id)
JOIN mcu_messages_message AS message
  ON message.source_id = asked.source_id AND message.external_id = asked.external_id AND message.external_id <> ''
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A message that is there already: its number, and the hash of what was pushed first."""

    number: str
    digest: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is to be taken in: cleaned, found right, and its hash."""

    actor: Actor
    grant: Grant | None
    source: Source
    payload: IncomingMessage
    digest: str
    now: datetime
    quiet: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The case, and whether this call made it, with these terms, or found it already there."""

    message: Message
    created: bool
    terms: tuple[FirstTerm, ...] = ()


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
    arrival = arrived(actor=actor, source=source, payload=payload, now=now, quiet=quiet, by=by)
    key = key_of(arrival)
    if look_up([key]):
        return _repeated(arrival)
    # All reading comes before the number is taken: its row is what others of the Center wait for.
    with center_lists.known(source.center):
        case, book = case_of(arrival), term_book.book_of(source.center)
        planned = storing.plan(center=source.center, cases=[case], actor=actor, book=book, now=now)
    try:
        # When a twin was faster, our number goes back with the rest and leaves no gap.
        storing.store(planned)
    except IntegrityError:
        if not look_up([key]):
            raise
        return _repeated(arrival)
    return Taken(case.message, created=True, terms=planned.terms[0])


def arrived(
    *, actor: Actor, source: Source, payload: IncomingMessage, now: datetime, quiet: bool = False, by: str = ""
) -> Arrival:
    """The message cleaned and checked; raises as ``take_in`` says. No query."""
    verdict = policies.may_take_in(actor, source=source)
    if not verdict:
        raise NotAllowed(verdict.reason)
    payload = cleaned(payload)
    check(payload, source, now)
    return Arrival(actor, verdict.grant, source, payload, payload_hash(payload), now, quiet, by)


def key_of(arrival: Arrival) -> Key:
    """What it is known again by."""
    return arrival.source.pk, arrival.payload.external_id


def look_up(keys: Iterable[Key]) -> dict[Key, Known]:
    """What is there of these already. One query."""
    asked = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[source for source, _ in asked], [outside for _, outside in asked]])
        return {(source, outside): Known(number, digest) for source, outside, number, digest in cursor.fetchall()}


def _repeated(arrival: Arrival) -> Taken:
    rows = Message.objects.select_related("source", "center")
    known = rows.get(source=arrival.source, external_id=arrival.payload.external_id)
    if known.payload_hash != arrival.digest:
        raise taken_otherwise(known.number)
    return Taken(known, created=False)


def taken_otherwise(number: str) -> Conflict:
    """The same outside number came with other content."""
    return Conflict(
        f"Сообщение источника с этим номером уже принято под номером {number} с другим содержанием; "
        "оставлено прежнее. Новое сообщение передайте с новым external_id."
    )


def case_of(arrival: Arrival) -> NewCase:
    """The case as it is to be stored, with its first lines of history. Two queries, none where the lists are kept."""
    message = _draft(arrival)
    lines = [Line(code="created", at=arrival.now, data=created_data(message, arrival.by), grant=arrival.grant)]
    if message.control:
        lines.append(Line(code="control", at=arrival.now, data={"former": "", "control": message.control}))
    return NewCase(message=message, events=lines, applicant=arrival.payload.applicant, quiet=arrival.quiet)


def _draft(arrival: Arrival) -> Message:
    source, payload, now = arrival.source, arrival.payload, arrival.now
    topic, topic_words = topic_of(source.center, payload.topic)
    settlement, settlement_words = settlement_of(source.center, payload.settlement)
    return Message(
        center=source.center,
        source=source,
        client_id=arrival.actor.client_id,
        external_id=payload.external_id,
        payload_hash=arrival.digest,
        regime=payload.kind or source.regime,
        fast_track=fast_track_of(fast_track_heard(source.center), payload.fast_track, topic),
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


def fast_track_heard(center: Center) -> Collection[str]:
    """Whose word of the fast-track the charter listens to."""
    return memo.remembered(("fast_track_from", center.pk), lambda: settings_of(center.settings).fast_track_from)


def fast_track_of(heard: Collection[str], said: bool | None, topic: Topic | None) -> bool:
    """The source's own word first, then the topic's, each where the charter listens to it."""
    if said is not None and "message" in heard:
        return said
    return topic is not None and topic.fast_track and "topic" in heard


def created_data(message: Message, by: str) -> dict[str, Any]:
    """What the first line of a case's history keeps."""
    data: dict[str, Any] = {"source": message.source.code, "regime": message.regime, "fast_track": message.fast_track}
    return data | ({"by": by} if by else {})
