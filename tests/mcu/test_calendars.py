"""The calendar in force: packaged years, loaded years in their place, and what a file changes, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from mcu import calendars
from mcu.calendar_files import Marks
from mcu.models import CalendarYear

NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
HOLIDAYS = ["01-01", "01-02", "01-03", "01-04", "01-05", "01-06", "01-07", "01-08", "02-23", "03-08", "05-01", "05-09"]
HOLIDAYS += ["06-12", "11-04"]

pytestmark = pytest.mark.django_db


def marks(*days_off: str, shortened: tuple[str, ...] = (), working: tuple[str, ...] = ()) -> Marks:
    return {"days_off": [*HOLIDAYS, *days_off], "shortened": [*shortened], "working_weekends": [*working]}


def load(year: int, days: Marks, now: datetime = NOW) -> str:
    changes = calendars.load({year: days}, now=now, by="проверка", file_name="calendar.xml")
    return "\n".join(line for change in changes for line in change.lines())


def test_next_year_is_known_once_loaded() -> None:
    assert not calendars.current().covers(2027)
    said = load(2027, marks("02-22", "12-31", shortened=("02-20",), working=("02-20",)))
    assert said == (
        "2027 год загружается впервые; против обычных выходных и праздников:\n"
        "  стали выходными: 22 февраля (пн), 31 декабря (пт)\n"
        "  стали рабочими: 20 февраля (сб)\n"
        "  стали короче на час: 20 февраля (сб)"
    )
    found = calendars.current()
    assert found.covers(2027)
    assert found.covers(2026)
    assert found.is_working_day(date(2027, 2, 20))
    assert not found.is_working_day(date(2027, 12, 31))
    row = CalendarYear.objects.get()
    assert (row.year, row.loaded_by, row.file_name, row.loaded_at) == (2027, "проверка", "calendar.xml", NOW)


def test_the_same_file_again_changes_nothing() -> None:
    load(2027, marks("02-22"))
    assert load(2027, marks("02-22"), NOW + timedelta(days=1)) == "2027 год: изменений нет."
    assert CalendarYear.objects.get().loaded_at == NOW


def test_corrected_file_takes_the_place_of_the_first() -> None:
    load(2027, marks("02-22", "05-03", "05-04", shortened=("11-03",)))
    said = load(2027, marks("02-22", "12-30", "12-31"), NOW + timedelta(days=1))
    assert said.splitlines()[1:] == [
        "  стали выходными: 30–31 декабря",
        "  стали рабочими: 3–4 мая",
        "  стали полными рабочими: 3 ноября (ср)",
    ]
    assert CalendarYear.objects.get().loaded_at == NOW + timedelta(days=1)


def test_a_year_as_it_comes_with_the_product_leaves_no_row() -> None:
    packaged: Marks = {
        "days_off": ["01-01..01-09", "02-23", "03-08..03-09", "05-01", "05-09", "05-11", "06-12", "11-04", "12-31"],
        "shortened": ["04-30", "05-08", "06-11", "11-03"],
        "working_weekends": [],
    }
    assert load(2026, packaged) == "2026 год: изменений нет."
    assert not CalendarYear.objects.exists()


def test_a_process_that_runs_sees_what_another_loaded(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert calendars.current().is_working_day(date(2026, 12, 30))
    load(2026, marks("12-30"))
    assert not calendars.current().is_working_day(date(2026, 12, 30))
    # Corrected within the same second: what is remembered goes by the days, not by when they came.
    CalendarYear.objects.update(days=marks("12-29"))
    assert calendars.current().is_working_day(date(2026, 12, 30))
    with django_assert_num_queries(1):
        assert not calendars.current().is_working_day(date(2026, 12, 29))


def test_what_was_taken_back_is_not_remembered() -> None:
    def load_and_stop() -> None:
        with transaction.atomic():
            load(2026, marks("12-30"))
            assert not calendars.current().is_working_day(date(2026, 12, 30))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        load_and_stop()
    assert calendars.current().is_working_day(date(2026, 12, 30))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["2027-05-01"], "1 мая (сб)"),
        (["2027-05-03", "2027-05-01", "2027-05-02"], "1–3 мая"),
        (["2027-04-30", "2027-05-01"], "30 апреля (пт), 1 мая (сб)"),
        ([], ""),
    ],
)
def test_days_in_words(days: list[str], words: str) -> None:
    assert calendars.in_words(map(date.fromisoformat, days)) == words
