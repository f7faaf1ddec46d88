"""Exports: made from the database's state for the rights of then, kept a week, given to whoever asked and nobody else."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from pytest_django import Settings

from blocks.models import Membership
from blocks.roles import Role
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.models import Outbox
from messages import tasks
from messages.documents import register_xlsx
from messages.models import Applicant, ContactAccess, Export, Message
from messages.selectors.register.columns import COLUMNS
from messages.services import exports
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SECRET = "Пишите на proba@example.org, тел. +7 900 000-00-01"


@pytest.fixture(autouse=True)
def _place(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A folder of files of this test alone, one moment of time."""
    settings.DEMO = True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}},
    }
    with time_machine.travel(LATER, tick=False):
        yield


def ask(cast: Cast, by: str = "head", query: str = "", **values: Any) -> Export:
    return exports.ask(center=cast.center, actor=cast.actor(by), query=query, now=LATER, **values)


def made(export: Export) -> Export:
    assert tasks.make_exports() >= 1
    export.refresh_from_db()
    return export


def book_of(export: Export) -> Workbook:
    assert export.state == Export.State.DONE, export.error
    return load_workbook(io.BytesIO(Path(default_storage.path(str(export.file.name))).read_bytes()))


def table(export: Export) -> list[dict[str, Any]]:
    header, *rows = book_of(export)["Реестр"].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_the_file_holds_what_the_filters_find_for_this_person(okt: Cast, kor: Cast) -> None:
    mine, done, others = okt.message("im"), bring(okt, IM, "closed").message, okt.message("pos")
    kor.message("im")
    assert {row["Номер"] for row in table(made(ask(okt)))} == {mine.number, others.number}
    assert {row["Номер"] for row in table(made(ask(okt, "im")))} == {mine.number}
    assert {row["Номер"] for row in table(made(ask(okt, query="state=all&source=im")))} == {mine.number, done.number}
    assert {row["Номер"] for row in table(made(ask(okt, "im", only=[mine.pk, done.pk, others.pk])))} == {
        mine.number,
        done.number,
    }


def test_the_sheet_is_ready_for_work(okt: Cast) -> None:
    message = bring(okt, IM, "closed").message
    export = made(ask(okt, query="state=all&q=фонари", columns=tuple(COLUMNS)))
    book = book_of(export)
    sheet, said = book["Реестр"], book["Условия"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")
    (row,) = table(export)
    local = message.received_at.astimezone(okt.center.tz).replace(tzinfo=None)
    assert row["Поступило"] == local
    assert row["Отвечено"] > local
    assert row["Состояние"] == State.CLOSED.label
    assert row["Полнота ответа"] == "в полном объёме"
    text = " ".join(str(cell) for line in said.iter_rows(values_only=True) for cell in line if cell)
    for word in ("фонари", "все состояния", okt.people["head"].full_name, "18.11.2026", "Сообщений 1"):
        assert word in text


def test_nothing_typed_by_a_citizen_runs_as_a_formula(okt: Cast) -> None:
    evil = ('=HYPERLINK("http://x")', "+1+1", "-2", "@A1", "http://example.org")
    for text in evil:
        okt.message("im", text=text)
    export = made(ask(okt))
    cells = [cell for row in book_of(export)["Реестр"].iter_rows() for cell in row if cell.value in evil]
    assert len(cells) == len(evil)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_a_text_longer_than_a_cell_is_cut_and_says_so(okt: Cast) -> None:
    okt.message("im", text="а" * 40_000)
    (row,) = table(made(ask(okt)))
    assert len(row["Текст"]) == 32_767
    assert row["Текст"].endswith("…")


class TestPersonalData:
    def test_it_stays_out_unless_asked_for(self, okt: Cast) -> None:
        message = okt.message("im", text=SECRET)
        Applicant.objects.create(
            message=message, name="Тестова Проба Петровна", phone="+7 900 000-00-02", email="a@example.org"
        )
        export = made(ask(okt, columns=(*COLUMNS,)))
        (row,) = table(export)
        assert "proba@example.org" not in row["Текст"]
        assert "000-00-01" not in row["Текст"]
        assert not {"Заявитель", "Телефон", "Почта"} & set(row)
        assert ContactAccess.objects.count() == 0

    def test_asked_for_it_is_there_and_each_showing_is_written_down(self, okt: Cast) -> None:
        named, silent = okt.message("im", text=SECRET), okt.message("im")
        Applicant.objects.create(message=named, name="Тестова Проба Петровна", phone="+7 900 000-00-02", email="a@example.org")
        export = made(ask(okt, "im", with_contacts=True))
        rows = {row["Номер"]: row for row in table(export)}
        assert rows[named.number]["Заявитель"] == "Тестова Проба Петровна"
        assert rows[named.number]["Телефон"] == "+7 900 000-00-02"
        assert "proba@example.org" in rows[named.number]["Текст"]
        assert rows[silent.number]["Заявитель"] is None
        (access,) = ContactAccess.objects.all()
        assert (access.message_id, access.user_id, access.role) == (named.pk, okt.people["im"].pk, "source_curator")
        assert access.at == export.finished_at
        assert (export.user, export.total, export.query) == (okt.people["im"], 2, "")

    def test_the_technical_role_gets_none(self, okt: Cast) -> None:
        message = okt.message("im", text=SECRET)
        Applicant.objects.create(message=message, name="Тестова Проба Петровна")
        with pytest.raises(NotAllowed, match="Технической роли"):
            ask(okt, "tech", with_contacts=True)
        whole = {"topic_words": SECRET, "settlement_words": SECRET, "address": SECRET}
        Message.objects.filter(pk=message.pk).update(**whole)
        (row,) = table(made(ask(okt, "tech", columns=tuple(COLUMNS))))
        assert row["Адрес"]
        assert "proba@example.org" not in str(row)

    def test_only_where_the_role_reaches(self, okt: Cast) -> None:
        """Tech of the Center who is also a source curator: contacts of that source alone."""
        okt.people["im"].memberships.first()
        okt.add("im", Role.TECH)
        mine, other = okt.message("im", text=SECRET), okt.message("pos", text=SECRET)
        for message in (mine, other):
            Applicant.objects.create(message=message, name="Тестова Проба Петровна")
        rows = {row["Номер"]: row for row in table(made(ask(okt, "im", with_contacts=True)))}
        assert rows[mine.number]["Заявитель"] == "Тестова Проба Петровна"
        assert rows[other.number]["Заявитель"] is None
        assert "proba@example.org" not in rows[other.number]["Текст"]
        assert list(ContactAccess.objects.values_list("message", flat=True)) == [mine.pk]


class TestTheFile:
    def test_it_is_its_owners_alone(self, okt: Cast, kor: Cast) -> None:
        okt.message("im")
        export = made(ask(okt, "head"))
        url = page(okt, "export-file", export.pk)
        answer = browser(okt, "head").get(url)
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        load_workbook(io.BytesIO(b"".join(answer)))
        for name in ("support", "im", "tech"):
            assert browser(okt, name).get(url).status_code == 404
            assert browser(okt, name).get(page(okt, "export", export.pk)).status_code == 404
        assert browser(kor, "head").get(url).status_code == 404

    def test_whoever_lost_a_role_does_not_get_it(self, okt: Cast) -> None:
        okt.add("im", Role.HEAD)
        okt.message("pos")
        export = made(ask(okt, "im"))
        assert export.total == 1
        Membership.objects.filter(user=okt.people["im"], role=Role.HEAD).update(until=(NOW - timedelta(days=1)).date())
        answer = browser(okt, "im").get(page(okt, "export-file", export.pk))
        assert answer.status_code == 403
        assert "роли изменились" in words(answer)

    def test_rights_are_those_of_the_run_not_of_the_asking(self, okt: Cast) -> None:
        okt.message("im")
        export = ask(okt, "im")
        Membership.objects.filter(user=okt.people["im"]).update(until=(NOW - timedelta(days=1)).date())
        export = made(export)
        assert export.state == Export.State.FAILED
        assert "больше нет роли" in export.error

    def test_it_lies_where_nobody_else_reads_and_goes_after_a_week(self, okt: Cast) -> None:
        okt.message("im")
        export = made(ask(okt))
        path = Path(default_storage.path(str(export.file.name)))
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert [one.name for one in path.parent.iterdir()] == [path.name]  # nothing of the making is left
        left = path.parent / "9-1.part"
        left.write_text("x")
        os.utime(left, times=((LATER - timedelta(days=2)).timestamp(),) * 2)
        os.utime(path, times=(LATER.timestamp(),) * 2)
        assert exports.remove_old(now=LATER + timedelta(days=6)) == 0
        assert path.exists()
        assert not left.exists()
        assert exports.remove_old(now=LATER + timedelta(days=7, minutes=1)) == 1
        assert not path.exists()
        export.refresh_from_db()
        assert export.total == 1  # the record stays
        with pytest.raises(NotFound, match="семь дней"):
            exports.file_of(export_id=export.pk, center=okt.center, actor=okt.actor("head"))


class TestTheQueue:
    def test_one_at_a_time_in_the_order_of_asking(self, okt: Cast) -> None:
        first, second = ask(okt), ask(okt, "support")
        taken = exports.take(now=LATER)
        assert taken == first
        assert exports.take(now=LATER + timedelta(seconds=30)) is None
        Export.objects.filter(pk=first.pk).update(state="done")
        assert exports.take(now=LATER) == second

    def test_a_dead_workers_export_is_taken_again_and_three_times_at_most(self, okt: Cast) -> None:
        export, moment = ask(okt), LATER
        for attempt in (1, 2, 3):
            taken = exports.take(now=moment)
            assert taken
            assert taken.attempts == attempt
            assert exports.take(now=moment + timedelta(seconds=59)) is None
            moment += timedelta(seconds=61)
        assert exports.take(now=moment) is None
        export.refresh_from_db()
        assert export.state == Export.State.FAILED
        assert "после 3 попыток" in export.error
        assert Outbox.objects.filter(user=export.user, kind="export").count() == 1

    def test_a_worker_that_was_slow_spoils_nothing(self, okt: Cast) -> None:
        okt.message("im")
        export = ask(okt)
        slow = exports.take(now=LATER)
        assert slow
        quick = exports.take(now=LATER + timedelta(seconds=61))
        assert quick
        exports.make(export=quick, clock=lambda: LATER + timedelta(seconds=62))
        export.refresh_from_db()
        name = export.file.name
        exports.make(export=slow, clock=lambda: LATER + timedelta(seconds=63))
        export.refresh_from_db()
        assert (export.state, export.file.name) == ("done", name)
        assert len(list(Path(default_storage.path(str(name))).parent.iterdir())) == 1

    def test_what_breaks_is_tried_again_and_then_said_with_a_reference(
        self, okt: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def no_room(*_: Any, **__: Any) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(register_xlsx, "write", no_room)
        export = made(ask(okt))
        assert export.state == Export.State.FAILED
        assert export.attempts == 3
        reference = export.error.rpartition("— ")[2].split(".")[0]
        assert reference in caplog.text
        assert export.error in words(browser(okt, "head").get(page(okt, "export", export.pk)))

    def test_not_more_than_three_wait_for_one_person(self, okt: Cast) -> None:
        for _ in range(3):
            ask(okt)
        with pytest.raises(Invalid, match="уже готовятся 3"):
            ask(okt)
        ask(okt, "support")

    def test_progress_and_signs_of_life_are_written(self, okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        crowd(okt, 7)
        monkeypatch.setattr(exports, "BATCH", 3)
        seen: list[tuple[int, int, datetime | None]] = []
        export = ask(okt, query="state=all")
        real = exports._owned

        def watched(row: Export, **values: Any) -> None:
            real(row, **values)
            now = Export.objects.get(pk=row.pk)
            seen.append((now.done, now.total, now.beat_at))

        monkeypatch.setattr(exports, "_owned", watched)
        made(export)
        assert [(done, total) for done, total, _ in seen] == [(0, 7), (3, 7), (6, 7), (7, 7), (7, 7)]
        assert all(beat for _, _, beat in seen)


class TestPages:
    def test_a_person_asks_watches_and_takes_it_away(self, okt: Cast) -> None:
        crowd(okt, 3, states=(State.DRAFTING,))
        client = browser(okt, "head")
        text = words(client.get(page(okt, "exports") + "?state=drafting&columns=term,text"))
        assert State.DRAFTING.label in text
        sent = {"query": "state=drafting", "columns": "term,text", "which": "shown"}
        waiting = client.post(page(okt, "exports"), sent, follow=True)
        assert 'role="progressbar"' in words(waiting)
        export = Export.objects.get()
        assert export.columns == ["term", "text"]
        part = client.get(page(okt, "export", export.pk), headers={"HX-Request": "true"})
        assert "<html" not in words(part)
        assert "hx-trigger" in words(part)
        tasks.make_exports()
        ready = words(client.get(page(okt, "export", export.pk), headers={"HX-Request": "true"}))
        assert "Скачать XLSX" in ready
        assert "hx-trigger" not in ready
        assert "Скачать" in words(client.get(page(okt, "exports")))

    def test_a_notice_comes_when_nobody_watches(self, okt: Cast) -> None:
        okt.message("im")
        left = made(ask(okt, "im"))
        notice = Outbox.objects.get(kind="export")
        assert (notice.user, notice.path) == (okt.people["im"], page(okt, "export", left.pk))
        watched = ask(okt, "head")
        browser(okt, "head").get(page(okt, "export", watched.pk), headers={"HX-Request": "true"})
        made(watched)
        assert Outbox.objects.filter(kind="export").count() == 1

    def test_the_chosen_ones_alone(self, okt: Cast) -> None:
        rows, client = [okt.message("im") for _ in range(3)], browser(okt, "head")
        chosen = {"only": [rows[0].pk, rows[2].pk], "query": "source=im", "columns": "text"}
        text = words(client.post(page(okt, "selected"), {**chosen, "do": "export"}))
        assert f'name="only" value="{rows[2].pk}"' in text
        client.post(page(okt, "exports"), {**chosen, "which": "all"})
        export = Export.objects.get()
        assert (export.only, export.columns) == ([rows[0].pk, rows[2].pk], list(COLUMNS))
        assert {row["Номер"] for row in table(made(export))} == {rows[0].number, rows[2].number}

    def test_everything_found_is_asked_for_by_its_query(self, okt: Cast) -> None:
        okt.message("im")
        browser(okt, "head").post(page(okt, "exports"), {"all": "1", "only": ["1"], "query": "source=im", "which": "all"})
        export = Export.objects.get()
        assert (export.only, export.query) == ([], "source=im")

    def test_nothing_sent_breaks_it(self, okt: Cast) -> None:
        client, url = browser(okt, "head"), page(okt, "exports")
        for sent in ({}, {"only": ["x", "-1", "9" * 40]}, {"query": "%00&=%ff" * 600}, {"columns": "а,\x00," * 300}):
            assert client.post(url, sent).status_code == 302
            Export.objects.all().delete()
        assert client.get(page(okt, "export", 10**15)).status_code == 404
        assert Message.objects.count() == 0
