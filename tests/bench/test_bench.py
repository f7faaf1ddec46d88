"""The bench measures the right thing: its cases are what services leave, its verdict follows its bars."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bench import load, mass, people
from bench.cases import Case, Keys, World
from bench.results import PAGE_BAR, Results, percentile
from blocks import actors
from messages.models import NO_TERM, Deadline, Message, MessageEvent
from messages.services import deadlines
from messages.services.sweep import sweep
from messages.workflow import OPEN
from tests.cast import NOW, load_center


def test_its_cases_stand_as_the_services_would_have_left_them(db: None) -> None:
    center = load_center("oktyabrsky")
    world = World(center, people.hire(center, NOW), NOW, Keys(), Random(7))
    for number in range(120):
        age = timedelta(days=number / 4, minutes=1)
        load.copy(Case(world, NOW - age, is_open=number % 2 == 0).write())
    actor, before = actors.system(center), list(Deadline.objects.order_by("pk").values())
    messages = list(Message.objects.select_related("center", "source"))
    for message in messages:
        expected = message.next_due_at
        deadlines.sync(message, now=NOW, actor=actor)
        assert message.next_due_at == expected
        assert (message.next_due_at == NO_TERM) >= (message.state not in OPEN)
    assert list(Deadline.objects.order_by("pk").values()) == before
    assert len({message.state for message in messages}) > 5
    assert MessageEvent.objects.filter(code="assign").exists()
    assert sweep(now=NOW).steps == 0, "what had come due by now was already made"


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_one_missed_bar_is_a_miss_of_all(tmp_path: Path) -> None:
    results = Results(1000, NOW, busy=0)
    results.add("Приём", [9.0])
    results.add("Стол", [PAGE_BAR] * 100, bar=PAGE_BAR, queries=15, queries_bar=15)
    assert results.ok
    results.add("Дело", [0.01] * 94 + [PAGE_BAR + 0.001] * 6, bar=PAGE_BAR)
    assert not results.ok
    assert [line.rpartition(" ")[2] for line in results.table().splitlines()[3:]] == ["OK", "МИМО", "нормы."]
    results.save(tmp_path / "data" / "bench.json")
    saved = json.loads((tmp_path / "data" / "bench.json").read_text())
    assert (saved["ok"], saved["size"]) == (False, 1000)
    assert [figure["ok"] for figure in saved["figures"]] == [True, True, False]


def test_what_grows_too_fast_is_a_miss_too() -> None:
    results = Results(1000, NOW, busy=0)
    results.compare("Обход", 1.2, bar=1.2)
    assert results.ok
    results.compare("Обход", 1.21, bar=1.2)
    assert not results.ok
    assert results.table().splitlines()[3].split() == ["Обход", "×1,21", "×1,20", "МИМО"]


@pytest.mark.django_db(transaction=True)
def test_the_mass_of_terms_is_swept_as_any_other() -> None:
    center = load_center("oktyabrsky")
    staff = people.hire(center, NOW)
    mass.make_due(staff, 40, NOW)
    assert 40 <= sweep(now=NOW).steps <= 200
    mass.more_open(staff, 100, NOW)
    assert sweep(now=NOW).steps == 0
    Message.objects.update(state="dismissed", dismissed_at=NOW, dismissal_ground="anonymous")
    cases, terms = Message.objects.count(), Deadline.objects.count()
    mass.more_years(3 * cases)
    assert (Message.objects.count(), Deadline.objects.count()) == (3 * cases, 3 * terms)


def test_too_many_queries_are_a_miss_too() -> None:
    results = Results(1000, NOW)
    results.add("Стол", [0.01], bar=PAGE_BAR, queries=16, queries_bar=15)
    assert not results.ok
