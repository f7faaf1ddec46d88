"""A calendar is loaded while cases are open: their terms move, and nobody is put off who is late already."""

from __future__ import annotations

import pytest

from mcu.models import CalendarYear
from messages.services.recount import moves, recount
from tests.cast import NOW, Cast
from tests.messages.scenes import Chain, bring

FZ = Chain("fz59", "roads", "fz59", "roads", "roads_curator", "fz59", "source_curator", needs_head=True)

pytestmark = pytest.mark.django_db


def test_a_term_moves_off_a_day_off_once(okt: Cast) -> None:
    scene = bring(okt, FZ, "assigned")
    days = {"days_off": ["01-01..01-08", "12-17..12-18"], "shortened": [], "working_weekends": []}
    CalendarYear.objects.create(year=2026, days=days, loaded_at=NOW, loaded_by="проверка")
    shown = list(moves(okt.center, now=scene.now))
    made = recount(okt.center, [scene.message.pk], now=scene.now, actor=okt.system, why={"calendar": [2026]})
    assert made == shown
    assert [move.number for move in made] == [scene.message.number]
    assert not list(moves(okt.center, now=scene.now))
