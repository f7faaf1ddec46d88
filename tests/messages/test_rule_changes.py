"""A rule of terms is changed while cases are open: what would move is shown, and it moves only where somebody said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from blocks.models import DeadlineRule
from mcu.errors import Conflict, Invalid, NotAllowed
from messages.models import Deadline, Message, RuleChange
from messages.selectors.history import lines_of
from messages.services import routing
from messages.services.rule_changes import Wish, change_rule, look
from messages.services.rule_moves import move_open_cases
from messages.services.rule_values import RuleValues
from messages.services.sweep import sweep
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd
from tests.messages.scenes import IM, POS, Scene, bring

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)
KEEP, MOVE = RuleChange.Choice.KEEP, RuleChange.Choice.MOVE


def rule(cast: Cast, code: str = "pos_answer") -> DeadlineRule:
    return DeadlineRule.objects.get(center=cast.center, code=code, closed_at=None)


def values(row: DeadlineRule, **other: Any) -> RuleValues:
    """The rule as its form holds it, with what a person typed over."""
    fields = ("name", "clause", "basis", "amount", "unit", "starts_on", "day_count", "on_day_off", "pauses")
    kept = {name: getattr(row, name) for name in fields}
    lists = {name: tuple(getattr(row, name)) for name in ("warn_shares", "warn_before", "ladder")}
    return RuleValues(**{**kept, **lists, **other})


def change(
    cast: Cast, choice: str, *, code: str = "pos_answer", by: str = "head", now: datetime = LATER, **other: Any
) -> RuleChange:
    row = rule(cast, code)
    wish = Wish(values(row, **other), edition=row)
    return change_rule(center=cast.center, actor=cast.actor(by), wish=wish, choice=choice, now=now)


def move(at: datetime = LATER + timedelta(minutes=1)) -> int:
    return move_open_cases(clock=lambda: at)


def term(scene: Scene, kind: str = "answer") -> Deadline:
    return Deadline.objects.get(message=scene.message, kind=kind, void_at=None)


def days(row: Deadline) -> int:
    """The days from the start of a term to the day it ends on."""
    return (row.due_at - row.started_at).days


def test_open_cases_stay_by_the_rule_they_began_under(okt: Cast) -> None:
    old = bring(okt, POS, "assigned")
    change(okt, KEEP, amount=10)
    new = bring(okt, POS, "assigned", received_at=LATER, now=LATER)
    assert move() == 0
    old.now = LATER
    old.draft()  # a step works the terms out anew
    assert (days(term(old)), days(term(new))) == (25, 10)


def test_no_question_stops_the_clock_of_the_law(okt: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        change(okt, KEEP, code="fz59_answer", pauses=True)
    assert "закон не останавливает" in refused.value.fields["pauses"]


def test_open_cases_move_where_that_was_chosen(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    made = change(okt, MOVE, amount=10)
    assert (made.total, made.finished_at, days(term(scene))) == (1, None, 25)
    assert move() == 1
    made.refresh_from_db()
    assert (made.done, made.moved, made.finished_at is not None) == (1, 1, True)
    assert days(term(scene)) == 10
    assert Message.objects.get(pk=scene.message.pk).next_due_at == term(scene).due_at
    assert move() == 0


def test_the_history_says_from_when_to_when_and_why(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    change(okt, MOVE, amount=10)
    move()
    event = scene.message.events.get(code="term")
    assert event.data["rule_change"] == RuleChange.objects.get().pk
    [line] = lines_of([event], {}, okt.center)
    assert line.title == (
        "Срок пересчитан: ответ заявителю — до 28.11.2026 23:59, было до 13.12.2026 23:59, правило изменено 18.11.2026"
    )


def test_what_would_move_is_shown_before(okt: Cast) -> None:
    scene, _other = bring(okt, POS, "assigned"), bring(okt, IM, "assigned")
    row = rule(okt)
    pair, found = look(center=okt.center, actor=okt.actor("head"), wish=Wish(values(row, amount=10), row), now=LATER)
    assert (pair.before, found.cases, found.moved, found.earlier, found.late) == (row, 1, 1, 1, 0)
    [one] = found.shown
    assert (one.number, one.old_due_at, one.becomes_late) == (scene.message.number, term(scene).due_at, False)
    change(okt, MOVE, amount=10)
    move()
    assert term(scene).due_at == one.new_due_at
    assert DeadlineRule.objects.filter(code=row.code, center=okt.center).count() == 2


def test_a_look_costs_the_same_for_many_cases(okt: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    row = rule(okt, "im_agree")
    crowd(okt, 120)
    with django_assert_max_num_queries(12):
        _, found = look(center=okt.center, actor=okt.actor("head"), wish=Wish(values(row, amount=1), row), now=NOW)
    assert len(found.shown) <= 100


def test_who_becomes_late_is_shown_first_and_is_late_for_all(okt: Cast) -> None:
    fresh = bring(okt, POS, "assigned")
    old = bring(okt, POS, "assigned", received_at=NOW - timedelta(days=20))
    row = rule(okt)
    _, found = look(center=okt.center, actor=okt.actor("head"), wish=Wish(values(row, amount=10), row), now=LATER)
    assert (found.late, found.shown[0].number, found.shown[0].becomes_late) == (1, old.message.number, True)
    change(okt, MOVE, amount=10)
    move()
    sweep(now=LATER + timedelta(minutes=5))
    assert term(old).breached_at == term(old).due_at < LATER
    assert term(fresh).breached_at is None
    assert old.message.events.filter(code="breach").count() == 1


def test_what_has_passed_is_never_put_off(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned", received_at=NOW - timedelta(days=40))
    due = term(scene).due_at
    row = rule(okt)
    _, found = look(center=okt.center, actor=okt.actor("head"), wish=Wish(values(row, amount=60), row), now=LATER)
    assert found.moved == 0
    change(okt, MOVE, amount=60)
    move()
    assert term(scene).due_at == due < LATER


def test_only_cases_of_the_rule_are_moved(okt: Cast) -> None:
    """An earlier change of another rule that left its cases as they were stays as it was chosen."""
    fast = bring(okt, POS, "received", fast_track=True)
    plain = bring(okt, POS, "received")
    change(okt, KEEP, code="pos_answer_fast_track", amount=3, now=NOW + timedelta(hours=1))
    change(okt, MOVE, amount=20)
    move()
    assert (days(term(fast)), days(term(plain))) == (10, 20)


def test_of_two_changes_the_later_is_the_last_word(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    change(okt, MOVE, amount=10)
    change(okt, MOVE, amount=15, now=LATER + timedelta(seconds=5))
    move()
    assert days(term(scene)) == 15
    assert not RuleChange.objects.filter(finished_at=None).exists()


def test_a_change_of_warnings_alone_moves_nothing_but_what_is_said(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    before = term(scene)
    change(okt, MOVE, warn_shares=(0.1,))
    move()
    after = term(scene)
    assert (after.due_at, after.threat_at < before.threat_at) == (before.due_at, True)
    [line] = lines_of([scene.message.events.get(code="term")], {}, okt.center)
    assert "прежний, до 13.12.2026 23:59, правило изменено 18.11.2026" in line.title


def test_another_name_makes_no_edition(okt: Cast) -> None:
    old = rule(okt).name
    made = change(okt, MOVE, name="Ответ на ПОС")
    row = rule(okt)
    assert (row.name, row.since, row.made_by) == ("Ответ на ПОС", None, okt.people["head"])
    assert (made.choice, made.kinds, made.finished_at) == (KEEP, [], LATER)
    assert made.changes == [f"«{old}», название: {old} → Ответ на ПОС"]


def test_a_rule_of_one_topic_governs_from_now_and_old_cases_where_chosen(okt: Cast) -> None:
    scene = bring(okt, POS, "received")
    topic = okt.block("roads").topics.filter(fast_track=False).first()
    assert topic is not None
    Message.objects.filter(pk=scene.message.pk).update(topic=topic)
    wish = Wish(
        replace(
            values(rule(okt), name="Ямы: 5 дней", amount=5, basis="default", clause=""),
            kind="answer",
            regime="message",
            source_id=okt.source("pos").pk,
            fast_track=False,
            topic_id=topic.pk,
        )
    )
    _, found = look(center=okt.center, actor=okt.actor("head"), wish=wish, now=LATER)
    assert found.moved == 1
    change_rule(center=okt.center, actor=okt.actor("head"), wish=wish, choice=MOVE, now=LATER)
    move()
    assert days(term(scene)) == 5
    assert rule(okt, "own_1").since == LATER


def test_an_ended_rule_takes_the_term_from_the_cases_that_move(okt: Cast) -> None:
    kept = bring(okt, IM, "assigned")
    row = rule(okt, "im_agree")
    wish = Wish(None, row)
    _, found = look(center=okt.center, actor=okt.actor("support"), wish=wish, now=LATER)
    assert (found.moved, found.ended) == (1, 1)
    change_rule(center=okt.center, actor=okt.actor("support"), wish=wish, choice=MOVE, now=LATER)
    move()
    assert not Deadline.objects.filter(message=kept.message, kind="agree", void_at=None).exists()
    row.refresh_from_db()
    assert (row.closed_at, row.made_by) == (LATER, okt.people["support"])


@pytest.mark.parametrize("name", ["roads", "roads_curator", "pos", "tech"])
def test_others_read_the_rules_and_do_not_change_them(okt: Cast, name: str) -> None:
    with pytest.raises(NotAllowed, match="руководитель"):
        change(okt, KEEP, by=name, amount=10)
    assert DeadlineRule.objects.filter(center=okt.center, code="pos_answer").count() == 1


def test_the_head_of_another_center_changes_nothing_here(okt: Cast, kor: Cast) -> None:
    row = rule(okt)
    with pytest.raises(NotAllowed):
        change_rule(center=okt.center, actor=kor.actor("head"), wish=Wish(values(row, amount=1), row), choice=KEEP, now=LATER)


def test_the_second_of_two_learns_who_was_faster(okt: Cast) -> None:
    row = rule(okt)
    change(okt, KEEP, by="support", amount=10)
    with pytest.raises(Conflict, match=r"уже изменили 18\.11\.2026 в 12:00"):
        change_rule(
            center=okt.center,
            actor=okt.actor("head"),
            wish=Wish(values(row, amount=12), row),
            choice=KEEP,
            now=LATER + timedelta(minutes=1),
        )
    assert rule(okt).amount == 10


def test_nothing_changed_is_said(okt: Cast) -> None:
    with pytest.raises(Invalid, match="ничего не изменилось"):
        change(okt, KEEP)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": " "}, "name"),
        ({"amount": 0}, "amount"),
        ({"amount": 5000}, "amount"),
        ({"unit": "weeks"}, "unit"),
        ({"clause": ""}, "clause"),
        ({"basis": "hearsay"}, "basis"),
        ({"starts_on": "yesterday"}, "starts_on"),
        ({"warn_shares": (0.5, 0.5)}, "warn_shares"),
        ({"warn_shares": (1.5,)}, "warn_shares"),
        ({"warn_before": (60 * 24 * 25,)}, "warn_before"),
        ({"warn_before": (0,)}, "warn_before"),
        ({"ladder": ({"to": "mayor", "after_hours": 1},)}, "ladder"),
        ({"ladder": ({"to": "head"},)}, "ladder"),
        ({"ladder": ({"to": "head", "after_days": 1, "working": True},)}, "ladder"),
        ({"ladder": ({"to": "head", "after_hours": 1},) * 11}, "ladder"),
    ],
)
def test_what_cannot_be_a_rule_names_its_field(okt: Cast, other: dict[str, Any], field: str) -> None:
    DeadlineRule.objects.filter(center=okt.center, code="pos_answer").update(basis="decree", clause="Пол. 1")
    with pytest.raises(Invalid) as refused:
        change(okt, KEEP, **other)
    assert field in refused.value.fields


def test_a_case_closed_meanwhile_is_left_alone(okt: Cast) -> None:
    scene = bring(okt, POS, "received")
    due = term(scene).due_at
    change(okt, MOVE, amount=10)
    scene.now = LATER
    ground = routing.grounds_for(scene.message)[0]["code"]
    scene.act(routing.dismiss, "pos", ground=ground)
    assert move() == 0
    assert Deadline.objects.get(message=scene.message, kind="answer").due_at == due
    assert RuleChange.objects.get().finished_at is not None


def test_the_case_page_reads_with_a_moved_term(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    change(okt, MOVE, amount=10)
    move()
    page = browser(okt, "roads").get(f"/{okt.center.slug}/messages/{scene.message.number}/")
    assert "правило изменено 18.11.2026" in page.content.decode()
