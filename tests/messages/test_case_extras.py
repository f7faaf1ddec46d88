"""All that stands on the case page beside the letter: one query, every kind of row, and the page within its budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from messages.api import serializers
from messages.models import (
    Attachment,
    Comment,
    InterimReply,
    Letter,
    Message,
    Part,
    Question,
    Reply,
    Satisfaction,
    Tag,
    WorkingCopy,
)
from messages.selectors.extras import extras_of
from messages.selectors.extras_rows import Person
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, POS, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
QUERIES = 14


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(LATER, tick=False):
        yield


def fill(scene: Scene, times: int = 1) -> None:
    """One of everything, so many times."""
    cast, message = scene.cast, scene.message
    person, version = cast.people["roads"], Reply.objects.get(message=message, version=1)
    for number in range(times):
        Comment.objects.create(message=message, author=cast.people["im"], text=f"Слово {number}", at=NOW)
        Attachment.objects.create(
            message=message, kind="message", name=f"яма-{number}.jpg", content_type="image/jpeg", size=9,
            sha256=f"{number:064d}", file=f"files/{number}", uploaded_by=person, uploaded_at=NOW,
        )  # fmt: skip
        due = NOW + timedelta(hours=1)
        Part.objects.create(
            message=message, block=cast.block("housing"), question=f"Вопрос {number}", asked_by=person, asked_at=NOW,
            due_at=due, text=f"Часть {number}", given_at=NOW, given_by=cast.people["housing"],
        )  # fmt: skip
        InterimReply.objects.create(
            message=message,
            text=f"Пока так {number}",
            promised_at=due,
            author=person,
            posted_at=NOW,
            recorded_at=NOW,
            delivery="почта",
        )
        Question.objects.create(
            message=message, cycle=number, text=f"Что спросили {number}", asked_at=NOW, until=due, author=person,
            recorded_at=NOW, delivery="почта", answered_at=due, answer=f"Что ответили {number}", answer_by=person,
        )  # fmt: skip
        merged = cast.message("pos", text=f"Похожее {number}")
        Message.objects.filter(pk=merged.pk).update(leading=message)
        message.tags.add(Tag.objects.create(center=cast.center, name=f"метка {number}"))
        Satisfaction.objects.create(message=message, cycle=number, score=4, via="link", at=NOW)
    Letter.objects.create(
        message=message,
        reply=version,
        number="ОКТ-исх-1",
        dated=NOW.date(),
        signer="Главин Г. Г.",
        docx="d",
        pdf="p",
        made_at=NOW,
    )
    for name in ("roads", "roads_curator"):
        WorkingCopy.objects.create(message=message, user=cast.people[name], text=f"Набрано {name}", saved_at=NOW)


def test_every_kind_of_row_comes_typed_in_one_query(okt: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scene = bring(okt, IM, "drafting")
    fill(scene)
    extras_of(scene.message)
    with django_assert_num_queries(1):
        extras = extras_of(scene.message)
    sorter = okt.people["im"]
    assert (extras.comments[0].author, extras.comments[0].at) == (Person(sorter.pk, sorter.short_name), NOW)
    assert [file.name for file in extras.files] == ["яма-0.jpg"]
    assert (extras.parts[0].block, extras.parts[0].was_late, extras.parts[0].is_open) == (
        okt.block("housing").short,
        False,
        False,
    )
    assert (extras.interims[0].delivery, extras.scores[0].score, extras.tags[0].name) == ("почта", 4, "метка 0")
    assert (extras.questions[0].author, extras.questions[0].answer) == (extras.interims[0].author, "Что ответили 0")
    assert (extras.letters[0].version, extras.letters[0].dated) == (1, NOW.date())
    assert (extras.merged[0].source, extras.leading) == (okt.source("pos").short, None)
    assert {copy.user.name for copy in extras.copies} == {okt.people[name].short_name for name in ("roads", "roads_curator")}
    assert [(term.kind, term.rule.kind, term.rule.pauses) for term in extras.deadlines] == [("agree", "agree", False)]
    led = Message.objects.get(leading=scene.message)
    leading = extras_of(led).leading
    assert leading is not None
    assert leading.number == scene.message.number


def test_what_was_removed_is_not_shown(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    fill(scene)
    Attachment.objects.update(removed_at=NOW)
    assert extras_of(scene.message).files == []


@pytest.mark.parametrize("name", ["roads", "im", "head"])
def test_the_page_costs_the_same_with_nothing_and_with_everything(okt: Cast, name: str) -> None:
    bare, full = bring(okt, IM, "drafting"), bring(okt, IM, "drafting")
    fill(full, times=5)
    client = browser(okt, name)
    client.get(of_case(bare))
    counts = []
    for scene in (bare, full):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(of_case(scene)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= QUERIES


def test_the_page_shows_each_in_its_place(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    fill(scene)
    page = words(browser(okt, "roads").get(of_case(scene)))
    for said in (
        "Слово 0",
        "яма-0.jpg",
        "Вопрос 0",
        "Часть 0",
        "Пока так 0",
        "Что спросили 0",
        "Что ответили 0",
        "Вставить в ответ",
        "Похожие и объединённые",
    ):
        assert said in page, said
    order = ["Слово 0", "Часть 0", 'id="draft-title"', 'class="actions"', 'id="terms-title"', 'id="history-title"']
    places = [page.index(one) for one in order]
    assert places == sorted(places)


def test_a_merged_case_of_another_source_is_named_and_leads_nowhere(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    fill(scene)
    merged = Message.objects.get(leading=scene.message)
    address = f"/{okt.center.slug}/messages/{merged.number}/"
    assert address in words(browser(okt, "head").get(of_case(scene)))
    page = words(browser(okt, "im").get(of_case(scene)))
    assert merged.number in page
    assert address not in page


def test_contacts_in_words_of_colleagues_are_masked_where_contacts_are(okt: Cast) -> None:
    scene = bring(okt, POS, "drafting")
    Comment.objects.create(message=scene.message, author=okt.people["pos"], text="Звоните +7 922 123-45-67", at=NOW)
    assert "+7 922 123-45-67" in words(browser(okt, "roads").get(of_case(scene)))
    assert "+7 922 123-45-67" not in words(browser(okt, "tech").get(of_case(scene)))


def test_comments_and_parts_never_leave_through_the_interface(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    Comment.objects.create(message=scene.message, author=okt.people["im"], text="Между нами", at=NOW)
    told = serializers.case(scene.message, [], Reply.objects.get(message=scene.message), okt.center.tz, actor=okt.system)
    assert "Между нами" not in str(told)
