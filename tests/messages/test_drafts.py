"""What is being typed is never lost: working copies, what takes them away, and what a step makes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from mcu.errors import NotAllowed, NotFound
from messages.models import Message, MessageEvent, Reply, WorkingCopy
from messages.services import approval, closing, drafts, merging, reply, routing
from messages.services.drafts import CopyElsewhere, Kept
from messages.services.reply import DraftConflict
from tests.cast import Cast
from tests.messages.scenes import ANSWER, IM, MINUTE, Scene, bring

pytestmark = pytest.mark.django_db
TYPED = "Набираю ответ: фонари починят до пятницы."


def type_in(scene: Scene, who: str, text: str = TYPED, *, base: int = 1, known: str = "") -> Kept:
    """A person types and stops for two seconds."""
    scene.now += timedelta(seconds=10)
    kept: Kept = drafts.keep(
        message_id=scene.message.pk,
        actor=scene.cast.actor(who),
        text=text,
        base_version=base,
        known=known,
        now=scene.now,
    )
    return kept


def texts(scene: Scene) -> list[str]:
    return list(Reply.objects.filter(message=scene.message).order_by("version").values_list("text", flat=True))


def copies(scene: Scene) -> dict[str, str]:
    names = {user.pk: name for name, user in scene.cast.people.items()}
    return {names[copy.user_id]: copy.text for copy in WorkingCopy.objects.filter(message=scene.message)}


def test_typing_is_kept_without_a_version_or_a_line_of_history(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    events = scene.message.events.count()
    first = type_in(scene, "roads")
    second = type_in(scene, "roads", TYPED + " Проверим вечером.", known=first.mark)
    assert copies(scene) == {"roads": TYPED + " Проверим вечером."}
    assert second.saved_at == scene.now
    assert texts(scene) == [ANSWER]
    assert scene.message.events.count() == events


def test_keeping_costs_four_queries(okt: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    with django_assert_num_queries(1 + 2 + 4):  # who acts; the test's savepoint; the case, the copy, the version, the writing
        type_in(scene, "roads", "Другое.", known=kept.mark)


def test_saving_takes_the_copy_it_has_grown_from(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    scene.act(reply.save_draft, "roads", text=TYPED + " Готово.", base_version=1, known=kept.mark)
    assert copies(scene) == {}
    assert texts(scene) == [ANSWER, TYPED + " Готово."]


def test_a_copy_typed_elsewhere_is_not_lost_by_saving_here(okt: Cast) -> None:
    """Two windows of one person: what the other one kept becomes a version before what is saved here."""
    scene = bring(okt, IM, "drafting")
    type_in(scene, "roads", "Набрано на другой машине.")
    scene.act(reply.save_draft, "roads", text=TYPED, base_version=1)
    assert texts(scene) == [ANSWER, "Набрано на другой машине.", TYPED]
    assert copies(scene) == {}


def test_another_window_does_not_overwrite_silently(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    first = type_in(scene, "roads", "Первое окно.")
    with pytest.raises(CopyElsewhere) as other:
        type_in(scene, "roads", "Второе окно.")
    assert other.value.copy.text == "Первое окно."
    assert copies(scene) == {"roads": "Первое окно."}
    type_in(scene, "roads", "Второе окно.", known=drafts.mark_of(other.value.copy))
    with pytest.raises(CopyElsewhere):
        type_in(scene, "roads", "Снова первое.", known=first.mark)


def test_a_cleared_editor_loses_nothing(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    type_in(scene, "roads", "  \n ", known=kept.mark)
    assert copies(scene) == {"roads": TYPED}


def test_what_stands_in_the_newest_version_needs_no_copy(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    back = type_in(scene, "roads", ANSWER, known=kept.mark)
    assert back.saved_at is None
    assert copies(scene) == {}


def test_only_who_writes_is_kept(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    with pytest.raises(NotAllowed):
        type_in(scene, "im")
    with pytest.raises(NotFound):
        type_in(scene, "housing")


def test_who_began_to_type_goes_on_being_kept_after_a_colleague_submitted(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    okt.add("roads_second", role=okt.actor("roads").grants[0].role, block="roads")
    scene.act(reply.submit, "roads_second")
    type_in(scene, "roads", TYPED + " Ещё.", known=kept.mark)
    assert copies(scene) == {"roads": TYPED + " Ещё."}
    assert texts(scene) == [ANSWER]


@pytest.mark.parametrize("step", ["decline", "assign", "redirect", "merge"])
def test_a_step_that_takes_the_case_away_makes_versions_of_what_was_typed(okt: Cast, step: str) -> None:
    scene = bring(okt, IM, "drafting")
    type_in(scene, "roads")
    type_in(scene, "roads_curator", "Куратор тоже писал.")
    if step == "decline":
        scene.act(routing.decline, "roads_curator", reason="Это не наш вопрос.")
    elif step == "assign":
        scene.act(routing.assign, "im", block_id=okt.block("housing").pk)
    elif step == "redirect":
        scene.redirect()
    else:
        leading = bring(okt, IM, "received")
        scene.act(merging.merge, "im", leading_number=leading.message.number)
    assert copies(scene) == {}
    assert texts(scene) == [ANSWER, TYPED, "Куратор тоже писал."]
    kept = MessageEvent.objects.filter(message=scene.message, code="draft", data__typed=True).order_by("pk")
    assert [row.user for row in kept] == [okt.people["roads"], okt.people["roads_curator"]]


def test_what_stands_in_a_version_already_makes_no_second_one(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    type_in(scene, "roads")
    scene.act(reply.save_draft, "roads_curator", text=TYPED, base_version=1)
    scene.act(reply.save_draft, "roads_curator", text="Новее.", base_version=2)
    scene.act(routing.decline, "roads", reason="Это не наш вопрос.")
    assert texts(scene) == [ANSWER, TYPED, "Новее."]


def test_while_a_text_is_agreed_no_copy_comes_between(okt: Cast) -> None:
    """The agreed text stays the newest; what others were typing waits until the case is closed."""
    scene = bring(okt, IM, "drafting")
    type_in(scene, "roads_curator", "Правка куратора.")
    scene.submit()
    scene.agree()
    type_in(scene, "head", "Правка главы.")
    scene.approve()
    scene.send()
    assert texts(scene) == [ANSWER]
    assert copies(scene) == {"roads_curator": "Правка куратора.", "head": "Правка главы."}
    scene.close()
    assert texts(scene) == [ANSWER, "Правка куратора.", "Правка главы."]
    assert Reply.objects.get(message=scene.message, posted_at__isnull=False).text == ANSWER


def test_a_case_closed_by_itself_loses_nothing(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    type_in(scene, "roads_curator", "Правка куратора.")
    scene.agree()
    scene.approve()
    scene.send()
    assert closing.close_answered(center=okt.center, now=scene.now + timedelta(days=60)) == 1
    assert copies(scene) == {}
    assert "Правка куратора." in texts(scene)


def test_a_return_gives_the_typed_text_back_to_its_writer(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    type_in(scene, "roads_curator", "Начал править сам.")
    scene.act(approval.return_, "roads_curator", comment="Назовите срок.")
    assert copies(scene) == {"roads_curator": "Начал править сам."}


def test_dropping_takes_only_what_was_seen(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    kept = type_in(scene, "roads")
    with pytest.raises(CopyElsewhere):
        drafts.drop(message_id=scene.message.pk, actor=okt.actor("roads"), known="другое")
    drafts.drop(message_id=scene.message.pk, actor=okt.actor("roads"), known=kept.mark)
    assert copies(scene) == {}


def test_an_earlier_text_comes_back_as_a_new_version(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.act(reply.save_draft, "roads", text="Короче.", base_version=1)
    type_in(scene, "roads", "Недописанное.", base=2)
    scene.act(reply.restore, "roads", version=1, base_version=2)
    assert texts(scene) == [ANSWER, "Короче.", "Недописанное.", ANSWER]
    with pytest.raises(NotFound):
        scene.act(reply.restore, "roads", version=9, base_version=4)
    with pytest.raises(DraftConflict):
        scene.act(reply.restore, "roads", version=2, base_version=1)
    assert Message.objects.get(pk=scene.message.pk).state == "drafting"


def test_the_block_loses_the_case_and_the_next_one_reads_what_was_typed(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    type_in(scene, "roads", base=0)
    scene.act(routing.assign, "im", block_id=okt.block("housing").pk)
    with pytest.raises(NotFound):
        type_in(scene, "roads", TYPED + " Ещё.")
    scene.now += MINUTE
    saved = scene.act(reply.save_draft, "housing", text=TYPED + " Дополнено жильём.", base_version=1)
    assert saved.version == 2
