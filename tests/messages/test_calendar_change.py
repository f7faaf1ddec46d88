"""A calendar is loaded while cases are open: their terms follow it, and nobody who is late already is put off."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.models import DeadlineRule
from blocks.services.notices import Wishes, choose
from mcu import calendars, outbox
from mcu.calendar_files import Marks
from mcu.models import CalendarYear, Outbox
from mcu.outbox import Notice
from messages.models import Deadline, InterimReply, Message, MessageEvent, Question
from messages.selectors.pressure import overdue_terms
from messages.services import closing, new_calendar
from messages.services.digest import make_digests
from messages.services.recount import moves, recount
from messages.services.sweep import sweep
from messages.terms import Kind
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, POS, Chain, Scene, bring

FZ = Chain("fz59", "roads", "fz59", "roads", "roads_curator", "fz59", "source_curator", needs_head=False)
YEAR = 2026
PACKAGED = ["01-01..01-09", "02-23", "03-08..03-09", "05-01", "05-09", "05-11", "06-12", "11-04", "12-31"]
# An appeal registered on 18 November is answered by Thursday 17 December.
DECEMBER = datetime(2026, 12, 17, 18, 59, 59, 999999, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def marks(*days_off: str, **more: list[str]) -> Marks:
    return {
        "days_off": [*PACKAGED, *days_off],
        "shortened": ["04-30", "05-08", "06-11", "11-03"],
        "working_weekends": [],
        **more,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calendar.json"


def load(file: Path, *days_off: str, now: datetime = NOW, dry_run: bool = False, year: int = YEAR) -> str:
    """The command as an administrator runs it; what it said."""
    file.write_text(json.dumps({str(year): marks(*days_off)}), encoding="utf-8")
    said = StringIO()
    with time_machine.travel(now, tick=False):
        call_command("load_calendar", str(file), dry_run=dry_run, stdout=said)
    return said.getvalue().replace("\xa0", " ")


def answer_of(scene: Scene) -> Deadline:
    return Deadline.objects.get(message=scene.message, kind="answer", void_at__isnull=True)


def term_lines(scene: Scene) -> list[dict[str, Any]]:
    return [event.data for event in MessageEvent.objects.filter(message=scene.message, code="term").order_by("pk")]


def test_what_was_done_in_time_is_not_made_late_by_a_calendar_loaded_since(okt: Cast) -> None:
    scene = bring(okt, FZ, "answered")
    on_the_last_day = DECEMBER - timedelta(hours=9)
    Message.objects.filter(pk=scene.message.pk).update(answered_at=on_the_last_day, sent_recorded_at=on_the_last_day)
    Deadline.objects.filter(message=scene.message, kind="answer").update(met_at=on_the_last_day)
    calendars.load({YEAR: marks("12-16..12-17")}, now=DECEMBER + DAY, by="проверка")
    closing.close(message_id=scene.message.pk, actor=okt.actor("fz59"), outcome="solved", now=DECEMBER + 2 * DAY)
    term = answer_of(scene)
    assert (term.due_at, term.met_at, term.breached_at) == (DECEMBER, on_the_last_day, None)
    assert not term_lines(scene)


def test_the_term_moves_off_a_new_day_off(okt: Cast, file: Path) -> None:
    scene, untouched = bring(okt, FZ, "assigned"), bring(okt, POS, "assigned")
    assert answer_of(scene).due_at == DECEMBER
    before = answer_of(untouched).due_at
    said = load(file, "12-16..12-17")
    assert f"  {scene.message.number}, ответ заявителю: 17.12.2026 23:59 → 15.12.2026 23:59\n" in said
    assert "Всего 1 срок, 1 дело; сразу просрочены: 0." in said
    assert untouched.message.number not in said
    moved = answer_of(scene)
    assert moved.due_at == DECEMBER - 2 * DAY
    assert moved.threat_at < moved.due_at
    assert moved.next_step_at is not None
    scene.message.refresh_from_db(fields=["next_due_at"])
    assert scene.message.next_due_at == moved.due_at
    assert answer_of(untouched).due_at == before
    [line] = term_lines(scene)
    assert line == {
        "kind": "answer", "from": DECEMBER.isoformat(), "to": moved.due_at.isoformat(), "calendar": [YEAR],
    }  # fmt: skip
    page = words(browser(okt, "roads").get(of_case(scene)))
    assert "до 15.12.2026 23:59, было до 17.12.2026 23:59" in page
    assert "по производственному календарю на 2026 год" in page


def test_a_dry_run_shows_the_same_and_writes_nothing(okt: Cast, file: Path) -> None:
    scene = bring(okt, FZ, "assigned")
    shown = load(file, "12-17", dry_run=True)
    assert "переедут сроки" in shown
    assert "Ничего не записано" in shown
    assert not CalendarYear.objects.exists()
    assert answer_of(scene).due_at == DECEMBER
    made = load(file, "12-17")
    assert [line for line in made.splitlines() if "→" in line] == [line for line in shown.splitlines() if "→" in line]
    assert "стали выходными: 17 декабря (чт)" in made


def test_loading_again_changes_nothing(okt: Cast, file: Path) -> None:
    scene = bring(okt, FZ, "assigned")
    load(file, "12-17")
    said = load(file, "12-17", now=NOW + DAY)
    assert "2026 год: изменений нет." in said
    assert "сроки открытых дел не меняются" in said
    assert len(term_lines(scene)) == 1
    assert CalendarYear.objects.get().loaded_at == NOW


def test_a_run_that_was_cut_off_is_finished_by_the_next(okt: Cast, file: Path) -> None:
    first, second = bring(okt, FZ, "assigned"), bring(okt, FZ, "assigned")
    with time_machine.travel(NOW, tick=False):
        calendars.load({YEAR: marks("12-17")}, now=NOW, by="проверка")
        recount(okt.center, [first.message.pk], now=NOW, actor=okt.system, why={"calendar": [YEAR]})
    assert (answer_of(first).due_at, answer_of(second).due_at) == (DECEMBER - DAY, DECEMBER)
    said = load(file, "12-17")
    assert "2026 год: изменений нет." in said
    assert "Всего 1 срок, 1 дело" in said
    assert answer_of(second).due_at == DECEMBER - DAY
    assert [len(term_lines(scene)) for scene in (first, second)] == [1, 1]


def test_who_is_late_stays_late(okt: Cast, file: Path) -> None:
    """The calendar is corrected when the term has ended: a later end puts nothing off, an earlier one makes late."""
    load(file, "12-17", now=NOW - DAY)
    late, later = bring(okt, FZ, "assigned"), bring(okt, FZ, "assigned", received_at=NOW + DAY, now=NOW + DAY)
    assert answer_of(late).due_at == DECEMBER - DAY
    said = load(file, now=DECEMBER)  # the 17th is a day of work again
    assert late.message.number not in said
    assert answer_of(late).due_at == DECEMBER - DAY
    assert later.message.number not in said  # ends on the 18th anyway


def test_a_term_that_becomes_late_is_said_and_swept(okt: Cast, file: Path) -> None:
    scene = bring(okt, FZ, "assigned")
    said = load(file, "12-15..12-17", now=datetime(2026, 12, 15, 5, tzinfo=UTC))
    assert "→ 14.12.2026 23:59 — сразу просрочен" in said
    assert "сразу просрочены: 1" in said
    now = datetime(2026, 12, 15, 5, 1, tzinfo=UTC)
    assert overdue_terms(center_id=okt.center.pk, now=now).filter(message=scene.message, kind="answer").exists()
    sweep(now=now)
    assert answer_of(scene).breached_at == DECEMBER - 3 * DAY


def test_only_terms_that_meet_the_years_loaded_are_looked_at(okt: Cast, file: Path) -> None:
    """Registered on 10 December: 8 January is a holiday anyway, the last working day before is in the year before."""
    this_year = bring(okt, FZ, "assigned")
    now = datetime(2026, 12, 10, 5, tzinfo=UTC)
    over = Scene(okt, FZ, okt.message("fz59", now=now), now)
    over.assign()
    assert answer_of(over).due_at == datetime(2026, 12, 30, 18, 59, 59, 999999, tzinfo=UTC)
    shown = load(file, "12-17", now=now, dry_run=True)
    assert [this_year.message.number in shown, over.message.number in shown] == [True, False]
    # Another year's file is no word on this one, even where it would give the same days off.
    assert "сроки открытых дел не меняются" in load(file, now=now, year=2027)
    shown = load(file, "12-30", now=now, dry_run=True)
    assert [this_year.message.number in shown, over.message.number in shown] == [False, True]


def test_working_hours_and_their_threat_follow(okt: Cast, file: Path) -> None:
    """An hour of the head from Wednesday evening would end on Thursday morning, which becomes a day off."""
    DeadlineRule.objects.filter(center=okt.center, code="im_approve").update(amount=12)
    scene = bring(okt, IM, "head_approval")
    term = Deadline.objects.get(message=scene.message, kind="approve")
    load(file, "11-19", now=scene.now)
    moved = Deadline.objects.get(pk=term.pk)
    assert moved.due_at == term.due_at + DAY
    assert moved.threat_at == term.threat_at + DAY


def test_steps_told_in_working_time_are_planned_anew(okt: Cast, file: Path) -> None:
    """The end is in calendar days and stands, but the next working day after it is another one."""
    rule = DeadlineRule.objects.get(center=okt.center, code="pos_answer")
    rule.warn_shares, rule.warn_before = [], []
    rule.ladder = [{"to": "head", "after_hours": 2, "working": True}]
    rule.save()
    scene = bring(okt, POS, "assigned")
    term = answer_of(scene)  # 13 December, a Sunday
    sweep(now=term.due_at + timedelta(minutes=1))
    assert answer_of(scene).next_step_at == datetime(2026, 12, 14, 6, tzinfo=UTC)
    load(file, "12-14", now=term.due_at + timedelta(minutes=2))
    assert answer_of(scene).due_at == term.due_at
    sweep(now=term.due_at + timedelta(minutes=3))
    assert answer_of(scene).next_step_at == datetime(2026, 12, 15, 6, tzinfo=UTC)


def test_promises_questions_and_merged_cases_are_counted_in(okt: Cast, file: Path) -> None:
    """The preview reads in batches what ``sync`` reads case by case: both say the same of every kind of case."""
    DeadlineRule.objects.filter(center=okt.center).update(pauses=True, on_day_off="previous_working_day")
    for chain in (IM, POS, FZ):
        for state in ("received", "assigned", "block_approval", "merged"):
            scene = bring(okt, chain, state)
            if scene.message.handed_over_at is not None:
                _ask_and_promise(okt, scene)
                recount(okt.center, [scene.message.pk], now=scene.now, actor=okt.system, why={})
    calendars.load({YEAR: marks("11-19..11-20", "12-07..12-18")}, now=NOW, by="проверка")
    now = NOW + timedelta(minutes=20)
    shown = list(moves(okt.center, now=now))
    ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    assert {one.kind for one in shown} == {Kind.REGISTER, Kind.ANSWER}
    assert recount(okt.center, ids, now=now, actor=okt.system, why={"calendar": [YEAR]}) == shown
    assert not list(moves(okt.center, now=now))
    for one in shown:
        assert one.new_due_at == Deadline.objects.get(message=one.message_id, kind=one.kind, void_at__isnull=True).due_at


def _ask_and_promise(cast: Cast, scene: Scene) -> None:
    asked = scene.now + timedelta(minutes=1)
    Question.objects.create(
        message=scene.message, text="Какой дом?", asked_at=asked, until=asked + 3 * DAY, author=cast.people["head"],
        recorded_at=asked,
    )  # fmt: skip
    InterimReply.objects.create(
        message=scene.message, text="Заказаны.", promised_at=asked + 24 * DAY, posted_at=asked, recorded_at=asked,
        delivery="лично",
    )  # fmt: skip


def test_the_preview_costs_the_same_for_any_number_of_cases(okt: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            found = new_calendar.expected(
                okt.center, calendar=calendars.with_years({YEAR: marks("12-17")}), years=[YEAR], now=NOW
            )
        assert found
        return len(caught)

    bring(okt, FZ, "assigned")
    one = cost()
    for _ in range(4):
        bring(okt, FZ, "assigned")
    assert cost() == one <= 10


def test_a_closed_case_keeps_its_terms(okt: Cast, file: Path) -> None:
    scene = bring(okt, FZ, "answered")
    load(file, "12-16..12-17")
    assert answer_of(scene).due_at == DECEMBER
    assert not term_lines(scene)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "пуст"),
        ("Календарь".encode("cp1251"), "UTF-8"),
        (b'{"2027": {"days_off": ["02-30"]}}', "02-30"),
        (b'{"2027": {"days_off": []}}', "новогодних"),
        (b"<calendar year='2027'>", "испорчен"),
        (b"<?xml version='1.0' encoding='foo'?><calendar year='2027'/>", "новогодних"),
        (b'{"2027": {"days_off": [' + b"1" * 5000 + b"]}}", "JSON испорчен"),
        (b'{"9999": {"days_off": ["12-30..12-31"]}}', "9999 год не загрузить"),
    ],
)
def test_a_bad_file_changes_nothing(okt: Cast, file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("load_calendar", str(file))
    assert not CalendarYear.objects.exists()


def test_a_name_that_is_no_text_is_kept_as_far_as_it_can_be_read(okt: Cast, tmp_path: Path) -> None:
    load(tmp_path / os.fsdecode(b"\xea\xe0\xeb.json"), "12-16")
    assert CalendarYear.objects.get().file_name == "���.json"


def test_a_file_that_is_not_there(tmp_path: Path, db: None) -> None:
    for path, said in ((tmp_path / "no.xml", "нет"), (tmp_path, "папка")):
        with pytest.raises(CommandError, match=said):
            call_command("load_calendar", str(path))


def test_digests_and_quiet_days_go_by_what_is_loaded(okt: Cast, file: Path, settings: Settings) -> None:
    settings.EMAIL_ENABLED = True
    bring(okt, IM, "assigned")
    choose(user=okt.people["roads"], center=okt.center, wishes=Wishes({}, quiet_days_off=True), now=NOW)
    load(file, "11-18")
    assert make_digests(now=NOW) == 0
    okt.people["roads"].email = "roads@example.com"
    okt.people["roads"].save()
    notices = [
        Notice(key=f"x{number}", kind="assign", user_id=okt.people[name].pk, subject="Дело")
        for number, name in enumerate(("roads", "roads", "head"))
    ]
    with CaptureQueriesContext(connection) as caught:
        outbox.put(notices, now=NOW)
    assert len(caught) == 3
    leaves = list(Outbox.objects.filter(key__startswith="x", user=okt.people["roads"]).values_list("next_try_at", flat=True))
    assert leaves == [datetime(2026, 11, 18, 19, tzinfo=UTC)] * 2
