"""What is being typed is never lost: working copies, what takes them away, and what a step makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from mcu.errors import NotAllowed, NotFound
from messages.models import Message, MessageEvent, Reply, WorkingCopy
from messages.services import approval, closing, drafts, merging, reply, routing
from messages.services.drafts import CopyElsewhere, Kept
from messages.services.reply import DraftConflict
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import ANSWER, IM, MINUTE, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=4, minutes=32)
TYPED = "Набираю ответ: фонари починят до пятницы."


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    """Pages are opened later the same day; the head's second step has tests of its own."""
    settings.DEMO = True
    with time_machine.travel(LATER, tick=False):
        yield


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


# By hand --------------------------------------------------------------------------------------------------------------


def keep_by_page(client: Client, scene: Scene, text: str = TYPED, **values: str) -> dict[str, Any]:
    """What the page's script sends two seconds after the last key."""
    answer: dict[str, Any] = client.post(of_case(scene, "keep"), {"text": text, "version": "1", **values}).json()
    return answer


def test_the_page_is_told_when_it_was_kept_and_brings_it_back(okt: Cast) -> None:
    scene, roads = bring(okt, IM, "drafting"), browser(okt, "roads")
    kept = keep_by_page(roads, scene)
    assert (kept["saved"], kept["version"]) == ("14:32", 1)  # the Center's local time
    page = words(roads.get(of_case(scene)))
    assert f">\n{TYPED}</textarea>" in page
    assert "Это ваш несохранённый текст" in page
    assert "вернуться к версии 1" in page
    assert TYPED not in words(browser(okt, "head").get(of_case(scene)))

    roads.post(of_case(scene, "drop"), {"known": kept["mark"]})
    page = words(roads.get(of_case(scene)))
    assert f">\n{ANSWER}</textarea>" in page
    assert "несохранённый" not in page


def test_saving_by_the_page_takes_its_own_copy(okt: Cast) -> None:
    scene, roads = bring(okt, IM, "drafting"), browser(okt, "roads")
    kept = keep_by_page(roads, scene)
    roads.post(of_case(scene, "submit"), {"text": TYPED, "version": "1", "known": kept["mark"]})
    assert texts(scene) == [ANSWER, TYPED]
    assert copies(scene) == {}


@pytest.mark.parametrize(
    ("name", "text", "status"),
    [("im", TYPED, 403), ("housing", TYPED, 404), ("roads", "я" * 100_001, 400), ("roads", " ", 200)],
)
def test_what_is_not_kept_is_answered_in_words(okt: Cast, name: str, text: str, status: int) -> None:
    scene = bring(okt, IM, "drafting")
    answer = browser(okt, name).post(of_case(scene, "keep"), {"text": text, "version": "1"})
    assert answer.status_code == status
    if status in (400, 403):
        assert answer.json()["words"]


def test_another_window_is_answered_with_the_other_text(okt: Cast) -> None:
    scene, roads = bring(okt, IM, "drafting"), browser(okt, "roads")
    kept = keep_by_page(roads, scene, "Первое окно.")
    answer = keep_by_page(roads, scene, "Второе окно.", known="")
    assert answer["other"]["text"] == "Первое окно."
    assert answer["other"]["mark"] == kept["mark"]
    assert keep_by_page(roads, scene, "Второе окно.", known=kept["mark"])["saved"]


def test_a_conflict_shows_both_texts_with_what_differs_and_keeps_mine(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "drafting"), browser(okt, "roads_curator")
    scene.act(reply.save_draft, "roads", text="Фонари починим в пятницу.", base_version=1)
    response = curator.post(of_case(scene, "draft"), {"text": "Фонари починим в среду.", "version": "1"})
    assert response.status_code == 409
    page = words(response)
    assert "Соедините два текста" in page
    assert "убрано: </span>пятницу</del>" in page
    assert "добавлено: </span>среду</ins>" in page
    assert ">\nФонари починим в среду.</textarea>" in page
    # The tab is closed without merging: the text is there the next time, and what it was begun upon.
    assert copies(scene) == {"roads_curator": "Фонари починим в среду."}
    page = words(curator.get(of_case(scene)))
    assert "поверх версии 1" in page
    assert "versions/?a=2&b=copy" in page


def test_the_next_writer_goes_on_from_what_the_last_one_left(okt: Cast) -> None:
    """A person blocked in the middle of a sentence: the text is in sight of whoever writes now."""
    scene = bring(okt, IM, "drafting")
    type_in(scene, "roads")
    curator = browser(okt, "roads_curator")
    page = words(curator.get(of_case(scene)))
    assert f"Несохранённый текст: {okt.people['roads'].short_name}" in page
    pk = str(WorkingCopy.objects.get().pk)
    taken = words(curator.post(of_case(scene, "take"), {"text": ANSWER, "version": "1", "other": pk}))
    assert f">\n{TYPED}</textarea>" in taken
    below = words(curator.post(of_case(scene, "take"), {"text": "Своё.", "version": "1", "other": pk}))
    assert f">\nСвоё.\n\n{TYPED}</textarea>" in below
    assert copies(scene) == {"roads": TYPED}
    assert curator.post(of_case(scene, "take"), {"text": "", "version": "1", "other": "0"}).status_code == 404
    assert browser(okt, "head").post(of_case(scene, "take"), {"text": "", "other": pk}).status_code == 403


def test_versions_are_listed_compared_and_brought_back(okt: Cast) -> None:
    scene, roads = bring(okt, IM, "drafting"), browser(okt, "roads")
    scene.act(reply.save_draft, "roads_curator", text=f"{ANSWER} Спасибо.", base_version=1)
    type_in(scene, "roads", "Набираю.", base=2)
    page = words(roads.get(of_case(scene, "versions"), {"a": "1", "b": "2"}))
    assert "Ваш несохранённый текст" in page
    assert okt.people["roads_curator"].short_name in page
    assert "добавлено: </span> Спасибо.</ins>" in page
    assert "куратор блока" in page
    part = words(roads.get(of_case(scene, "versions"), {"a": "2", "b": "copy"}, HTTP_HX_REQUEST="true"))
    assert "<html" not in part
    assert "Набираю</ins>" in part
    assert "Вернуть этот текст" not in words(browser(okt, "im").get(of_case(scene, "versions")))

    response = roads.post(of_case(scene, "restore"), {"version": "1", "newest": "2"}, follow=True)
    assert "теперь это версия 4" in words(response)
    assert texts(scene) == [ANSWER, f"{ANSWER} Спасибо.", "Набираю.", ANSWER]


@pytest.mark.parametrize("query", [{}, {"a": "9", "b": "x"}, {"a": "\x00"}, {"a": "copy", "b": "1"}])
def test_any_address_of_versions_shows_something(okt: Cast, query: dict[str, str]) -> None:
    scene = bring(okt, IM, "drafting")
    assert browser(okt, "roads").get(of_case(scene, "versions"), query).status_code == 200


def test_a_case_without_a_version_has_nothing_to_compare(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    assert browser(okt, "roads").get(of_case(scene, "versions")).status_code == 404


def test_contacts_in_versions_are_hidden_from_who_may_not_see_them(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.act(reply.save_draft, "roads", text="Звоните 8 922 123-45-67.", base_version=1)
    assert "123-45-67" in words(browser(okt, "roads").get(of_case(scene, "versions")))
    assert "123-45-67" not in words(browser(okt, "tech").get(of_case(scene, "versions")))
