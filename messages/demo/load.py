"""Loads the demo once: people, then eight weeks of both Centers' letters played in order of time, sweeps between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Min

from blocks.models import Center, Source, Topic
from blocks.services.clients import create_client
from mcu import memo
from mcu.errors import Conflict
from mcu.models import Heartbeat, Outbox
from messages.demo import cast, paths, texts, together
from messages.demo.answer_templates import load_templates
from messages.demo.auto_rules import load_rules
from messages.demo.plan import HOURLY, Script, Step
from messages.demo.rhythm import Chance, Rhythm
from messages.demo.stage import Case, Stage
from messages.models import Deadline, Message
from messages.services.forecasting import forecast
from messages.services.pace import learn_pace
from messages.services.sweep import sweep
from messages.services.term_book import book_of

HEARTBEAT: Final = "demo"
NEW_FOR: Final = timedelta(hours=20)  # older notices have been read
CLIENT: Final = "Шлюз образца"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Whether this run loaded the demo, and how many cases it holds."""

    now_loaded: bool
    cases: int


@transaction.atomic
def load(*, password: str, now: datetime) -> Loaded:
    """Load the demo if it is not there; a repeat only brings the people's password to the one given.

    Needs both Centers' charters loaded. Raises Conflict where messages that are not the demo's are there.
    """
    mark, _ = Heartbeat.objects.select_for_update().get_or_create(name=HEARTBEAT, defaults={"at": now})
    if mark.data.get("cases"):
        cast.set_password(password)
        return Loaded(now_loaded=False, cases=mark.data["cases"])
    centers = _centers()
    users = cast.hire(centers=centers, password=password, now=now)
    cast.send_on_leave(centers=centers, users=users, now=now)
    stages, steps = _prepare(centers, now)
    with memo.remembering():  # the people and the charter do not change while the play goes on
        _play(stages, steps, now)
        for center in centers.values():
            paths.walk(center=center, now=now)
            together.talk(center=center, now=now)
    for center in centers.values():
        learn_pace(center=center, now=now)
        forecast(center=center, now=now)
    _read_old_notices(now)
    mark.at, mark.data = now, {"cases": Message.objects.count()}
    mark.save()
    return Loaded(now_loaded=True, cases=mark.data["cases"])


def _centers() -> dict[str, Center]:
    found = {center.slug: center for center in Center.objects.filter(slug__in=texts.CENTERS)}
    if missing := [slug for slug in texts.CENTERS if slug not in found]:
        raise Conflict(f"Образцу нужны уставы обоих Центров. Загрузите: manage.py load_charter {missing[0]}")
    if Message.objects.exists():
        raise Conflict("В базе уже есть сообщения, и это не образец. Образец загружается только в пустую базу.")
    return found


def _prepare(centers: dict[str, Center], now: datetime) -> tuple[list[Stage], Iterator[tuple[int, Step]]]:
    """A stage for each Center and all the steps of both, in order of time."""
    stages: list[Stage] = []
    steps: list[tuple[int, Step]] = []
    for place, center in enumerate(centers.values()):
        sources = {row.code: row for row in Source.objects.filter(center=center)}
        load_templates(center=center, now=now - cast.IN_OFFICE)
        load_rules(center=center, now=now - cast.IN_OFFICE)
        client, _ = create_client(center=center, name=CLIENT, sources=sources, now=now - cast.IN_OFFICE)
        letters = dict(enumerate(texts.letters(center.slug)))
        for script in _scripts(center, letters, sources, now).values():
            steps += [(place, step) for step in script]
        cases = {number: Case(letter, Chance(f"{center.slug}-{letter.id}")) for number, letter in letters.items()}
        stages.append(Stage(center, client, cases))
    return stages, iter(sorted(steps, key=lambda pair: (pair[1].at, pair[0], pair[1].letter, pair[1].order)))


def _scripts(
    center: Center, letters: dict[int, texts.Letter], sources: dict[str, Source], now: datetime
) -> dict[int, list[Step]]:
    rhythm = Rhythm(book_of(center), now)
    fast = set(Topic.objects.filter(center=center, fast_track=True).values_list("code", flat=True))
    strict = {rule.source_id for rule in rhythm.book.rules if rule.kind == "agree"}
    return {
        number: Script(
            letter,
            number,
            rhythm,
            needs_head=sources[letter.source].needs_head,
            fast=letter.fast_track or letter.topic in fast,
            strict=letter.source in HOURLY and sources[letter.source].pk in strict,
        ).write()
        for number, letter in letters.items()
    }


def _play(stages: list[Stage], steps: Iterator[tuple[int, Step]], now: datetime) -> None:
    played = now - cast.IN_OFFICE
    for place, step in steps:
        _sweep(since=played, until=step.at)
        stages[place].play(step)
        played = step.at
    _sweep(since=played, until=now)
    sweep(now=now, by_email=False)


def _sweep(*, since: datetime, until: datetime) -> None:
    """Make the warnings and breaches between two steps, each at its own minute, as the minutely sweep would have.

    What a step has started may have been due before it (a day that counts from its beginning): that is made right after.
    """
    while (due := _next_due()) is not None and due < until:
        at = max(due.replace(second=0, microsecond=0) + timedelta(minutes=1), since)
        sweep(now=min(at, until), by_email=False, present=False)


def _next_due() -> datetime | None:
    waiting = Deadline.objects.filter(met_at__isnull=True, void_at__isnull=True, next_step_at__isnull=False)
    due: datetime | None = waiting.aggregate(next=Min("next_step_at"))["next"]
    return due


def _read_old_notices(now: datetime) -> None:
    """Nobody faces eight weeks of unread notices, and none of them is ever mailed."""
    Outbox.objects.update(by_email=False, next_try_at=None)
    Outbox.objects.filter(created_at__lt=now - NEW_FOR).update(read_at=F("created_at") + timedelta(minutes=20))
