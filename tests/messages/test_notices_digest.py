"""The daily digest: once a person and working day, at the hour chosen, only where there is something to tell."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.services.notices import Wishes, choose
from mcu.models import Outbox
from messages.models import Deadline, Message
from messages.services.digest import make_digests
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.browsing import crowd
from tests.messages.scenes import IM, bring

HOUR = timedelta(hours=1)
SATURDAY = NOW + timedelta(days=3)


def _told(cast: Cast) -> dict[str, Outbox]:
    """Digests by the names of the cast."""
    names = {user.pk: name for name, user in cast.people.items()}
    return {names[row.user_id]: row for row in Outbox.objects.filter(kind="digest")}


def test_it_tells_what_waits_what_ends_today_and_what_is_overdue(okt: Cast, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://mcu.example.com"
    for due_at in (NOW + HOUR, NOW - HOUR, NOW + timedelta(days=5)):
        scene = bring(okt, IM, "assigned")
        Message.objects.filter(pk=scene.message.pk).update(next_due_at=due_at)
        Deadline.objects.filter(message=scene.message).update(due_at=due_at, started_at=NOW - 2 * HOUR)
    assert make_digests(now=NOW) == len(_told(okt))
    mine = _told(okt)["roads"]
    assert mine.subject == "Сводка на 18.11.2026: ждут вас — 3, срок истекает сегодня — 1, просрочено у вас — 1"
    assert "Просрочено у вас: 1 — https://mcu.example.com/oktyabrsky/messages/?term=overdue" in mine.body
    assert mine.path == "/oktyabrsky/"
    assert "просрочено у других, за чью работу вы отвечаете — 1" in _told(okt)["head"].subject
    assert "roads_curator" in _told(okt)
    assert not {"housing", "housing_curator", "pos", "observer"} & _told(okt).keys()


def test_once_a_day_and_anew_the_next_morning(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    assert make_digests(now=NOW) > 0
    bring(okt, IM, "assigned")
    assert make_digests(now=NOW + 3 * HOUR) == 0
    assert make_digests(now=NOW + 24 * HOUR) > 0
    assert Outbox.objects.filter(kind="digest", user=okt.people["roads"]).count() == 2


def test_who_had_nothing_in_the_morning_is_not_told_at_noon(okt: Cast) -> None:
    assert make_digests(now=NOW) == 0
    bring(okt, IM, "assigned")
    assert make_digests(now=NOW + 2 * HOUR) == 0


def test_a_missed_run_is_caught_up_the_same_day_but_not_on_a_day_off(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    assert make_digests(now=NOW - 2 * HOUR) == 0  # eight o'clock in the Center
    assert make_digests(now=SATURDAY) == 0
    assert make_digests(now=NOW + 8 * HOUR) > 0


def test_each_chooses_the_hour_or_none(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    choose(user=okt.people["roads"], center=okt.center, wishes=Wishes({}, digest_at=time(14)), now=NOW)
    choose(user=okt.people["roads_curator"], center=okt.center, wishes=Wishes({}, digest=False), now=NOW)
    make_digests(now=NOW)
    assert not {"roads", "roads_curator"} & _told(okt).keys()
    make_digests(now=NOW + 4 * HOUR)
    assert "roads" in _told(okt)
    assert "roads_curator" not in _told(okt)


@pytest.mark.parametrize("count", [10, 200])
def test_it_costs_the_same_however_many_cases_are_open(
    okt: Cast, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    crowd(okt, count)
    with django_assert_max_num_queries(24):  # both Centers, savepoints among them
        assert make_digests(now=NOW) > 0


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_digest() -> None:
    cast = make_oktyabrsky()
    bring(cast, IM, "assigned")
    made: list[int] = []
    start = Barrier(2)

    def work(moment: datetime) -> None:
        start.wait()
        try:
            made.append(make_digests(now=moment))
        finally:
            connection.close()

    threads = [Thread(target=work, args=[NOW]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 0 in made
    assert sum(made) == len(_told(cast)) > 0
