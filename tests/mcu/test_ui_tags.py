"""Numbers, dates, plurals and links as the pages print them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from mcu.templatetags import mcu_ui

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0, "0"), (999, "999"), (1284, f"1{NBSP}284"), (1234567.5, f"1{NBSP}234{NBSP}567,5"), (-3, "−3"), (None, "—")],
)
def test_numbers_are_printed_as_in_russian(value: float | None, printed: str) -> None:
    assert mcu_ui.num(value) == printed


@pytest.mark.parametrize(("value", "printed"), [(3, "+3"), (-2, "−2"), (0, "0"), (None, "—")])
def test_a_change_bears_its_sign(value: int | None, printed: str) -> None:
    assert mcu_ui.signed(value) == printed


def test_no_data_is_never_a_percentage() -> None:
    assert mcu_ui.percent(None) == "—"
    assert mcu_ui.percent(0.85) == f"85{NBSP}%"


@pytest.mark.parametrize(
    ("count", "word"),
    [(1, "дело"), (2, "дела"), (4, "дела"), (5, "дел"), (11, "дел"), (14, "дел"), (21, "дело"), (111, "дел"), (0, "дел")],
)
def test_a_count_takes_the_right_form_of_its_noun(count: int, word: str) -> None:
    assert mcu_ui.words(count, "дело,дела,дел") == f"{count}{NBSP}{word}"


@pytest.mark.parametrize(("share", "width"), [(0.725, "72.5"), (1.4, "100"), (-1, "0"), (None, "0")])
def test_a_share_is_a_width_within_its_borders(share: float | None, width: str) -> None:
    assert mcu_ui.hundredths(share) == width


@time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC))
def test_a_moment_is_local_and_leaves_out_the_current_year() -> None:
    at = datetime(2026, 11, 21, 20, 5, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Yekaterinburg")):
        assert f">22{NBSP}ноя{NBSP}01:05</time>" in mcu_ui.moment(at)
        assert 'datetime="2026-11-22T01:05:00+05:00"' in mcu_ui.moment(at)
        assert f"22{NBSP}ноября{NBSP}2026{NBSP}01:05" in mcu_ui.moment(at, "long")
        assert f">3{NBSP}мар{NBSP}2025</time>" in mcu_ui.moment(date(2025, 3, 3))
    assert mcu_ui.moment(None) == "—"


def test_a_link_keeps_the_filters_and_drops_the_place_in_the_list() -> None:
    request = RequestFactory().get("/", {"state": "drafting", "q": "снег", "after": "cursor"})
    template = Template("{% load mcu_ui %}{% link_with 'block' 'roads' %} {% link_with 'q' %}")
    with_block, without_q = template.render(Context({"request": request})).split()
    assert with_block == "?state=drafting&amp;q=%D1%81%D0%BD%D0%B5%D0%B3&amp;block=roads"
    assert without_q == "?state=drafting"


def test_initials_of_a_short_and_a_full_name() -> None:
    assert mcu_ui.initials("Орлова Мария Сергеевна") == "ОМ"
    assert mcu_ui.initials("Орлова М. С.") == "ОМ"
    assert mcu_ui.initials("") == ""
