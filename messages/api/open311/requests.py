"""Cases as service requests: which of them a client reads, and what the standard's fields say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from rest_framework.exceptions import ValidationError

from blocks.actors import Actor
from blocks.models import Center
from mcu.clock import local_iso
from messages.api.access import readable
from messages.api.open311.places import OTHER, OTHER_NAME
from messages.masking import mask_contacts
from messages.models import Deadline, Message, Reply
from messages.terms import Kind
from messages.workflow import DONE, OPEN, State

SPAN: Final = timedelta(days=90)
MOST: Final = 1000
MOST_NAMED: Final = 200
DESCRIPTION: Final = 4000
_WRONG_MOMENT: Final = "Нужны дата и время с поясом, например 2026-11-16T00:00:00Z."
_ENDS: Final = (Kind.ANSWER.value, Kind.PUBLISH.value)
_STATES: Final = {"open": OPEN, "closed": DONE}


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of requests: from an offset on, so many."""

    rows: Q
    start: int
    size: int


def asked(params: Mapping[str, str], center: Center, now: datetime) -> Asked:
    """What a list of requests is asked for. ValidationError (400) names the parameter."""
    size = _whole(params, "page_size", MOST, MOST)
    start = (_whole(params, "page", 1, 100_000) - 1) * size
    if numbers := _listed(params, "service_request_id"):
        if len(numbers) > MOST_NAMED:
            raise ValidationError({"service_request_id": f"Не больше {MOST_NAMED} номеров за раз."})
        return Asked(Q(number__in=numbers), start, size)
    since, until = _span(params, center.tz, now)
    rows = Q(received_at__gte=since, received_at__lte=until)
    if codes := _listed(params, "service_code"):
        rows &= Q(topic__code__in=codes) | (Q(topic__isnull=True) if OTHER in codes else Q(pk__in=()))
    if said := _listed(params, "status"):
        if unknown := [one for one in said if one not in _STATES]:
            raise ValidationError({"status": f"«{unknown[0][:40]}»: допустимы open и closed."})
        rows &= Q(state__in=[state for one in said for state in _STATES[one]])
    return Asked(rows, start, size)


def found(actor: Actor, wanted: Asked) -> list[Message]:
    """The client's requests, newest first. One query."""
    rows = with_names(readable(actor).filter(wanted.rows)).order_by("-received_at", "-id")
    return list(rows[wanted.start : wanted.start + wanted.size])


def with_names(rows: QuerySet[Message]) -> QuerySet[Message]:
    """With what a request names beside itself, in the same query."""
    return rows.select_related("source", "topic", "block", "recipient")


def described(rows: Sequence[Message], actor: Actor, tz: ZoneInfo) -> list[dict[str, Any]]:
    """The requests in the standard's fields and their order. Two queries for any number of them."""
    due, answers = expected(rows), _answers(rows)
    return [_described(row, actor, due.get(row.pk), answers.get(row.pk), tz) for row in rows]


def expected(rows: Sequence[Message]) -> dict[int, datetime]:
    """By when each is to be answered, or its answer posted, by the term in force. One query."""
    ends = Deadline.objects.filter(
        message__in=[row.pk for row in rows], kind__in=_ENDS, internal=False, void_at__isnull=True, cycle=F("message__cycle")
    )
    # «answer» comes before «publish», so the last one written is the answer's where there are both.
    return dict(ends.order_by("-kind").values_list("message_id", "due_at"))


def _described(row: Message, actor: Actor, due: datetime | None, answer: Reply | None, tz: ZoneInfo) -> dict[str, Any]:
    is_own = row.client_id is not None and row.client_id == actor.client_id
    return {
        "service_request_id": row.number,
        "status": "open" if row.state in OPEN else "closed",
        "status_notes": _notes(row, answer, is_own),
        "service_name": row.topic.name if row.topic else OTHER_NAME,
        "service_code": row.topic.code if row.topic else OTHER,
        # Clients of the standard publish what they read, so contacts are hidden from those too that brought them.
        "description": _cut(mask_contacts(row.text)),
        "agency_responsible": _agency(row),
        "service_notice": None,
        "requested_datetime": local_iso(row.received_at, tz),
        "updated_datetime": local_iso(_updated(row), tz),
        "expected_datetime": local_iso(due, tz),
        "address": row.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": row.lat,
        "long": row.lon,
        # The address of a post leads to its author: told to nobody but whoever brought it.
        "media_url": (row.url or None) if is_own else None,
    }


def _notes(row: Message, answer: Reply | None, is_own: bool) -> str:
    label = str(State(row.state).label)
    if answer is None:
        return label
    return f"{label}. {answer.text if is_own else mask_contacts(answer.text)}"


def _agency(row: Message) -> str | None:
    if row.recipient:
        return row.recipient.name
    return row.block.name if row.block else None


def _updated(row: Message) -> datetime:
    """When it was closed, of a closed one; the last change of an open one."""
    gone = row.answered_at or row.redirected_at or row.dismissed_at
    return gone if gone is not None and row.state in DONE else row.changed_at


def _answers(rows: Sequence[Message]) -> dict[int, Reply]:
    """What went out last of each that is answered. One query, none where nothing is."""
    done = [row.pk for row in rows if row.answered_at is not None]
    if not done:
        return {}
    sent = Reply.objects.filter(message__in=done, posted_at__isnull=False).order_by("message_id", "-version")
    return {reply.message_id: reply for reply in sent.distinct("message_id")}


def _cut(text: str) -> str:
    return text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 1]}…"


def _listed(params: Mapping[str, str], name: str) -> list[str]:
    said = params.get(name, "")
    if "\x00" in said:
        raise ValidationError({name: "Знак с кодом 0 недопустим."})
    return list(dict.fromkeys(one.strip() for one in said.split(",") if one.strip()))


def _whole(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    said = params.get(name, "").strip()
    if not said:
        return default
    if not said.isascii() or not said.isdigit() or len(said) > 9 or not 1 <= int(said) <= most:
        raise ValidationError({name: f"Нужно целое число от 1 до {most}."})
    return int(said)


def _span(params: Mapping[str, str], tz: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """The days asked for: 90 at most, the last 90 without any bound, 90 from or up to a bound that stands alone."""
    since, until = _moment(params, "start_date", tz), _moment(params, "end_date", tz)
    try:
        if since is None:
            until = until or now
            since = until - SPAN
        elif until is None:
            until = since + SPAN
    except OverflowError:
        raise ValidationError({"start_date": _WRONG_MOMENT}) from None
    if until < since:
        raise ValidationError({"end_date": "Конец раньше начала."})
    if until - since > SPAN:
        raise ValidationError({"end_date": f"Между start_date и end_date больше {SPAN.days} дней: запросите частями."})
    return since, until


def _moment(params: Mapping[str, str], name: str, tz: ZoneInfo) -> datetime | None:
    said = params.get(name, "").strip()
    if not said:
        return None
    try:
        # A plus that was not encoded comes as a space.
        moment = datetime.fromisoformat(said.replace(" ", "+") if "T" in said else said)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=tz)
        moment.astimezone(tz)
    except (ValueError, OverflowError):
        raise ValidationError({name: _WRONG_MOMENT}) from None
    return moment
