"""Cases written by thousands stand exactly as those taken in one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from blocks.models import Block, Topic
from messages.models import (
    Applicant,
    AutoRule,
    AutoWaiting,
    Change,
    Deadline,
    DeadlineStep,
    EventNote,
    Message,
    MessageEvent,
    Reply,
    Satisfaction,
)
from messages.services import deadlines, history
from messages.services.deadlines import BREACH, next_step
from messages.services.intake import IncomingApplicant
from messages.services.new_case import GivenReply, GivenScore, Line, NewCase
from messages.services.numbers import next_numbers
from messages.services.storing import store_many
from messages.services.term_book import book_of
from messages.workflow import State
from tests.cast import NOW, Cast

_external = count(1)
# How long ago they came, and how far the work is: each with what is set on the case.
_AGES = [timedelta(0), timedelta(minutes=50), timedelta(hours=30), timedelta(days=3), timedelta(days=45), timedelta(days=400)]
_STAGES: list[tuple[str, dict[str, Any]]] = [
    ("received", {}),
    ("assigned", {"state": State.ASSIGNED, "registered_at": 0.2, "handed_over_at": 0.2}),
    ("answered", {"state": State.ANSWERED, "registered_at": 0.1, "handed_over_at": 0.1, "agreed_at": 0.3, "approved_at": 0.4,
                  "answered_at": 0.5, "sent_recorded_at": 0.5}),
    ("closed late", {"state": State.CLOSED, "registered_at": 0.8, "handed_over_at": 0.9, "agreed_at": 0.97,
                     "approved_at": 0.98, "answered_at": 0.99, "sent_recorded_at": 0.99, "closed_at": 1.0, "outcome": "done"}),
    ("redirected", {"state": State.REDIRECTED, "registered_at": 0.3, "redirected_at": 0.4, "redirected_to": "Служба"}),
    ("dismissed", {"state": State.DISMISSED, "dismissed_at": 0.5, "dismissal_ground": "no_subject"}),
]  # fmt: skip


def message(cast: Cast, *, source: str = "im", age: timedelta = timedelta(0), now: datetime = NOW, **said: Any) -> Message:
    """A case as a caller would put it together; moments are shares of its age."""
    received_at = now - age
    moments = {name: received_at + age * value if isinstance(value, float) else value for name, value in said.items()}
    number = next(_external)
    origin = cast.source(source)
    return Message(
        **{
            "center": cast.center,
            "source": origin,
            "external_id": f"В-{number}",
            "payload_hash": f"{number:064x}",
            "regime": origin.regime,
            "text": f"Не горят\tфонари \\ у школы.\nДом {number}",
            "received_at": received_at,
            "created_at": now,
            "changed_at": now,
            **moments,
        }
    )


def new(one: Message, **said: Any) -> NewCase:
    created = Line(code="created", at=one.created_at, data={"source": one.source.code})
    return NewCase(message=one, **{"events": [created], **said})


def store(cast: Cast, *cases: NewCase, now: datetime = NOW) -> list[Message]:
    return store_many(center=cast.center, cases=cases, actor=cast.system, book=book_of(cast.center), now=now)


def one_by_one(cast: Cast, case: NewCase, now: datetime = NOW) -> Message:
    """What a single step does: the case saved, its terms brought to its facts, and, of history, what is past passed over."""
    one = case.message
    one.number = next_numbers(cast.center, 2026, 1)[0]
    one.save(force_insert=True)
    for line in case.events:
        history.record(message=one, code=line.code, actor=cast.system, now=line.at, data=line.data, note=line.note)
    deadlines.sync(one, now=now, actor=cast.system)
    book = book_of(cast.center)
    for row in Deadline.objects.filter(message=one, next_step_at__lte=now).order_by("id") if case.quiet else []:
        rule = book.rule(row.rule_id)
        assert rule is not None
        steps = book.steps(rule, row.started_at, row.due_at)
        past = [step for step in steps if step.at <= now]
        for step in past:
            DeadlineStep.objects.create(deadline=row, step=step.code, planned_at=step.at, made_at=now)
        if row.due_at <= now:
            row.breached_at = row.due_at
            data = {"kind": row.kind, "due_at": row.due_at.isoformat(), "deadline": row.pk}
            history.record(message=one, code=BREACH, actor=cast.system, now=now, data=data)
        row.next_step_at = next_step(steps, {step.code for step in past})
        row.save()
    return one


def rows_of(one: Message) -> dict[str, Any]:
    """Everything stored of the case but keys and what tells two cases apart."""
    terms = {row.pk: row.kind for row in Deadline.objects.filter(message=one)}

    def plain(rows: Any, *without: str) -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name not in without} for row in rows.values()]

    events = plain(MessageEvent.objects.filter(message=one).order_by("id"), "id", "message_id")
    for event in events:
        event["data"] = {**event["data"], "deadline": terms.get(event["data"].get("deadline"))}
    steps = DeadlineStep.objects.filter(deadline__message=one).order_by("deadline__kind", "planned_at", "step")
    return {
        "case": plain(Message.objects.filter(pk=one.pk), "id", "number", "external_id", "payload_hash", "text", "search"),
        "terms": plain(Deadline.objects.filter(message=one).order_by("id"), "id", "message_id"),
        "steps": [(terms[row.deadline_id], row.step, row.planned_at, row.made_at) for row in steps],
        "events": events,
        "notes": list(EventNote.objects.filter(event__message=one).order_by("event").values_list("text", flat=True)),
        "told": list(Change.objects.filter(message=one).order_by("id").values_list("event__code", "source", "client")),
    }


def every_kind(cast: Cast) -> Iterator[tuple[dict[str, Any], bool]]:
    """Cases of all sources, ages and stages, quiet or not."""
    block = Block.objects.filter(center=cast.center).first()
    topic = Topic.objects.filter(center=cast.center).first()
    for number, (source, age, (_, stage), quiet) in enumerate(
        product(("im", "pos", "fz59"), _AGES, _STAGES, (False, True)), start=1
    ):
        said = {**stage, "block": block if "handed_over_at" in stage else None, "topic": topic if number % 3 else None}
        yield {"source": source, "age": age, "fast_track": source == "pos" and number % 2 == 1, **said}, quiet


def test_many_at_once_stand_as_one_by_one(okt: Cast) -> None:
    made = list(every_kind(okt))
    singles = [one_by_one(okt, new(message(okt, **said), quiet=quiet)) for said, quiet in made]
    together = store(okt, *(new(message(okt, **said), quiet=quiet) for said, quiet in made))

    assert Deadline.objects.filter(breached_at__isnull=False).exists()
    for single, one in zip(singles, together, strict=True):
        assert rows_of(one) == rows_of(single)


def test_numbers_follow_the_year_of_receipt_in_the_order_given(okt: Cast) -> None:
    old = timedelta(days=400)
    stored = store(okt, *(new(message(okt, age=age)) for age in (timedelta(0), old, timedelta(0), old)))

    assert [one.number for one in stored] == ["ОКТ-2026-000001", "ОКТ-2025-000001", "ОКТ-2026-000002", "ОКТ-2025-000002"]
    assert [Message.objects.get(number=one.number).pk for one in stored] == [one.pk for one in stored]


def test_answers_scores_words_and_the_applicant_come_with_the_case(okt: Cast) -> None:
    block = Block.objects.filter(center=okt.center).first()
    sent = NOW - timedelta(hours=1)
    one = message(okt, age=timedelta(days=1), block=block, **_STAGES[2][1])
    events = [
        Line(code="created", at=NOW, data={"source": "im", "слова": "\\ \t"}),
        Line(code="send", at=sent, from_state="approved", to_state="answered", note="Со слов: \\N\tответ\r\nдан"),
    ]
    store(
        okt,
        new(
            one,
            events=events,
            applicant=IncomingApplicant(name="Ёлкина М. И.", phone="8 900 123-45-67"),
            replies=[GivenReply(text="Фонари горят.\\", posted_at=sent, recorded_at=NOW, delivery="почта", completeness=2)],
            satisfaction=GivenScore(score=5, at=NOW, via=Satisfaction.Via.STAFF),
            quiet=True,
        ),
    )

    read = Message.objects.get()
    assert read.text == one.text
    applicant = Applicant.objects.get(message=read)
    assert (applicant.name, applicant.phone_key, applicant.type) == ("Ёлкина М. И.", "9001234567", "citizen")
    reply = Reply.objects.get(message=read)
    assert (reply.version, reply.text, reply.posted_at, reply.completeness) == (1, "Фонари горят.\\", sent, 2)
    assert Satisfaction.objects.get(message=read).score == 5
    assert EventNote.objects.get(event__message=read).text == "Со слов: \\N\tответ\nдан"
    assert MessageEvent.objects.get(message=read, code="created").data["слова"] == "\\ \t"
    told = Change.objects.filter(message=read).order_by("id").values_list("event__code", flat=True)
    assert list(told) == ["created", "send"]


def test_new_cases_wait_for_the_rules_history_does_not(okt: Cast) -> None:
    waiting = AutoWaiting.objects.order_by("message").values_list("message", flat=True)
    store(okt, new(message(okt)))
    assert not waiting.exists()
    AutoRule.objects.create(
        center=okt.center, name="Фонари", created_at=NOW, changed_at=NOW, created_by=okt.people["head"], enabled_at=NOW
    )
    present, _ = store(okt, new(message(okt)), new(message(okt, age=timedelta(days=2)), quiet=True))
    assert list(waiting) == [present.pk]


def test_a_known_case_among_them_leaves_nothing_behind(okt: Cast) -> None:
    first = message(okt)
    store(okt, new(first))
    again = message(okt, external_id=first.external_id)
    with pytest.raises(IntegrityError):
        store(okt, new(message(okt)), new(again))

    assert Message.objects.count() == 1
    after = store(okt, new(message(okt)))
    assert after[0].number == "ОКТ-2026-000002"  # the numbers went back, too


def test_writing_many_asks_as_little_as_writing_one(okt: Cast) -> None:
    def queries(*cases: NewCase) -> int:
        with CaptureQueriesContext(connection) as asked:
            store(okt, *cases)
        return len(asked)

    def many(count: int) -> int:
        return queries(*(new(message(okt, age=timedelta(minutes=number))) for number in range(count)))

    assert queries(new(message(okt))) <= many(40) == many(80) <= 12  # one COPY a table


def test_nothing_is_nothing(okt: Cast) -> None:
    assert store(okt) == []
    tables: list[type[Model]] = [Message, MessageEvent, Deadline]
    assert not any(table._default_manager.exists() for table in tables)
