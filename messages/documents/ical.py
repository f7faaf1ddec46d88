"""Terms as a calendar of RFC 5545. The same terms give the same bytes, so that a program that asks again gets nothing anew.

No word of the citizen stands here, nor the source's words for the topic: the file lies on machines that are not ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from icalendar import Alarm, Calendar, Event

from blocks.models import Center
from messages.models import Deadline
from messages.selectors.rows import rule_words
from messages.selectors.terms.feed import Moves
from messages.terms import KIND_RU, Kind

REFRESH: Final = timedelta(minutes=15)


def calendar_of(terms: Iterable[Deadline], *, moves: Mapping[tuple[int, str], Moves], center: Center) -> bytes:
    """The file; ``moves`` by case and kind. No query: names are joined by the caller."""
    calendar = Calendar()
    calendar.add("prodid", "-//MCU//Terms//RU")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Сроки МЦУ: {center.district}")
    calendar.add("x-wr-timezone", center.timezone)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for term in terms:
        calendar.add_component(_event(term, moves.get((term.message_id, term.kind)), center))
    file: bytes = calendar.to_ical()
    return file


def _event(term: Deadline, moves: Moves | None, center: Center) -> Event:
    message = term.message
    what = KIND_RU[Kind(term.kind)]
    event = Event()
    event.add("uid", f"term-{term.pk}@{urlsplit(settings.PUBLIC_URL).hostname}")
    # Without a METHOD both say when the event was last revised; a term may move while its case stands (RFC 5545, 3.8.7.2).
    revised = _whole(max(message.changed_at, moves.last) if moves else message.changed_at)
    event.add("dtstamp", revised)
    event.add("last-modified", revised)
    event.add("sequence", moves.count if moves else 0)
    # A moment: without an end it lasts no time, as RFC 5545 has it (3.6.1); an end must be later than the start.
    event.add("dtstart", _whole(term.due_at))
    event.add("summary", f"Срок: {what} — {message.number}")
    event.add("description", "\n".join(_lines(term)))
    event.add("url", iri_to_uri(f"{settings.PUBLIC_URL}/{center.slug}/messages/{message.number}/"))
    event.add("transp", "TRANSPARENT")
    if term.threat_at < term.due_at:
        event.add_component(_alarm(term, f"Под угрозой: {what} — {message.number}"))
    return event


def _lines(term: Deadline) -> list[str]:
    message = term.message
    return [
        f"Источник: {message.source.name}",
        f"Блок: {message.block.name if message.block else 'не назначен'}",
        f"Тема: {message.topic.name if message.topic else 'не указана'}",
        rule_words(term.rule),
    ]


def _alarm(term: Deadline, words: str) -> Alarm:
    """At the moment from which the term is «под угрозой»."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", _whole(term.threat_at), parameters={"VALUE": "DATE-TIME"})
    return alarm


def _whole(moment: datetime) -> datetime:
    """The file knows no parts of a second: a day that ends with its last one stays that day."""
    return moment.astimezone(UTC).replace(microsecond=0)
