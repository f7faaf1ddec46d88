"""Several questions in one message: other blocks give their parts by an inner term, one holder writes the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox
from messages.models import Message, MessageEvent, Part
from messages.services import open_parts, parts, reply, routing
from messages.services.parts import Question
from messages.workflow import State
from tests.cast import Cast
from tests.messages.scenes import IM, MINUTE, Scene, bring, make

pytestmark = pytest.mark.django_db


def ask(scene: Scene, *blocks: str, by: str = "roads", **values: Any) -> list[Part]:
    questions = [Question(scene.cast.block(block).pk, f"Вопрос для {block}.") for block in blocks]
    found: list[Part] = scene.act(parts.ask, by, questions=questions, **values)
    return found


def codes(scene: Scene) -> list[str]:
    return list(
        MessageEvent.objects.filter(message=scene.message, code__startswith="part")
        .order_by("id")
        .values_list("code", flat=True)
    )


def told(kind: str) -> set[str]:
    return {row.user.username.partition(".")[2] for row in Outbox.objects.filter(kind=kind).select_related("user")}


@pytest.fixture
def scene(okt: Cast) -> Scene:
    return bring(okt, IM, "drafting")


def seen_by(scene: Scene, name: str) -> bool:
    return Message.objects.visible_to(scene.cast.actor(name)).filter(pk=scene.message.pk).exists()


def test_the_block_asked_sees_the_case_and_gives_its_part(scene: Scene) -> None:
    assert not seen_by(scene, "housing")
    (part,) = ask(scene, "housing")
    assert [seen_by(scene, name) for name in ("housing", "housing_curator", "pos")] == [True, True, False]
    assert told("part") == {"housing", "housing_curator"}
    scene.act(parts.give, "housing", part_id=part.pk, text="Подъезд убран 17 ноября.")
    part.refresh_from_db()
    assert (part.text, part.late_at, part.given_by) == ("Подъезд убран 17 ноября.", None, scene.cast.people["housing"])
    assert codes(scene) == ["part_asked", "part_given"]
    assert told("part") == {"housing", "housing_curator", "roads"}


def test_several_are_asked_at_once_by_half_of_what_remains(scene: Scene) -> None:
    before = Message.objects.get(pk=scene.message.pk).next_due_at
    asked = ask(scene, "housing", "transport")
    left = before - scene.now
    assert [part.due_at for part in asked] == [(scene.now + left / 2).replace(second=0, microsecond=0)] * 2


@pytest.mark.parametrize(
    ("blocks", "shift", "field"),
    [
        ((), None, "block"),
        (("roads",), None, "block"),
        (("housing", "housing"), None, "block"),
        (("housing",), timedelta(minutes=-5), "due_at"),
        (("housing",), timedelta(days=30), "due_at"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(
    scene: Scene, blocks: tuple[str, ...], shift: timedelta | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(scene, *blocks, due_at=scene.now + shift if shift else None)
    assert field in refused.value.fields
    assert not Part.objects.exists()


def test_a_block_is_asked_once_until_it_has_answered(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    with pytest.raises(Invalid):
        ask(scene, "housing")
    scene.act(parts.give, "housing", part_id=part.pk, text="Готово.")
    assert len(ask(scene, "housing")) == 1


@pytest.mark.parametrize("name", ["housing", "im", "head", "support", "roads_curator"])
def test_who_may_ask(scene: Scene, name: str) -> None:
    if name == "housing":
        ask(scene, "housing")
        with pytest.raises(NotAllowed):
            ask(scene, "transport", by=name)
    else:
        assert ask(scene, "transport", by=name)


def test_only_the_block_asked_gives_its_part(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    for name in ("roads", "head", "im"):
        with pytest.raises(NotAllowed):
            scene.act(parts.give, name, part_id=part.pk, text="За них.")
    with pytest.raises(NotFound):
        scene.act(parts.give, "pos", part_id=part.pk, text="За них.")


def test_the_block_says_that_it_is_not_its_own_and_sees_the_case_no_more(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    with pytest.raises(Invalid):
        scene.act(parts.decline, "housing", part_id=part.pk, reason=" ")
    scene.act(parts.decline, "housing", part_id=part.pk, reason="Дом на балансе дорожной службы.")
    assert codes(scene) == ["part_asked", "part_declined"]
    assert not seen_by(scene, "housing")
    assert "roads" in told("part")


def test_the_asker_takes_the_question_back(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    with pytest.raises(NotAllowed):
        scene.act(parts.withdraw, "housing", part_id=part.pk)
    scene.act(parts.withdraw, "roads", part_id=part.pk)
    with pytest.raises(NotFound):
        scene.act(parts.give, "housing", part_id=part.pk, text="Поздно.")
    with pytest.raises(WrongState):
        scene.act(parts.withdraw, "roads", part_id=part.pk)
    assert told("part_withdrawn") == {"housing", "housing_curator"}


def test_who_was_late_stands_written_once_and_for_good(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    assert open_parts.sweep_late(now=part.due_at - MINUTE) == 0
    late = part.due_at + MINUTE
    assert [open_parts.sweep_late(now=late), open_parts.sweep_late(now=late)] == [1, 0]
    assert told("part_late") == {"housing", "housing_curator", "roads"}
    scene.now = late
    scene.act(parts.give, "housing", part_id=part.pk, text="Опоздали.")
    part.refresh_from_db()
    assert part.late_at == late
    event = MessageEvent.objects.get(code="part_given")
    assert event.data["late"] is True
    assert codes(scene) == ["part_asked", "part_late", "part_given"]


def test_given_after_its_term_it_is_late_even_before_the_sweep(scene: Scene) -> None:
    (part,) = ask(scene, "housing")
    scene.now = part.due_at + MINUTE
    scene.act(parts.give, "housing", part_id=part.pk, text="Опоздали.")
    part.refresh_from_db()
    assert part.late_at == scene.now
    assert open_parts.sweep_late(now=scene.now + MINUTE) == 0


def test_a_draft_without_its_parts_is_handed_over_only_by_saying_so(scene: Scene) -> None:
    ask(scene, "housing")
    with pytest.raises(Invalid) as refused:
        scene.act(reply.submit, "roads")
    assert "without_parts" in refused.value.fields
    scene.act(reply.submit, "roads", without_parts=True)
    part = Part.objects.get()
    assert part.void_at is None, "the curator may still wait for it"
    scene.act(parts.give, "housing", part_id=part.pk, text="Успели до согласования.")


@pytest.mark.parametrize("step", ["redirect", "decline"])
def test_what_ends_the_writing_ends_the_questions(scene: Scene, step: str) -> None:
    (part,) = ask(scene, "housing")
    scene.now = part.due_at - MINUTE
    make(step, scene, scene.cast.actor("im" if step == "redirect" else "roads"))
    part.refresh_from_db()
    assert part.void_at is not None
    assert codes(scene)[-1] == "part_void"
    assert told("part_void") == {"housing", "housing_curator"}


def test_the_block_that_gets_the_case_owes_no_part_of_it(scene: Scene) -> None:
    housing, transport = ask(scene, "housing", "transport")
    scene.act(routing.assign, "im", block_id=scene.cast.block("housing").pk)
    housing.refresh_from_db()
    transport.refresh_from_db()
    assert (housing.void_at is None, transport.void_at is None) == (False, True)
    assert Message.objects.get(pk=scene.message.pk).state == State.ASSIGNED
