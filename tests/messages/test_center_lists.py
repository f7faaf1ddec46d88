"""What a process keeps of a Center is never older than the question whether it still holds."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from blocks.models import DeadlineRule, Settlement, Topic
from mcu.models import CalendarYear
from messages.models import Deadline, Message
from messages.services.incoming import IncomingMessage
from messages.services.intake import take_in
from tests.cast import NOW, Cast


def take(cast: Cast, number: int) -> Message:
    payload = IncomingMessage(external_id=str(number), text="Яма.", topic="Особая тема", settlement="Новое", received_at=NOW)
    source = cast.source("pos")
    return take_in(actor=cast.system, source=source, payload=payload, now=NOW + timedelta(hours=1)).message


def test_each_change_of_what_is_read_is_seen_by_the_next_message(okt: Cast) -> None:
    assert take(okt, 1).topic is None

    made = Topic.objects.create(center=okt.center, code="new", name="Особая тема", block=okt.block("roads"))
    assert take(okt, 2).topic == made
    Topic.objects.filter(pk=made.pk).update(name="Другая")
    assert take(okt, 3).topic is None
    with connection.cursor() as cursor:  # past every service
        cursor.execute("UPDATE blocks_topic SET name = 'особая  тема' WHERE id = %s", [made.pk])
    assert take(okt, 4).topic == made
    Topic.objects.filter(pk=made.pk).update(closed_at=NOW)
    assert take(okt, 5).topic_words == "Особая тема"

    assert take(okt, 6).settlement is None
    Settlement.objects.filter(pk=Settlement.objects.filter(center=okt.center).order_by("pk")[:1].get().pk).update(name="Новое")
    assert take(okt, 7).settlement is not None


def test_terms_follow_the_rules_and_the_calendar_of_the_moment(okt: Cast) -> None:
    def ends(number: int) -> dict[str, object]:
        return dict(Deadline.objects.filter(message=take(okt, number)).values_list("kind", "due_at"))

    before = ends(1)
    assert ends(2) == before
    DeadlineRule.objects.filter(center=okt.center, kind="answer").update(amount=7, unit="working_days")
    after = ends(3)
    assert after["answer"] != before["answer"]
    days_off = [f"{NOW:%m}-{day:02}" for day in range(NOW.day + 1, 31)]
    CalendarYear.objects.create(year=NOW.year, days={"days_off": days_off}, loaded_at=NOW, loaded_by="проверка")
    assert ends(4) != after
    CalendarYear.objects.all().delete()
    assert ends(5) == after
