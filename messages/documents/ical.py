"""Terms as a calendar of RFC 5545. The same terms give the same bytes, so that a program that asks again gets nothing anew.

No word of the citizen stands here, nor the source's words for the topic: the file lies on machines that are not ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from blocks.models import Center
from messages.models import Deadline
from messages.selectors.rows import rule_words
from messages.terms import KIND_RU, Kind

REFRESH: Final = timedelta(minutes=15)


def calendar_of(terms: Iterable[Deadline], *, center: Center) -> bytes:
    """The file. No query: names are joined by the caller."""
    calendar = Calendar()
    calendar.add("prodid", "-//MCU//Terms//RU")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Сроки: {center.short}")
    calendar.add("x-wr-timezone", center.timezone)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for term in terms:
        calendar.add_component(_event(term, center))
    file: bytes = calendar.to_ical()
    return file


def _event(term: Deadline, center: Center) -> Event:
    message = term.message
    what = KIND_RU[Kind(term.kind)]
    event = Event()
    event.add("uid", f"term-{term.pk}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("dtstamp", _whole(message.changed_at))
    event.add("last-modified", _whole(message.changed_at))
    # A moment: without an end it lasts no time, as RFC 5545 has it (3.6.1); an end must be later than the start.
    event.add("dtstart", _whole(term.due_at))
    event.add("summary", f"Срок: {what} — {message.number}")
    event.add("description", "\n".join(_lines(term)))
    event.add("url", f"{settings.PUBLIC_URL}/{center.slug}/messages/{message.number}/")
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
    alarm.add("trigger", _whole(term.threat_at))
    return alarm


def _whole(moment: datetime) -> datetime:
    """The file knows no parts of a second: a day that ends with its last one stays that day."""
    return moment.astimezone(UTC).replace(microsecond=0)
