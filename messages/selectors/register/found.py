"""The cases that the filters ask for, as conditions whose indexes stand; nothing here is read yet."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from mcu.clock import local_midnight
from messages.models import YO, AutoMove, Deadline, Message, MessageQuerySet, NumberSequence, Part, Satisfaction
from messages.selectors.pressure import ending_terms, threatened_terms
from messages.selectors.register.filters import ANY, BREACHED, DONE_GROUP, LOW, ME, NOBODY, Filters, day_of
from messages.selectors.register.words import LISTS, Names
from messages.workflow import OPEN, State

FIRST_YEAR: Final = 2000  # nothing older is taken in
_NUMBER: Final = re.compile(r"(?P<prefix>\w{1,6})-(?P<year>\d{4})-(?P<number>\d{1,6})")
_NUMBER_LENGTH: Final = 6


def register(*, actor: Actor, center: Center, filters: Filters, now: datetime, names: Names | None = None) -> MessageQuerySet:
    """The cases asked for, among those the actor may see; not yet ordered. No query, but one where words are looked for.

    ``names`` (``names_of`` the filters) lets rows of lists be asked for by their ids: of these the database knows how many
    cases each has, and takes the right index.
    """
    rows = Message.objects.visible_to(actor)
    if filters.state in State.values:
        rows = rows.filter(state=filters.state)
    elif filters.state == DONE_GROUP:
        rows = rows.exclude(state__in=OPEN)
    if filters.is_open:
        rows = rows.open()
    for condition in (
        *_lists(filters, center, names),
        *_people(filters, actor),
        *_dates(filters, center),
        *_marks(filters, center),
    ):
        rows = rows.filter(condition)
    if filters.term:
        rows = rows.filter(_term(filters.term, center, now))
    if filters.q:
        rows = rows.filter(search(filters.q, center, now))
    return rows


def search(q: str, center: Center, now: datetime) -> Q:
    """By words of the text and address in any form (Russian stems), by our number, the outside one or that in the source.

    One query, for the numbers: found apart, so that the search of the texts keeps its index.
    """
    condition = Q(pk__in=_numbered(q, center, now))
    words = re.findall(r"[^\W_]+", q.translate(str.maketrans(*YO)))[:12]
    if words and not _NUMBER.fullmatch(q):
        raw = " & ".join(f"'{word}':*" if len(word) > 2 else f"'{word}'" for word in words)
        condition |= Q(search=SearchQuery(raw, config="russian", search_type="raw"))
    return condition


def at_risk(center: Center, now: datetime) -> Q:
    """«Под угрозой»: a running term is past its last warning or likely to be missed; read by the index of running terms."""
    return Q(pk__in=threatened_terms(center_id=center.pk, now=now).values("message"))


def _lists(filters: Filters, center: Center, names: Names | None) -> list[Q]:
    """Rows of the Center's lists, each by its code, or by its id where that is known."""
    found = []
    for name in LISTS:
        if not (code := getattr(filters, name)):
            continue
        if names is None:
            found.append(Q(**{f"{name}__center": center, f"{name}__code": code}))
        else:
            found.append(Q(**{f"{name}_id__in": [pk for known, _, pk in names.listed[name] if known == code]}))
    if filters.tag:
        tagged = Message.tags.through.objects.filter(tag__center=center, tag__name=filters.tag)
        found.append(Q(pk__in=tagged.values("message_id")))
    return found


def _people(filters: Filters, actor: Actor) -> list[Q]:
    found = []
    for name in ("responsible", "sorted_by"):
        value = getattr(filters, name)
        if value == NOBODY:
            found.append(Q(**{f"{name}__isnull": True}))
        elif value:
            found.append(Q(**{f"{name}_id": actor.user_id if value == ME else int(value)}))
    return found


def _dates(filters: Filters, center: Center) -> list[Q]:
    """From the first local day to the last, both inclusive."""

    def start(day: date | None, after: int) -> datetime | None:
        return local_midnight(day + timedelta(days=after), center.tz) if day else None

    borders = {
        "received_at__gte": start(day_of(filters.received_from), 0),
        "received_at__lt": start(day_of(filters.received_to), 1),
        "answered_at__gte": start(day_of(filters.answered_from), 0),
        "answered_at__lt": start(day_of(filters.answered_to), 1),
    }
    return [Q(**{name: moment}) for name, moment in borders.items() if moment]


def _marks(filters: Filters, center: Center) -> list[Q]:
    """What is true of few cases; the words of each condition are those of its partial index."""
    own = {
        "fast": Q(fast_track=True),
        "extended": Q(extended_at__isnull=False),
        "reopened": Q(cycle__gt=0),
        "leading": Q(pk__in=Message.objects.filter(leading__isnull=False).values("leading_id")),
        "parts": Q(Exists(Part.objects.filter(message=OuterRef("pk"), void_at__isnull=True))),
    }
    found = [condition for name, condition in own.items() if getattr(filters, name)]
    if filters.regime:
        found.append(Q(regime=filters.regime))
    if filters.completeness:
        found.append(Q(completeness=int(filters.completeness)))
    if filters.control:
        wanted = Q() if filters.control == ANY else Q(control=filters.control)
        found.append(~Q(control="") & wanted)  # the words of the partial index
    if filters.rule:
        found.append(_handed_over_by(filters.rule))
    if filters.score:
        found.append(_scored(filters.score, center))
    return found


def _handed_over_by(rule: str) -> Q:
    """By an auto-rule, be it that people sent the case elsewhere afterwards."""
    moves = AutoMove.objects.filter(message=OuterRef("pk"))
    return Q(Exists(moves if rule == ANY else moves.filter(rule=int(rule))))


def _scored(score: str, center: Center) -> Q:
    """By what the applicant said of the present cycle's answer."""
    low = settings_of(center.settings).low_score
    wanted: dict[str, Any] = {"score__lte": low} if score == LOW else {"score": int(score)}
    return Q(Exists(Satisfaction.objects.filter(message=OuterRef("pk"), cycle=OuterRef("cycle"), **wanted)))


def _term(term: str, center: Center, now: datetime) -> Q:
    if term == "threat":
        return at_risk(center, now)
    if term == BREACHED:
        return Q(Exists(_breaches()))
    return by_end(center, now)[term]


def by_end(center: Center, now: datetime) -> dict[str, Q]:
    """Open cases by when a term of theirs ends: overdue, within today or three days; what is overdue is in neither of these."""
    today = now.astimezone(center.tz).date()

    def ends_within(days: int) -> Q:
        until = local_midnight(today + timedelta(days=days), center.tz)
        return Q(pk__in=ending_terms(center_id=center.pk, now=now, until=until).values("message"))

    return {"overdue": Q(next_due_at__lt=now), "today": ends_within(1), "three": ends_within(3)}


def _breaches() -> QuerySet[Deadline]:
    """Breaches of a term of the decree or the law, whatever became of the case; one corrected afterwards is none."""
    late = Q(met_at__isnull=True) | Q(met_at__gt=F("due_at"))
    return Deadline.objects.filter(late, message=OuterRef("pk"), breached_at__isnull=False, rule__basis__in=("decree", "law"))


def _numbered(q: str, center: Center, now: datetime) -> list[int]:
    """Cases whose number this is: ours, whole or only its last part of any year, that in СЭД or the source's. One query."""
    ours = [q.upper()]
    whole = _NUMBER.fullmatch(q)
    if whole and whole["prefix"].upper() == center.prefix:
        ours.append(NumberSequence.written(center, int(whole["year"]), int(whole["number"])))
    elif q.isdecimal() and len(q) <= _NUMBER_LENGTH:
        ours += [NumberSequence.written(center, year, int(q)) for year in range(FIRST_YEAR, now.year + 2)]
    by_ours = Message.objects.filter(center=center, number__in=ours).values_list("pk", flat=True)
    outside = Message.objects.exclude(outside_number="").filter(center=center, outside_number=q).values_list("pk", flat=True)
    by_theirs = Message.objects.filter(source__center=center, external_id=q).values_list("pk", flat=True)
    return list(by_ours.union(outside, by_theirs))
