"""Learning at night from the Center's own decisions: when, from which cases, what the desk and the page then show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from blocks.models import Recipient, Topic
from messages.models import AutoMove, AutoRule, Lesson, Message, MessageEvent
from messages.selectors import guess as guessing
from messages.selectors.auto_hints import hints_of
from messages.selectors.lessons import is_asked, newest
from messages.selectors.sorting import find
from messages.services import lessons, routing
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.letters_of import letters
from tests.messages.test_sorting import suggested

pytestmark = pytest.mark.django_db
NEW = "Огромная яма, асфальт совсем разбит, объехать нельзя."


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def decide(cast: Cast, count: int = 240) -> list[Message]:
    """Decided cases: letters of three blocks, each with the first topic and recipient of its block."""
    rows = crowd(cast, count, states=(State.ASSIGNED,))
    topics = {
        block: Topic.objects.filter(center=cast.center, block__code=block).first() for block in ("roads", "housing", "waste")
    }
    recipients = {block: Recipient.objects.filter(center=cast.center, blocks__code=block).first() for block in topics}
    for row, made in zip(rows, letters(), strict=False):
        row.text, row.block, row.topic, row.recipient = (
            made.text,
            cast.block(made.block),
            topics[made.block],
            recipients[made.block],
        )
    Message.objects.bulk_update(rows, ["text", "block", "topic", "recipient"])
    return rows


def test_what_people_decided_is_suggested_for_the_next_case(okt: Cast, kor: Cast) -> None:
    decide(okt)
    earlier = Lesson.objects.create(center=okt.center, learned_at=NOW - timedelta(days=2), texts=9, weights=b"old", in_use=True)
    assert lessons.learn_due(now=NOW) >= 2
    lesson = newest(okt.center)
    assert lesson is not None
    assert lesson.in_use
    assert lesson.texts == 240
    assert lesson.accuracy["block"]["top1"] > lesson.accuracy["block"]["usual"]
    assert bytes(Lesson.objects.get(pk=earlier.pk).weights) == b"", "only the newest keeps what it knows"
    assert len(bytes(lesson.weights)) < 30_000_000
    assert lessons.learn_due(now=NOW + timedelta(minutes=1)) == 0

    message = okt.message("im", text=NEW)
    first = suggested(words(browser(okt, "im").get(page(okt, "sorting"))))[0]
    assert "Дороги" in first
    assert "уверенность" in first
    assert "по решениям Центра" in first
    assert Message.objects.get(pk=message.pk).state == State.RECEIVED, "nothing is handed over by itself"

    row = {"text": NEW, "settlement_id": None, "source_id": message.source_id, "number": message.number}
    hint = hints_of(okt.center, [row, row])[1]
    assert hint is not None
    assert hint.block_id == okt.block("roads").pk
    assert 50 < hint.confidence < 100
    assert hints_of(kor.center, [row]) == [None], "another Center has learned nothing of it"

    text = words(browser(okt, "head").get(page(okt, "lessons")))
    assert "Действуют" in text
    assert "если всегда выбирать самое частое" in text
    assert "Дороги" in text


def test_too_few_decisions_teach_nothing_and_the_page_says_so(okt: Cast) -> None:
    decide(okt, 20)
    lesson = lessons.learn(center=okt.center, now=NOW)
    assert not lesson.in_use
    okt.message("im", text=NEW)
    assert not any("уверенность" in one for one in suggested(words(browser(okt, "im").get(page(okt, "sorting")))))
    assert "нужно 150" in words(browser(okt, "support").get(page(okt, "lessons")))


def test_a_night_is_made_up_for_and_learned_once(okt: Cast) -> None:
    assert lessons.is_due(okt.center, NOW), "never learned"
    Lesson.objects.create(center=okt.center, learned_at=NOW, texts=0)
    night = NOW.astimezone(okt.center.tz).replace(hour=2, minute=0) + timedelta(days=1)
    Lesson.objects.update(learned_at=night - timedelta(days=1))
    assert not lessons.is_due(okt.center, night - timedelta(hours=8))
    assert lessons.is_due(okt.center, night)
    assert lessons.is_due(okt.center, night + timedelta(hours=9)), "the night was missed"
    Lesson.objects.update(learned_at=night)
    assert not lessons.is_due(okt.center, night + timedelta(hours=2))


def test_who_may_asks_for_a_lesson_before_the_night(okt: Cast) -> None:
    Lesson.objects.create(center=okt.center, learned_at=NOW - timedelta(hours=1), texts=3, accuracy={"problem": "few"})
    client = browser(okt, "tech")
    text = words(client.post(page(okt, "lessons"), follow=True))
    assert "Запрошено" in text
    assert is_asked(okt.center, newest(okt.center))
    assert lessons.is_due(okt.center, NOW)
    assert "уже запрошено" in words(client.post(page(okt, "lessons"), follow=True))
    lessons.learn(center=okt.center, now=NOW + timedelta(seconds=30))
    assert not is_asked(okt.center, newest(okt.center))


def test_a_rule_that_follows_suggestions_does_not_teach(okt: Cast) -> None:
    followed, corrected, named = decide(okt, 3)
    values = {"center": okt.center, "created_at": NOW, "created_by": okt.people["head"], "changed_at": NOW}
    by_confidence = AutoRule.objects.create(name="По подсказке", confidence=90, **values)
    by_block = AutoRule.objects.create(name="Дороги", block=okt.block("roads"), **values)
    for message, rule in ((followed, by_confidence), (corrected, by_confidence), (named, by_block)):
        event = MessageEvent.objects.create(message=message, at=NOW, code="assign", actor_kind="rule")
        AutoMove.objects.create(rule=rule, message=message, event=event, version=1, at=NOW)
    AutoMove.objects.filter(message=corrected).update(missed_at=NOW)
    texts = {row["text"] for row in lessons.decided(okt.center)}
    assert texts == {corrected.text, named.text}


def test_what_waits_or_came_back_does_not_teach(okt: Cast) -> None:
    message = okt.message("im", text=NEW)
    assert not lessons.decided(okt.center)
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    assert len(lessons.decided(okt.center)) == 1
    routing.decline(message_id=message.pk, actor=okt.actor("roads"), reason="Не наша дорога.", now=NOW)
    assert not lessons.decided(okt.center)


def test_a_lesson_that_fails_leaves_the_last_one_in_force(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    accuracy = {"block": {"helps": True}}
    Lesson.objects.create(center=okt.center, learned_at=NOW, texts=300, in_use=True, weights=b"known", accuracy=accuracy)
    decide(okt, 3)
    monkeypatch.setattr(lessons, "FEWEST", 1)
    monkeypatch.setattr(lessons, "_LONGEST", 0.001)  # no lesson is so short
    later = NOW + timedelta(days=1)
    lessons.learn(center=okt.center, now=later)
    lesson = Lesson.objects.latest("learned_at")
    assert (lesson.learned_at, lesson.in_use, bytes(lesson.weights)) == (later, True, b"known")
    assert "Последний урок не удался" in words(browser(okt, "head").get(page(okt, "lessons")))


def test_broken_weights_leave_the_desk_as_it_was(okt: Cast) -> None:
    Lesson.objects.create(center=okt.center, learned_at=NOW, texts=300, in_use=True, weights=b"junk", accuracy={})
    number = okt.message("im", text="На дороге яма.").number
    message = find(actor=okt.actor("head"), number=number)
    assert message is not None
    assert guessing.guess(message) == guessing.NOTHING
    assert "по слову «яма»" in suggested(words(browser(okt, "im").get(page(okt, "sorting"))))[0]
