"""Auto-rules hand new cases over by themselves: who writes them, what they do, when they missed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from blocks.actors import ActorKind
from blocks.models import Block, Recipient
from mcu.errors import Conflict, Invalid, NotAllowed
from mcu.models import Outbox
from messages.models import AutoMove, AutoRule, AutoRuleEvent, AutoWaiting, Change, Deadline, Message, MessageEvent
from messages.selectors.auto_rules import in_force, tallies_of
from messages.selectors.case import case_page
from messages.services import auto_rules, routing
from messages.services.auto_rule_values import AutoRuleValues
from messages.services.intake import IncomingMessage, take_in
from messages.workflow import State
from reports.indicators import sets
from reports.periods import Span
from tests.cast import NOW, Cast
from tests.messages.rules_of import apply, make, waiting

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _fresh(message: Message) -> Message:
    return Message.objects.select_related("center", "source", "block", "recipient").get(pk=message.pk)


def test_a_new_case_goes_where_the_first_fitting_rule_says(okt: Cast) -> None:
    make(okt, "Свет", words=("нет фонарей",), block="housing")
    rule = make(
        okt, "Дороги", words=("фонари",), without_words=("такси",), block="roads", responsible_id=okt.people["roads"].pk
    )
    make(okt, "Всё остальное", block="housing")
    payload = IncomingMessage(external_id="1", text="Не горят ФОНАРИ у школы")
    message = take_in(actor=okt.system, source=okt.source("im"), payload=payload, now=NOW).message
    assert apply() == 1
    case = _fresh(message)
    assert (case.state, case.block, case.responsible_id) == (State.ASSIGNED, okt.block("roads"), okt.people["roads"].pk)
    event = MessageEvent.objects.get(message=case, code="assign")
    assert (event.actor_kind, event.data["rule"], event.data["responsible"]) == (ActorKind.RULE, rule.pk, case.responsible_id)
    assert case.registered_at == NOW
    assert MessageEvent.objects.filter(message=case, code="registered", actor_kind=ActorKind.RULE).exists()
    assert Change.objects.filter(event=event).exists(), "the client is told"
    assert Outbox.objects.filter(kind="assign", user=okt.people["roads"]).exists()
    move = AutoMove.objects.get()
    assert (move.rule, move.event, move.version, move.missed_at) == (rule, event, rule.version, None)
    assert not AutoWaiting.objects.exists()
    history = case_page(message=case, center=okt.center).history
    assert "автоправило «Дороги»" in {line.person for line in history}
    assert "Принято Центром" in {line.title for line in history}
    assert "Зарегистрировано" not in {line.title for line in history}, "only appeals are registered"


def test_marking_rules_add_up_and_the_block_s_terms_begin_under_them(okt: Cast) -> None:
    make(okt, "Срочно", words=("не горят",), fast_track=True)
    make(okt, "Свет", words=("фонарь",), tag="свет")
    make(okt, "Дороги", words=("фонарь",), block="roads", tag="дороги")
    fast = waiting(okt, "pos")
    slow = waiting(okt, "pos", text="Фонарь слепит глаза.")
    other = waiting(okt, text="Нет воды.")
    assert apply() == 3
    fast, slow, other = _fresh(fast), _fresh(slow), _fresh(other)
    assert (fast.state, fast.fast_track, slow.fast_track) == (State.ASSIGNED, True, False)
    assert {tag.name for tag in fast.tags.all()} == {"свет", "дороги"}
    quick = Deadline.objects.filter(void_at__isnull=True, rule__fast_track=True)
    assert {row.message_id for row in quick} == {fast.pk}
    assert (other.state, AutoWaiting.objects.count()) == (State.RECEIVED, 0)
    lines = [line.title for line in case_page(message=fast, center=okt.center).history]
    assert "Метки: поставлена «свет»" in lines
    assert "Изменены признаки: фаст-трек — да" in lines


def test_what_people_had_in_hand_is_left_to_them(okt: Cast) -> None:
    make(okt, "Дороги", block="roads")
    sorted_, back = waiting(okt), waiting(okt)
    for message in (sorted_, back):
        routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=NOW)
    routing.take_back(message_id=back.pk, actor=okt.actor("im"), now=NOW)
    assert apply() == 2
    assert not AutoMove.objects.exists()
    assert not AutoWaiting.objects.exists()


@pytest.mark.parametrize("missed", ["assign", "recipient", "decline", "redirect"])
def test_a_person_who_sends_the_case_elsewhere_makes_it_a_miss(okt: Cast, missed: str) -> None:
    rule = make(okt, "Дороги", block="roads")
    message = waiting(okt)
    apply()
    do: dict[str, Any] = {"message_id": message.pk, "now": NOW + HOUR}
    roads = okt.block("roads")
    routing.assign(actor=okt.actor("im"), block_id=roads.pk, responsible_id=okt.people["roads"].pk, **do)
    assert AutoMove.objects.get().missed_at is None, "the same block: the rule was right"
    if missed == "assign":
        routing.assign(actor=okt.actor("im"), block_id=okt.block("housing").pk, **do)
    elif missed == "recipient":
        recipient = next(row for row in Recipient.objects.filter(center=okt.center) if roads in row.blocks.all())
        routing.assign(actor=okt.actor("im"), block_id=roads.pk, recipient_id=recipient.pk, **do)
    elif missed == "decline":
        routing.decline(actor=okt.actor("roads"), reason="Не наше.", **do)
    else:
        routing.redirect(actor=okt.actor("im"), addressee="Прокуратура", applicant_told=True, **do)
    assert AutoMove.objects.get().missed_at == NOW + HOUR
    tally = tallies_of(okt.center, since=NOW - HOUR)[rule.pk]
    assert (tally.moved, tally.missed, tally.share) == (1, 1, 0)


def test_the_second_indicator_counts_what_rules_brought_and_nobody_handed_on(okt: Cast) -> None:
    make(okt, "Ольге", words=("фонарь",), block="roads", responsible_id=okt.people["roads"].pk)
    make(okt, "Просто в блок", words=("яма",), block="roads")
    kept, handed_on = waiting(okt), waiting(okt)
    waiting(okt, text="Яма во дворе.")  # no executor is named
    by_hand = okt.message("im", text="Снег.")
    apply()
    for message in (handed_on, by_hand):
        routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=NOW + HOUR)
    period = Span(NOW - HOUR, NOW + 2 * HOUR)
    assert sets.handed_over(okt.center, period).count() == 4
    assert [row.pk for row in sets.delivered(okt.center, period)] == [kept.pk]


def test_a_rule_whose_block_is_closed_is_passed_over_and_told_of_once(okt: Cast) -> None:
    broken = make(okt, "Дороги", block="roads")
    make(okt, "ЖКХ", block="housing")
    Block.objects.filter(pk=okt.block("roads").pk).update(closed_at=NOW)
    messages = [waiting(okt), waiting(okt)]
    apply()
    waiting(okt)
    apply(NOW + HOUR)
    assert _fresh(messages[0]).block == okt.block("housing")
    told = Outbox.objects.filter(kind="auto_rule")
    assert {row.user for row in told} == {okt.people["head"], okt.people["support"]}
    assert told.count() == 2
    with pytest.raises(Invalid, match="закрыт"):
        auto_rules.switch_rule(
            center=okt.center, actor=okt.actor("head"), rule_id=make_off(okt, broken), version=3, on=True, now=NOW
        )


def make_off(okt: Cast, rule: AutoRule) -> int:
    auto_rules.switch_rule(center=okt.center, actor=okt.actor("head"), rule_id=rule.pk, version=2, on=False, now=NOW)
    return rule.pk


def test_who_is_away_from_the_block_of_such_a_case_leaves_it_to_the_block(okt: Cast) -> None:
    rule = make(okt, "Дороги", block="roads", responsible_id=okt.people["roads"].pk)
    okt.people["roads"].memberships.update(source=okt.source("pos"))
    message = waiting(okt)
    apply()
    case = _fresh(message)
    assert (case.block, case.responsible_id) == (okt.block("roads"), None)
    assert AutoMove.objects.get().rule == rule


def test_a_case_that_fails_is_left_to_people_in_the_end(okt: Cast, caplog: pytest.LogCaptureFixture) -> None:
    rule = make(okt, "Дороги", block="roads")
    recipient = Recipient.objects.filter(center=okt.center, blocks__isnull=False).exclude(blocks=okt.block("roads")).first()
    assert recipient
    AutoRule.objects.filter(pk=rule.pk).update(recipient=recipient)  # as if its block had been taken from it since
    good, message = waiting(okt, "pos"), waiting(okt)
    assert [apply(), apply(), apply()] == [0, 0, 2]
    assert not AutoWaiting.objects.exists()
    assert _fresh(message).state == _fresh(good).state == State.RECEIVED
    assert f"failed with case {message.number}, which is left to people" in caplog.text


def test_only_head_and_support_write_rules_and_everything_is_kept(okt: Cast) -> None:
    values = AutoRuleValues(name="Дороги", block_id=okt.block("roads").pk, sender="Иванов")
    for name in ("im", "roads", "tech", "curator"):
        with pytest.raises(NotAllowed):
            auto_rules.make_rule(center=okt.center, actor=okt.actor(name), values=values, now=NOW)
    rule = auto_rules.make_rule(center=okt.center, actor=okt.actor("support"), values=values, now=NOW)
    assert rule.enabled_at is None
    do: dict[str, Any] = {"center": okt.center, "actor": okt.actor("head"), "rule_id": rule.pk, "now": NOW}
    more = AutoRuleValues(name="Дороги", block_id=okt.block("housing").pk, words=("яма", "яма", "  "), sender="Иванов")
    assert auto_rules.change_rule(version=1, values=more, **do).words == ["яма"]
    with pytest.raises(Conflict, match="изменили"):
        auto_rules.change_rule(version=1, values=values, **do)
    make(okt, "Вторая", block="roads")
    auto_rules.move_rule(up=False, **do)
    assert [one.name for one in in_force(okt.center)] == ["Вторая", "Дороги"]
    auto_rules.close_rule(version=2, **do)
    assert [one.name for one in in_force(okt.center)] == ["Вторая"]
    kinds = [event.kind for event in AutoRuleEvent.objects.filter(rule=rule).order_by("pk")]
    assert kinds == ["made", "changed", "moved", "closed"]
    changed = AutoRuleEvent.objects.get(rule=rule, kind="changed").changes
    assert [one["field"] for one in changed] == ["слова", "блок"]


def test_what_cannot_be_a_rule_is_refused_by_its_fields(okt: Cast, kor: Cast) -> None:
    make(okt, "Дороги", block="roads")
    wrong = AutoRuleValues(
        name="дороги ",
        sources=(kor.source("im").pk,),
        words=("!!!",),
        confidence=30,
        block_id=okt.block("roads").pk,
        responsible_id=okt.people["housing"].pk,
        tag="х" * 61,
    )
    with pytest.raises(Invalid) as refused:
        auto_rules.make_rule(center=okt.center, actor=okt.actor("head"), values=wrong, now=NOW)
    assert set(refused.value.fields) == {"name", "sources", "words", "confidence", "block", "responsible", "tag"}
    with pytest.raises(Invalid) as refused:
        auto_rules.make_rule(center=okt.center, actor=okt.actor("head"), values=AutoRuleValues(name="Пусто"), now=NOW)
    assert set(refused.value.fields) == {"block", "words"}
    anything = AutoRuleValues(name="Всё", block_id=okt.block("roads").pk, words=(" ",))
    with pytest.raises(Invalid) as refused:
        auto_rules.make_rule(center=okt.center, actor=okt.actor("head"), values=anything, now=NOW)
    assert "хотя бы одно условие" in refused.value.fields["words"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_hand_over_once(okt: Cast) -> None:
    make(okt, "Дороги", words=("фонарь",), block="roads")
    messages = [waiting(okt, text="Фонарь." if number % 3 else "Вода.") for number in range(30)]

    def work() -> int:
        try:
            return apply()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [job.result() for job in [pool.submit(work), pool.submit(work)]]
    assert AutoMove.objects.count() == MessageEvent.objects.filter(code="assign").count() == 20
    assert not AutoWaiting.objects.exists()
    assert sum(done) >= len(messages)


def test_a_worker_killed_in_the_middle_leaves_the_case_as_it_was(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make(okt, "Дороги", block="roads", tag="дороги")
    message = waiting(okt)
    with monkeypatch.context() as killed:
        killed.setattr(AutoMove.objects, "create", _dies)
        with pytest.raises(SystemExit):
            apply()
    assert (_fresh(message).state, AutoWaiting.objects.get().attempts) == (State.RECEIVED, 0)
    assert not MessageEvent.objects.filter(code__in=("assign", "tags")).exists()
    assert apply() == 1
    assert AutoMove.objects.get().message == message


def _dies(**_: Any) -> None:
    raise SystemExit
