"""The way of one message through all hands, in both Centers, by the services."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox
from messages.models import Deadline, Message, MessageEvent, Regime, Reply
from messages.services import approval, closing, reply, routing
from messages.services.reply import DraftConflict, VersionChanged
from messages.workflow import State
from tests.cast import NOW, Cast

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ANSWER = "Фонари у школы починены 18 ноября, освещение проверено вечером. Спасибо за сообщение."


def _draft(cast: Cast, message: Message, *, by: str, at: timedelta, text: str = ANSWER, base: int = 0) -> Reply:
    return reply.save_draft(message_id=message.pk, actor=cast.actor(by), text=text, base_version=base, now=NOW + at)


def _state(message: Message) -> str:
    return str(Message.objects.get(pk=message.pk).state)


def _to_block_approval(cast: Cast, message: Message, *, sorter: str, block: str = "roads") -> None:
    routing.assign(message_id=message.pk, actor=cast.actor(sorter), block_id=cast.block(block).pk, now=NOW + MINUTE)
    _draft(cast, message, by=block, at=2 * MINUTE)
    reply.submit(message_id=message.pk, actor=cast.actor(block), now=NOW + 3 * MINUTE)


def test_social_message_goes_to_the_head_and_is_posted_by_the_source_curator(okt: Cast) -> None:
    message = okt.message("im")
    _to_block_approval(okt, message, sorter="im")
    approval.agree(message_id=message.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=NOW + 60 * MINUTE)
    assert _state(message) == State.HEAD_APPROVAL
    approval.approve(message_id=message.pk, actor=okt.actor("head"), version=1, now=NOW + 70 * MINUTE)
    with pytest.raises(NotAllowed):
        reply.send(message_id=message.pk, actor=okt.actor("roads"), posted_at=None, url="https://vk.com/1", now=NOW + DAY)
    reply.send(message_id=message.pk, actor=okt.actor("im"), posted_at=None, url="https://vk.com/1", now=NOW + 80 * MINUTE)
    closing.close(message_id=message.pk, actor=okt.actor("im"), outcome="solved", now=NOW + 2 * DAY)
    assert _state(message) == State.CLOSED
    agree = Deadline.objects.get(message=message, kind="agree")
    assert agree.due_at == NOW + MINUTE + timedelta(hours=3)
    assert agree.met_at == NOW + 60 * MINUTE
    assert agree.breached_at is None
    codes = list(MessageEvent.objects.filter(message=message).order_by("id").values_list("code", flat=True))
    assert codes == [
        "created", "registered", "assign", "start", "draft", "submit", "agree", "approve", "send", "close",
    ]  # fmt: skip


def test_pos_message_is_posted_by_the_responsible_himself(okt: Cast) -> None:
    message = okt.message("pos")
    _to_block_approval(okt, message, sorter="pos")
    approval.agree(message_id=message.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=NOW + 60 * MINUTE)
    assert _state(message) == State.APPROVED
    with pytest.raises(NotAllowed):
        reply.send(message_id=message.pk, actor=okt.actor("pos"), posted_at=None, delivery="ПОС", now=NOW + DAY)
    reply.send(message_id=message.pk, actor=okt.actor("roads"), posted_at=None, delivery="ПОС", now=NOW + DAY)
    answer = Deadline.objects.get(message=message, kind="answer")
    assert answer.due_at.astimezone(okt.center.tz).strftime("%d.%m.%Y %H:%M") == "13.12.2026 23:59"
    assert answer.met_at == NOW + DAY


def test_korsakovsky_block_head_drafts_and_agrees_and_the_source_sends(kor: Cast) -> None:
    message = kor.message("portal")
    _to_block_approval(kor, message, sorter="portal", block="economy")
    approval.agree(message_id=message.pk, actor=kor.actor("economy"), version=1, completeness=1, now=NOW + 60 * MINUTE)
    event = MessageEvent.objects.get(message=message, code="agree")
    assert event.data["combined"] is True
    reply.send(message_id=message.pk, actor=kor.actor("portal"), posted_at=None, delivery="портал", now=NOW + 90 * MINUTE)
    assert _state(message) == State.ANSWERED


def test_return_keeps_the_draft_and_the_block_clock(okt: Cast) -> None:
    message = okt.message("im")
    _to_block_approval(okt, message, sorter="im")
    curator, head = okt.actor("roads_curator"), okt.actor("head")
    approval.agree(message_id=message.pk, actor=curator, version=1, completeness=2, now=NOW + 30 * MINUTE)
    with pytest.raises(Invalid):
        approval.return_(message_id=message.pk, actor=head, comment="  ", now=NOW + 40 * MINUTE)
    approval.return_(message_id=message.pk, actor=head, comment="Назовите срок работ.", now=NOW + 40 * MINUTE)
    agree = Deadline.objects.get(message=message, kind="agree")
    assert (agree.met_at, agree.due_at) == (None, NOW + MINUTE + timedelta(hours=3))
    approve = Deadline.objects.get(message=message, kind="approve")
    assert approve.void_at == NOW + 40 * MINUTE
    second = _draft(okt, message, by="roads", at=50 * MINUTE, text=ANSWER + " До 20 ноября.", base=1)
    assert second.version == 2
    reply.submit(message_id=message.pk, actor=okt.actor("roads"), now=NOW + 51 * MINUTE)
    with pytest.raises(VersionChanged, match="версия 2"):
        approval.agree(message_id=message.pk, actor=curator, version=1, completeness=2, now=NOW + 52 * MINUTE)
    approval.agree(message_id=message.pk, actor=curator, version=2, completeness=2, now=NOW + 4 * timedelta(hours=1))
    agree.refresh_from_db()
    assert agree.breached_at == agree.due_at
    assert MessageEvent.objects.filter(message=message, code="breach").count() == 1
    assert Deadline.objects.filter(message=message, kind="approve").count() == 2


def test_second_writer_gets_both_texts(okt: Cast) -> None:
    message = okt.message("im")
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    _draft(okt, message, by="roads", at=MINUTE)
    with pytest.raises(DraftConflict) as caught:
        _draft(okt, message, by="roads_curator", at=2 * MINUTE, text="Другой текст")
    assert caught.value.latest.text == ANSWER
    assert caught.value.text == "Другой текст"
    assert Reply.objects.filter(message=message).count() == 1


def test_decline_gives_back_with_the_reason_and_the_block_no_longer_sees_it(okt: Cast) -> None:
    message = okt.message("im")
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    routing.decline(message_id=message.pk, actor=okt.actor("roads"), reason="Это ЖКХ.", now=NOW + MINUTE)
    assert _state(message) == State.RECEIVED
    with pytest.raises(NotFound):
        reply.start(message_id=message.pk, actor=okt.actor("roads"), now=NOW + 2 * MINUTE)
    later = NOW + 90 * MINUTE
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=later)
    assert Deadline.objects.get(message=message, kind="agree").due_at == NOW + timedelta(hours=3)
    assert Outbox.objects.filter(kind="decline", user=okt.people["im"]).count() == 1


def test_reopening_starts_a_new_cycle_and_keeps_the_old_breach(okt: Cast) -> None:
    message = okt.message("im")
    _to_block_approval(okt, message, sorter="im")
    late = NOW + timedelta(hours=5)
    approval.agree(message_id=message.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=late)
    approval.approve(message_id=message.pk, actor=okt.actor("head"), version=1, now=late + MINUTE)
    reply.send(message_id=message.pk, actor=okt.actor("im"), posted_at=None, url="https://vk.com/1", now=late + 2 * MINUTE)
    again = NOW + 3 * DAY
    closing.reopen(message_id=message.pk, actor=okt.actor("im"), reason="Фонари снова не горят.", now=again)
    message = Message.objects.get(pk=message.pk)
    assert (message.state, message.cycle, message.completeness) == (State.ASSIGNED, 1, 0)
    old, new = Deadline.objects.filter(message=message, kind="agree").order_by("cycle")
    assert old.breached_at == old.due_at
    assert new.due_at == again + timedelta(hours=3)
    assert new.breached_at is None
    assert Reply.objects.get(message=message).posted_at == late + 2 * MINUTE


def test_a_step_from_the_wrong_state_says_where_the_case_is(okt: Cast) -> None:
    message = okt.message("im")
    with pytest.raises(WrongState, match="Поступило"):
        approval.approve(message_id=message.pk, actor=okt.actor("head"), version=1, now=NOW)


def test_posting_time_is_checked_against_approval_and_the_present(okt: Cast) -> None:
    message = okt.message("pos")
    _to_block_approval(okt, message, sorter="pos")
    approved = NOW + timedelta(hours=1, seconds=30)
    approval.agree(message_id=message.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=approved)
    responsible, now = okt.actor("roads"), NOW + timedelta(hours=3)
    for wrong in (approved - timedelta(minutes=5), now + timedelta(hours=1)):
        with pytest.raises(Invalid):
            reply.send(message_id=message.pk, actor=responsible, posted_at=wrong, delivery="ПОС", now=now)
    same_minute = approved.replace(second=0)
    reply.send(message_id=message.pk, actor=responsible, posted_at=same_minute, delivery="ПОС", now=now)
    assert Message.objects.get(pk=message.pk).answered_at == approved


def test_appeal_terms_follow_the_law_whatever_the_source(okt: Cast) -> None:
    message = okt.message("pos", regime=Regime.APPEAL)
    assert set(Deadline.objects.filter(message=message).values_list("kind", flat=True)) == {"register"}
    routing.assign(message_id=message.pk, actor=okt.actor("pos"), block_id=okt.block("roads").pk, now=NOW + DAY)
    answer = Deadline.objects.get(message=message, kind="answer")
    # Registered on 19 November, which is day 1: day 30 is Friday 18 December.
    assert answer.due_at.astimezone(okt.center.tz).date().isoformat() == "2026-12-18"
    assert Deadline.objects.get(message=message, kind="redirect").void_at is not None


def test_redirecting_an_appeal_needs_the_applicant_told(okt: Cast) -> None:
    message = okt.message("fz59")
    actor = okt.actor("fz59")
    with pytest.raises(Invalid):
        routing.redirect(message_id=message.pk, actor=actor, addressee="Прокуратура района", applicant_told=False, now=NOW)
    routing.redirect(message_id=message.pk, actor=actor, addressee="Прокуратура района", applicant_told=True, now=NOW)
    assert _state(message) == State.REDIRECTED
    assert Deadline.objects.get(message=message, kind="redirect").met_at == NOW


def test_close_by_itself_after_the_days_of_the_charter(okt: Cast) -> None:
    message = okt.message("pos")
    _to_block_approval(okt, message, sorter="pos")
    approval.agree(message_id=message.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=NOW + DAY)
    reply.send(message_id=message.pk, actor=okt.actor("roads"), posted_at=None, delivery="ПОС", now=NOW + DAY)
    assert closing.close_answered(center=okt.center, now=NOW + 10 * DAY) == 0
    assert closing.close_answered(center=okt.center, now=NOW + 12 * DAY) == 1
    assert _state(message) == State.CLOSED


def test_a_hand_over_seen_from_a_stale_page_does_not_overrule_a_colleague(okt: Cast) -> None:
    message = okt.message("im")
    seen, sorter = message.stage, okt.actor("im")
    routing.assign(message_id=message.pk, actor=sorter, block_id=okt.block("roads").pk, seen=seen, now=NOW)
    with pytest.raises(WrongState, match="Дороги"):
        routing.assign(message_id=message.pk, actor=sorter, block_id=okt.block("housing").pk, seen=seen, now=NOW + MINUTE)
    with pytest.raises(WrongState):
        routing.dismiss(message_id=message.pk, actor=sorter, ground="insult", seen=seen, now=NOW + MINUTE)
    assert Message.objects.get(pk=message.pk).block == okt.block("roads")


def test_taking_into_work_keeps_what_was_typed_already(okt: Cast) -> None:
    message = okt.message("im")
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    reply.start(message_id=message.pk, actor=okt.actor("roads"), text=ANSWER, base_version=0, now=NOW + MINUTE)
    assert Message.objects.get(pk=message.pk).responsible == okt.people["roads"]
    assert Reply.objects.get(message=message).text == ANSWER
