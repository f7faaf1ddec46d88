"""Making the problemator: once a week, caught up when missed, by hand and by command."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from mcu.errors import Invalid, NotAllowed
from messages.models import Message
from reports.models import Problemator, ReportFile
from reports.periods import parse_week
from reports.services.problemator import due_week, make_problemator
from reports.tasks import make_problemators
from tests.cast import Cast, make_oktyabrsky
from tests.reports.story import moment, tell


def test_a_draft_is_made_once_and_anew_only_when_a_figure_changed(okt: Cast) -> None:
    week = parse_week("2026-W47", okt.center.tz)
    tell(okt, "im", "17.11 10:00")
    monday = moment(okt, "23.11 07:00")
    first = make_problemator(center=okt.center, week=week, now=monday, actor=okt.actor("support", monday))
    again = make_problemator(center=okt.center, week=week, now=monday + timedelta(hours=1), actor=okt.system)
    assert again == first
    assert (again.made_at, again.made_by) == (monday, okt.people["support"])
    tell(okt, "im", "18.11 10:00")  # came in late
    later = make_problemator(center=okt.center, week=week, now=monday + timedelta(hours=2), actor=okt.system)
    assert later.pk == first.pk
    assert later.made_at == monday + timedelta(hours=2)
    assert later.figures["totals"]["received"] == {"now": 2, "before": 0}
    assert {file.format: file.made_at for file in later.files.all()} == dict.fromkeys(("xlsx", "pdf"), later.made_at)


def test_who_may_not_and_when_not(okt: Cast) -> None:
    monday = moment(okt, "23.11 07:00")
    week = parse_week("2026-W47", okt.center.tz)
    for name in ("curator", "roads", "im", "observer", "tech", "district_head"):
        with pytest.raises(NotAllowed):
            make_problemator(center=okt.center, week=week, now=monday, actor=okt.actor(name, monday))
    with pytest.raises(Invalid, match="ещё не закончилась"):
        make_problemator(center=okt.center, week=week, now=monday - timedelta(days=1), actor=okt.system)
    assert not Problemator.objects.exists()


def test_another_centers_people_make_nothing_here(okt: Cast, kor: Cast) -> None:
    monday = moment(okt, "23.11 07:00")
    with pytest.raises(NotAllowed):
        make_problemator(
            center=okt.center, week=parse_week("2026-W47", okt.center.tz), now=monday, actor=kor.actor("head", monday)
        )


def test_beat_makes_what_is_due_in_both_centers_and_catches_up(okt: Cast, kor: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    tell(kor, "im", "17.11 10:00")
    with time_machine.travel(moment(okt, "23.11 06:59"), tick=False):
        make_problemators()
    assert not Problemator.objects.filter(week_start=parse_week("2026-W47", okt.center.tz).monday).exists()
    with time_machine.travel(moment(okt, "23.11 07:00"), tick=False):  # 05:00 in Корсаково: not yet its morning
        assert make_problemators() == 1
    with time_machine.travel(moment(okt, "26.11 15:00"), tick=False):  # Monday was missed
        assert make_problemators() == 1
        assert make_problemators() == 0
    assert [(row.center.slug, row.week, row.made_by) for row in Problemator.objects.order_by("made_at")] == [
        ("oktyabrsky", "2026-W47", None),
        ("korsakovsky", "2026-W47", None),
    ]


def test_a_center_without_messages_reports_nothing(okt: Cast) -> None:
    with time_machine.travel(moment(okt, "23.11 09:00"), tick=False):
        assert make_problemators() == 0


def test_the_week_due(okt: Cast) -> None:
    assert due_week(okt.center, moment(okt, "22.11 23:00")).code == "2026-W46"
    assert due_week(okt.center, moment(okt, "23.11 06:00")).code == "2026-W46"
    assert due_week(okt.center, moment(okt, "23.11 07:00")).code == "2026-W47"


def test_by_command(okt: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(okt, "im", "17.11 10:00")
    with time_machine.travel(moment(okt, "23.11 09:00"), tick=False):
        call_command("make_problemator", center="oktyabrsky", week="2026-W47", out=tmp_path / "папка отчётов")
        call_command("make_problemator", center="oktyabrsky")
        with pytest.raises(CommandError, match=r"Центра «нет-такого» нет\. Есть: .*oktyabrsky"):
            call_command("make_problemator", center="нет-такого")
        with pytest.raises(CommandError, match="не понята"):
            call_command("make_problemator", center="oktyabrsky", week="47")
        with pytest.raises(CommandError, match="не закончилась"):
            call_command("make_problemator", center="oktyabrsky", week="2026-W48")
    written = sorted(path.name for path in (tmp_path / "папка отчётов").iterdir())
    assert written == ["problemator-oktyabrsky-2026-W47.pdf", "problemator-oktyabrsky-2026-W47.xlsx"]
    assert "поступило 1" in capsys.readouterr().out
    assert Problemator.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one() -> None:
    okt = make_oktyabrsky()
    tell(okt, "im", "17.11 10:00")
    monday = moment(okt, "23.11 07:00")
    week = parse_week("2026-W47", okt.center.tz)
    together, made, problems = threading.Barrier(2), [], []

    def beat() -> None:
        try:
            together.wait(timeout=30)
            made.append(make_problemator(center=okt.center, week=week, now=monday, actor=okt.system).pk)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=beat) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(set(made)) == 1
    assert (Problemator.objects.count(), ReportFile.objects.count(), Message.objects.count()) == (1, 2, 1)
