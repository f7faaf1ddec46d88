"""The demo's registers: full enough that pages and indicators live, and never loaded over real work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from blocks.models import RoadmapMeasure
from mcu.models import Outbox
from reports.models import Publication, RegisterEvent, ResidentDecision
from reports.registers.definitions import REGISTERS
from reports.registers.demo.load import load
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)


def test_every_register_of_both_centers_has_rows_and_a_second_load_adds_none(okt: Cast, kor: Cast) -> None:
    for cast in (okt, kor):
        assert load(center=cast.center, now=NOW) > 40
        for register in REGISTERS.values():
            rows = register.rows.filter(center=cast.center)
            assert rows.exists(), register.code
            assert list(rows.values_list("number", flat=True).order_by("number")) == list(range(1, rows.count() + 1))
        assert not RegisterEvent.objects.filter(center=cast.center, at__gt=NOW).exists()
        assert load(center=cast.center, now=NOW) == 0


def test_the_indicators_have_what_to_count(okt: Cast) -> None:
    load(center=okt.center, now=NOW)
    decisions = ResidentDecision.objects.filter(center=okt.center)
    assert 0 < decisions.via_pos().announced().count() < decisions.via_pos().count()
    assert Publication.objects.filter(center=okt.center).published().values("recipient").distinct().count() > 30
    measures = RoadmapMeasure.objects.filter(center=okt.center)
    assert measures.filter(approved_on__isnull=False).exists()
    assert measures.waiting().exists()
    assert measures.done_by(NOW.date()).exists()
    assert Outbox.objects.filter(kind="risk").exists()


def test_real_registers_are_not_filled_with_inventions(okt: Cast) -> None:
    with pytest.raises(CommandError, match="выдуманные записи"):
        call_command("load_demo_registers")
    assert not RegisterEvent.objects.exists()
