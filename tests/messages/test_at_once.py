"""Two people press at the same moment: one is served, the other learns it, nothing is done twice or lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from blocks.roles import Role
from mcu.errors import DomainError
from messages.models import Message, Reply
from messages.services import approval, reply, routing
from messages.workflow import State
from tests.cast import Cast
from tests.messages.scenes import IM, MINUTE, bring

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Make the calls in threads that start together; names of what they raised, "" for what was done."""
    start = Barrier(len(calls))

    def made(call: Callable[[], Any]) -> str:
        try:
            start.wait()
            call()
        except DomainError as error:
            return type(error).__name__
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(made, calls))


def test_two_heads_approve_once(okt: Cast) -> None:
    okt.add("deputy", Role.HEAD)
    scene = bring(okt, IM, "head_approval")
    heads = [okt.actor(name) for name in ("head", "deputy")]
    approve = partial(approval.approve, message_id=scene.message.pk, version=1, now=scene.now + MINUTE)
    assert at_once(*(partial(approve, actor=head) for head in heads)) == ["", "WrongState"]
    assert scene.message.events.filter(code="approve").count() == 1


def test_of_agreeing_and_returning_at_once_one_is_done(okt: Cast) -> None:
    okt.add("second_curator", Role.BLOCK_CURATOR, block="roads")
    scene = bring(okt, IM, "block_approval")
    first, second, now = okt.actor("roads_curator"), okt.actor("second_curator"), scene.now + MINUTE
    pk = scene.message.pk
    done = at_once(
        lambda: approval.agree(message_id=pk, actor=first, version=1, completeness=2, now=now),
        lambda: approval.return_(message_id=pk, actor=second, comment="Назовите срок.", now=now),
    )
    case = Message.objects.get(pk=pk)
    # Where the head has it already, a return is the head's.
    assert (done, case.state, case.completeness) in (
        (["", "NotAllowed"], State.HEAD_APPROVAL, 2),
        (["", "WrongState"], State.DRAFTING, None),
    )


def test_two_writers_at_once_lose_nothing(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    writers = [okt.actor(name) for name in ("roads", "roads_curator")]
    save = partial(reply.save_draft, message_id=scene.message.pk, base_version=1, now=scene.now + MINUTE)
    calls = [partial(save, actor=one, text=f"Текст {one.user_id}") for one in writers]
    assert at_once(*calls) == ["", "DraftConflict"]
    assert list(Reply.objects.filter(message=scene.message).values_list("version", flat=True)) == [1, 2]


def test_taken_back_while_it_is_submitted(okt: Cast) -> None:
    """The source's curator gives the case to another block while the first one submits: one of them is late."""
    scene = bring(okt, IM, "drafting")
    pk, now, housing = scene.message.pk, scene.now + MINUTE, okt.block("housing").pk
    sorter, responsible = okt.actor("im"), okt.actor("roads")
    done = at_once(
        lambda: routing.assign(message_id=pk, actor=sorter, block_id=housing, now=now),
        lambda: reply.submit(message_id=pk, actor=responsible, now=now),
    )
    case = Message.objects.get(pk=pk)
    assert (done, case.state, case.block_id == housing) in (
        (["", "NotFound"], State.ASSIGNED, True),
        (["", "WrongState"], State.BLOCK_APPROVAL, False),
    )
