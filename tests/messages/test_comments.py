"""Words among colleagues: who is called and told, what stands in the history, what is never sent out."""

from __future__ import annotations

import pytest

from blocks.roles import Role
from mcu.errors import Invalid, NotFound
from mcu.models import Outbox
from messages.mentions import called_in
from messages.models import Comment, MessageEvent
from messages.services import comments
from tests.cast import Cast
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db

NAMES = {1: "Иванова А. П.", 2: "Иванова Б. С.", 3: "Семёнов И. И.", 4: "Сидоров-Петров К."}


def say(scene: Scene, by: str, text: str) -> comments.Said:
    said: comments.Said = scene.act(comments.add, by, text=text)
    return said


def told(kind: str) -> set[str]:
    return {row.user.username.partition(".")[2] for row in Outbox.objects.filter(kind=kind).select_related("user")}


def call(cast: Cast, name: str) -> str:
    return f"@{cast.people[name].short_name}"


@pytest.fixture
def named(okt: Cast) -> Cast:
    """The cast with family names of their own."""
    for name, full in {
        "im": "Сортов Игорь Ильич",
        "roads": "Дорогина Анна Петровна",
        "roads_curator": "Дорогина Белла Сергеевна",
        "housing": "Домов Пётр Петрович",
        "head": "Главин Глеб Глебович",
    }.items():
        okt.people[name].full_name = full
        okt.people[name].save()
    return okt


@pytest.mark.parametrize(
    ("text", "people", "unknown"),
    [
        ("@Семенов, посмотрите", {3}, ()),
        ("@семёнов и @Иванова А. П.", {1, 3}, ()),
        ("@Иванова Б.С. уже писала", {2}, ()),
        ("@Иванова Анна Петровна", {1}, ()),
        ("@Иванова, которая из двух?", set(), ("Иванова",)),
        ("@Сидоров-Петров", {4}, ()),
        ("@Чужой и @Семёнов", {3}, ("Чужой",)),
        ("пишите на a@Семенов.рф, стоит 5@6", set(), ()),
        ("", set(), ()),
    ],
)
def test_names_are_found_as_people_write_them(text: str, people: set[int], unknown: tuple[str, ...]) -> None:
    called = called_in(text, NAMES)
    assert (set(called.people), called.unknown) == (people, unknown)


def test_those_called_are_told_and_so_is_the_holder(named: Cast) -> None:
    scene = bring(named, IM, "drafting")
    said = say(scene, "im", "@Дорогина Б. С., ответ нужен сегодня")
    assert said.comment.mentions == [named.people["roads_curator"].pk]
    assert told("mention") == {"roads_curator"}
    assert told("comment") == {"roads"}
    assert "Сортов" in Outbox.objects.get(kind="mention").subject


def test_the_holder_called_by_name_is_told_once_and_the_author_never(named: Cast) -> None:
    scene = bring(named, IM, "drafting")
    say(scene, "im", "@Дорогина А. П. и @Сортов")
    assert (told("mention"), told("comment")) == ({"roads"}, set())
    say(scene, "roads", "Пишу.")
    assert told("comment") == set()


def test_whoever_does_not_see_the_case_is_not_called_and_the_comment_stays(named: Cast) -> None:
    scene = bring(named, IM, "drafting")
    said = say(scene, "im", "@Домов, что у вас?")
    assert said.unknown == ("Домов",)
    assert told("mention") == set()
    assert Comment.objects.get().text == "@Домов, что у вас?"


def test_a_comment_stands_in_the_history_by_its_number_without_words(named: Cast) -> None:
    scene = bring(named, IM, "drafting")
    said = say(scene, "im", "Заявитель звонил, торопит.")
    event = MessageEvent.objects.get(message=scene.message, code="comment")
    assert event.data == {"comment": said.comment.pk, "mentions": []}
    assert event.role == Role.SOURCE_CURATOR
    assert not hasattr(event, "note")


@pytest.mark.parametrize("text", ["", "  \u2800 ", "x" * 5001])
def test_what_is_empty_or_endless_is_refused_in_words(named: Cast, text: str) -> None:
    scene = bring(named, IM, "drafting")
    with pytest.raises(Invalid) as refused:
        say(scene, "im", text)
    assert "text" in refused.value.fields


def test_whoever_does_not_see_the_case_says_nothing(named: Cast) -> None:
    scene = bring(named, IM, "drafting")
    with pytest.raises(NotFound):
        say(scene, "housing", "Это нам?")
