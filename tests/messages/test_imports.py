"""Messages brought by files: looked at first, put in once, never over what people did here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from openpyxl import load_workbook
from pytest_django import Settings

from blocks.models import Recipient, Topic
from mcu.clock import local_midnight
from mcu.models import Outbox
from messages.models import Deadline, Message, MessageEvent, MessageImport, Reply, Tag
from messages.services import approval, closing, intake, reply, routing, satisfaction
from messages.services.imports import asking, passes, work
from messages.workflow import State
from reports.cases import CASE_FIGURES
from reports.periods import parse_week
from tests.cast import NOW, Cast
from tests.messages.browsing import browser
from tests.messages.import_files import (
    DELO,
    IM,
    IM_ANSWERED,
    IM_DONE,
    POS,
    POS_ANSWERED,
    Row,
    brought,
    kinds,
    put_in,
    sheet,
    words,
    worked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A folder of files of this test alone, one moment of time."""
    settings.DEMO = True
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    with time_machine.travel(NOW, tick=False):
        yield


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of Октябрьское in 2026, five hours before Greenwich."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=5)


def test_looked_at_then_put_in(okt: Cast) -> None:
    row = brought(okt, "im", sheet("im", [IM, IM_DONE | {"number": 2247}]))
    assert (row.state, row.total, row.counts) == ("ready", 2, {"made": 2})
    assert not Message.objects.exists()
    asking.confirm(import_id=row.pk, center=okt.center, actor=okt.actor("head"), now=NOW)
    worked()
    row.refresh_from_db()
    assert (row.state, row.counts, row.file.name) == ("done", {"made": 2}, "")
    first, second = Message.objects.order_by("external_id")
    assert (first.state, first.text) == (State.RECEIVED, "Иван, яма у школы\nкогда починят?")
    assert (second.state, second.outcome, second.closed_at) == (State.CLOSED, "solved", at(11, 9))
    assert second.satisfactions.get().score == 5
    assert second.replies.get().text == "Яму засыпали."
    assert second.replies.get().posted_at == at(10, 13)
    assert first.applicant.name == "vk.com/id123"
    assert [event.code for event in second.events.order_by("at", "pk")] == ["created", "send", "close", "imported"]
    notices = Outbox.objects.values_list("kind", flat=True)
    assert set(notices) == {"import"}  # history warns and tells nobody


def test_a_breach_that_a_file_brings_is_told_by_the_program(okt: Cast) -> None:
    late: Row = {"executor": "Дороги", "submitted_at": "", "agreeing": "", "answered_at": "2026-11-12 16:00:00"}
    put_in(okt, "im", [IM_ANSWERED | late, IM | {"number": 3}])
    breaches = MessageEvent.objects.filter(code="breach").order_by("pk")
    kinds_before = list(breaches.values_list("message__external_id", "actor_kind"))
    assert ("2246", "system") in kinds_before
    put_in(okt, "im", [IM_ANSWERED | late | {"number": 3}])
    assert breaches.count() > len(kinds_before)  # those of the known case, by its own step
    assert set(breaches.values_list("actor_kind", flat=True)) == {"system"}


def test_the_same_again_changes_nothing_and_what_is_new_is_added(okt: Cast) -> None:
    put_in(okt, "im", [IM])
    assert put_in(okt, "im", [IM]).counts == {"unchanged": 1}
    row = put_in(okt, "im", [IM_DONE])
    assert row.counts == {"updated": 1}, words(row, 2)
    case = Message.objects.get()
    assert case.state == State.CLOSED
    moves = case.events.exclude(from_state="").order_by("at", "pk")
    assert [(one.from_state, one.to_state) for one in moves] == [("received", "answered"), ("answered", "closed")]
    assert put_in(okt, "im", [IM_DONE]).counts == {"unchanged": 1}


def test_what_people_did_here_is_shown_beside_the_file_and_stays(okt: Cast) -> None:
    put_in(okt, "im", [IM])
    case = Message.objects.get()
    routing.assign(message_id=case.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW + timedelta(minutes=1))
    assert put_in(okt, "im", [IM]).counts == {"unchanged": 1}
    row = put_in(okt, "im", [IM_DONE])
    assert row.counts == {"conflicts": 1}
    assert "состояние: у нас передано в блок, в файле закрыто" in words(row, 2)
    assert Message.objects.get().state == State.ASSIGNED
    assert not Reply.objects.exists()


def test_a_pushed_case_is_met_by_its_number(okt: Cast) -> None:
    """The portal pushed it first; the export then says that it is answered."""
    payload = intake.IncomingMessage(external_id="2246", text="Иван, яма у школы\nкогда починят?", received_at=at(10, 10))
    intake.take_in(actor=okt.system, source=okt.source("im"), payload=payload, now=NOW - timedelta(days=7))
    row = put_in(okt, "im", [IM_ANSWERED])
    assert row.counts == {"updated": 1}, words(row, 2)
    assert Message.objects.get().state == State.ANSWERED


def test_pos_by_number_and_an_appeal_that_came_through_it(okt: Cast) -> None:
    put_in(okt, "pos", [POS])
    row = put_in(okt, "pos", [POS_ANSWERED])
    assert row.counts == {"updated": 1}, words(row, 2)
    case = Message.objects.get()
    assert (case.state, case.fast_track, case.regime) == (State.ANSWERED, True, "message")
    term = Deadline.objects.get(message=case, kind="answer")
    assert term.due_at == local_midnight(datetime(2026, 11, 17).date(), okt.center.tz) - timedelta(microseconds=1)  # noqa: DTZ001
    assert term.met_at is not None
    assert term.met_at <= term.due_at  # ten calendar days: the breach of the late file stands corrected
    appeal = DELO | {"number": "К-13/26", "pos_number": "ПОС-77"}
    done = put_in(okt, "delo", [DELO | {"done_on": "09.11.2026"}, appeal])
    assert done.counts == {"made": 1, "updated": 1}, words(done, 3)
    assert Message.objects.get(pk=case.pk).outside_number == "К-13/26"
    other = Message.objects.get(source__code="fz59")
    assert (other.regime, other.outside_number, other.state) == ("appeal", "К-12/26", State.ANSWERED)


def test_an_appeal_known_from_delo_is_no_second_case(okt: Cast) -> None:
    put_in(okt, "delo", [DELO | {"pos_number": "ПОС-77"}])
    row = put_in(okt, "pos", [POS])
    assert row.counts == {"conflicts": 1}
    assert "К" not in words(row, 2)[:1]
    assert Tag.objects.get().name == "ПОС ПОС-77"


STATUSES: list[tuple[Row, str]] = [
    ({"status": "Назначен исполнитель"}, State.RECEIVED),
    ({"status": "Направлено в подведомственную организацию"}, State.RECEIVED),
    ({"status": "Передано в вышестоящую организацию"}, State.REDIRECTED),
    ({"status": "Отклонено модератором", "done_on": "07.11.2026"}, State.DISMISSED),
    ({"status": "Перенос срока обработки утвержден. Отправлен ответ Заявителю"}, State.RECEIVED),
    ({"status": "Отправлен ответ Заявителю", "done_on": "16.11.2026"}, State.ANSWERED),
]


def test_statuses_of_pos(okt: Cast) -> None:
    rows = [POS | said | {"number": f"П-{place}"} for place, (said, _) in enumerate(STATUSES)]
    put_in(okt, "pos", rows)
    states = dict(Message.objects.values_list("external_id", "state"))
    assert states == {f"П-{place}": state for place, (_, state) in enumerate(STATUSES)}


def test_terms_and_figures_are_those_of_the_same_story_done_by_hand(okt: Cast) -> None:
    """One story lived through here and told by a file: terms, breaches and every figure agree."""
    with transaction.atomic():
        _lived(okt, "1", handed=at(10, 10, 30), agreed=at(10, 12, 40), posted=at(10, 13))  # in time
        _lived(okt, "2", handed=at(10, 10, 30), agreed=at(10, 15), posted=at(10, 16))  # an hour and a half too late
        by_hand = _told(okt)
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    told = IM_DONE | {"number": 1, "executor": "Дороги", "topic": "", "group": ""}
    late: Row = {"submitted_at": "2026-11-10 14:00:00", "agreeing": timedelta(hours=1), "answered_at": "2026-11-10 16:00:00"}
    row = put_in(okt, "im", [told, told | late | {"number": 2}])
    assert row.counts == {"made": 2}, words(row, 2)
    assert _told(okt) == by_hand
    assert by_hand["late"] == ["2"]
    assert by_hand["in_time"] == ["1"]


def _lived(okt: Cast, number: str, *, handed: datetime, agreed: datetime, posted: datetime) -> None:
    people = {name: okt.actor(name) for name in ("im", "roads", "roads_curator", "head")}
    payload = intake.IncomingMessage(external_id=number, text="Яма.", received_at=at(10, 10))
    taken = intake.take_in(actor=okt.system, source=okt.source("im"), payload=payload, now=at(10, 10))
    pk = taken.message.pk
    routing.assign(message_id=pk, actor=people["im"], block_id=okt.block("roads").pk, now=handed)
    reply.save_draft(message_id=pk, actor=people["roads"], text="Яму засыпали.", base_version=0, now=handed)
    reply.submit(message_id=pk, actor=people["roads"], now=handed)
    approval.agree(message_id=pk, actor=people["roads_curator"], version=1, completeness=2, now=agreed)
    approval.approve(message_id=pk, actor=people["head"], version=1, now=agreed)
    reply.send(message_id=pk, actor=people["im"], posted_at=None, url="https://vk.com/wall-1_1", now=posted)
    satisfaction.rate_for(message_id=pk, actor=people["im"], score=5, text="", now=at(11, 9))
    closing.close(message_id=pk, actor=people["im"], outcome="solved", now=at(11, 9))


def _told(okt: Cast) -> dict[str, Any]:
    """What reports and terms say; marks of completeness are people's own and a file has none."""
    period = parse_week("2026-W46", okt.center.tz)
    figures = {
        name: sorted(figure.cases(okt.center, period).values_list("external_id", flat=True))
        for name, figure in CASE_FIGURES.items()
        if name != "complete"
    }
    terms = Deadline.objects.order_by("message__external_id", "kind")
    return figures | {
        "terms": list(terms.values_list("message__external_id", "kind", "started_at", "due_at", "met_at", "breached_at"))
    }


def test_a_worker_that_died_is_taken_over_and_nothing_is_done_twice(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "BATCH", 2)
    row = brought(okt, "im", sheet("im", [IM | {"number": number} for number in range(1, 8)]))
    asking.confirm(import_id=row.pk, center=okt.center, actor=okt.actor("head"), now=NOW)
    first = work.take(now=NOW)
    assert first is not None
    found = passes.Pass(first, okt.actor("head"), lambda: NOW, _dies_after(2))
    with pytest.raises(KeyboardInterrupt):
        found.put_in()
    assert Message.objects.count() == 4
    assert work.take(now=NOW + timedelta(seconds=59)) is None  # it may still be at work
    second = work.take(now=NOW + timedelta(seconds=61))
    assert second is not None
    work.work(row=second, clock=lambda: NOW + timedelta(seconds=61))
    with pytest.raises(passes.Lost):
        passes.own(first, done=0)
    row.refresh_from_db()
    assert (row.state, row.counts) == ("done", {"made": 7})
    assert Message.objects.count() == 7
    assert kinds(row) == {"made": 7}


def _dies_after(batches: int) -> Any:
    left = [batches]

    def step(rows: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return step


def test_rows_with_mistakes_are_named_and_the_others_land(okt: Cast) -> None:
    rows = [
        IM,
        IM | {"number": 3, "created_at": "32.13.2026"},
        IM | {"number": 4, "created_at": ""},
        IM_ANSWERED | {"number": 5, "answered_at": "вчера у Петрова"},
        IM | {"number": 6, "created_at": "2031-01-01 10:00:00"},
        IM | {"number": "", "id": ""},
        IM,
        IM | {"text": "Другое"},
    ]
    row = put_in(okt, "im", rows)
    assert row.counts == {"made": 1, "errors": 5, "unchanged": 1, "conflicts": 1}
    assert (
        words(row, 3) == "Столбец «Дата создания»: «32.13.2026» — не дата: нужна дата вида 31.12.2026 или 2026-12-31 14:30:00."
    )
    assert words(row, 4) == "Столбец «Дата создания»: пусто, а без него строку не внести."
    assert "Петров" not in words(row, 5)  # the report names nobody
    assert "ещё не наступила" in words(row, 6)
    assert words(row, 8) == "То же, что в строке 2."


def test_what_the_register_exports_comes_back_the_same(okt: Cast) -> None:
    put_in(okt, "im", [IM_DONE])
    case = Message.objects.get()
    row: Row = {
        "number": case.number,
        "source": "Инцидент Менеджмент",
        "received_at": "10.11.2026 10:00",
        "regime": "сообщение",
        "text": case.text,
        "state": "Закрыто",
        "answered_at": "10.11.2026 13:00",
        "score": 5,
    }
    again = put_in(okt, "mcu", [row])
    assert again.counts == {"unchanged": 1}, words(again, 2)
    new = {"source": "Иные источники", "received_at": "11.11.2026", "text": "Нет воды", "tags": "вода, срочно", "name": "П. П."}
    assert put_in(okt, "mcu", [new]).counts == {"made": 1}
    assert put_in(okt, "mcu", [new]).counts == {"unchanged": 1}
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["вода", "срочно"]


def test_a_curator_brings_only_what_is_his(okt: Cast) -> None:
    assert asking.formats_of(okt.actor("im"), okt.center) == ["im", "mcu"]
    assert asking.formats_of(okt.actor("roads"), okt.center) == []
    put_in(okt, "im", [IM])
    number = Message.objects.get().number
    row = {"number": number, "source": "ПОС", "received_at": "10.11.2026", "text": "Чужое", "topic": "Ямы"}
    stolen = put_in(okt, "mcu", [row], by="pos")
    assert stolen.counts == {"conflicts": 1}
    assert "другого источника" in words(stolen, 2)


def test_a_later_file_hands_the_case_over_unless_a_person_did(okt: Cast) -> None:
    """Nobody moved it here: it goes where the file says, quietly. A person's hand-over stays, with both blocks named."""
    roads, housing = (okt.block(code).short or okt.block(code).name for code in ("roads", "housing"))
    said = f"блок: у нас «{roads}», в файле «{housing}»"
    put_in(okt, "im", [IM | {"executor": "Дороги"}])
    before = Outbox.objects.exclude(kind="import").count()
    row = put_in(okt, "im", [IM | {"executor": "housing"}])
    assert row.counts == {"updated": 1}, words(row, 2)
    assert said in words(row, 2)
    case = Message.objects.get()
    assert (case.block, case.state) == (okt.block("housing"), State.ASSIGNED)
    line = case.events.filter(code="assign").latest("pk")
    assert line.data["before"]["block"] == okt.block("roads").pk
    assert case.events.filter(code="imported").count() == 2
    assert Outbox.objects.exclude(kind="import").count() == before
    routing.assign(message_id=case.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW + timedelta(minutes=1))
    row = put_in(okt, "im", [IM | {"executor": "housing", "note": "ещё раз"}])
    assert row.counts == {"conflicts": 1}
    assert said in words(row, 2)
    assert Message.objects.get().block == okt.block("roads")
    put_in(okt, "im", [IM_ANSWERED | {"number": 9, "executor": "roads"}])
    row = put_in(okt, "im", [IM_DONE | {"number": 9, "executor": "housing"}])
    assert row.counts == {"updated": 1}, words(row, 2)  # done, and nobody touched it: put right
    done = Message.objects.get(external_id="9")
    assert (done.state, done.block) == (State.CLOSED, okt.block("housing"))


def test_the_block_named_decides_and_takes_the_recipient_that_serves_it(okt: Cast) -> None:
    """«Отдел» names the block; who serves several, or another one, does not lead the case away from it."""
    both = Recipient.objects.create(center=okt.center, code="both", kind="institution", name="МКУ на два блока")
    both.blocks.set([okt.block("roads"), okt.block("housing")])
    alien = Recipient.objects.create(center=okt.center, code="alien", kind="institution", name="МКУ одних дорог")
    alien.blocks.set([okt.block("roads")])
    topic = Topic.objects.filter(center=okt.center, block__code="roads")[0]
    told = IM | {"topic": topic.name, "department": okt.block("housing").name}
    rows: list[Row] = [
        told | {"number": 1, "executor": both.name},
        told | {"number": 2, "executor": alien.name},
        told | {"number": 3, "executor": both.name, "department": ""},
        IM | {"number": 4, "executor": both.name, "department": "", "group": "", "topic": ""},
    ]
    looked = brought(okt, "im", sheet("im", rows))
    for line, said in (
        (2, "получатель «МКУ на два блока»"),
        (3, "получатель «МКУ одних дорог» в этом блоке не отвечает: дело останется без получателя"),
        (5, "получатель «МКУ на два блока» отвечает в нескольких блоках"),
    ):
        assert said in words(looked, line)
    put_in(okt, "im", rows)
    landed = Message.objects.order_by("external_id").values_list("block__code", "recipient__code")
    assert list(landed) == [("housing", "both"), ("housing", None), ("roads", "both"), (None, None)]
    ours = {"number": Message.objects.get(external_id="1").number, "source": "im", "received_at": "10.11.2026 10:00"}
    again = put_in(okt, "mcu", [ours | {"block": "housing", "recipient": "both", "topic": topic.name}])
    assert again.counts == {"unchanged": 1}, words(again, 2)


def test_what_is_no_date_is_said_alike_in_every_table(okt: Cast) -> None:
    for cell, shown in (("'32.13.2026", "«32.13.2026» — не дата"), ("32.13.2026 10:00", "«32.13.2026 10:00» — не дата")):
        for code, rows in (("im", [IM | {"created_at": cell}]), ("delo", [DELO | {"registered_on": cell}])):
            assert shown in words(brought(okt, code, sheet(code, rows)), 2)


def test_the_outcome_that_pos_tells_is_kept_and_closing_takes_it(okt: Cast) -> None:
    put_in(okt, "pos", [POS_ANSWERED])
    assert Message.objects.get().outcome == "solved"
    row = put_in(okt, "pos", [POS_ANSWERED | {"decision": "Не решено"}])
    assert row.counts == {"updated": 1}
    assert "итог: у нас «Решено», в файле «Не решено»" in words(row, 2)
    closing.close_answered(center=okt.center, now=NOW + timedelta(days=100))
    case = Message.objects.get()
    assert (case.state, case.outcome) == (State.CLOSED, "not_solved")
    assert put_in(okt, "pos", [POS_ANSWERED | {"decision": "Не решено"}]).counts == {"unchanged": 1}


def test_the_preview_says_what_becomes_of_a_row_and_what_was_not_known(okt: Cast) -> None:
    rows = [
        IM | {"executor": "Дороги"},
        IM_DONE | {"number": 2, "executor": "Некто", "text": "", "group": "", "topic": "Неведомое"},
    ]
    row = brought(okt, "im", sheet("im", rows))
    assert "ередаётся в блок «Дороги»" in words(row, 2)
    for said in (
        "твечено 10.11.2026",
        "итог «Решено»",
        "получатель не узнан",
        "тема не узнана, останется словами источника",
        "текста нет: прочитайте сообщение в источнике",
    ):
        assert said in words(row, 3)


def test_every_fault_of_a_row_is_named_and_a_score_alone_refuses_nothing(okt: Cast) -> None:
    rows = [POS_ANSWERED | {"score": "отлично"}, POS_ANSWERED | {"number": "П-2", "score": "отлично", "done_on": "01.11.2026"}]
    row = put_in(okt, "pos", rows)
    assert row.counts == {"made": 1, "errors": 1}
    assert "строка взята без этого" in words(row, 2)
    assert "не оценка" in words(row, 3)
    assert "раньше, чем «Дата поступления»" in words(row, 3)
    case = Message.objects.get()
    assert (case.state, case.satisfactions.count()) == (State.ANSWERED, 0)
    page = browser(okt, "head").get(f"/{okt.center.slug}/messages/{case.number}/").content.decode()
    assert "Текста нет" in page
    assert "№ ПОС-77" in page


def test_the_pages(okt: Cast) -> None:
    client = browser(okt, "head")
    content = sheet("im", [IM, IM | {"number": 3, "created_at": "нет"}])
    address = f"/{okt.center.slug}/messages/imports/"
    answer = client.post(address, {"file": ContentFile(content, name="im.xlsx"), "format": ""})
    assert answer.status_code == 302, answer.content.decode()
    page = answer.headers["Location"]
    assert "В очереди" in client.get(page).content.decode()
    MessageImport.objects.update(done=1000, beat_at=NOW)  # while it is being read
    for shown in (page, address):
        assert "1\xa0000" in client.get(shown).content.decode()
    MessageImport.objects.update(done=0, beat_at=None)
    worked()
    shown = client.get(page).content.decode()
    assert "Внести 1\xa0строку" in shown
    assert "не дата" in client.get(f"{page}?kind=error").content.decode()
    assert client.post(f"{page}confirm/").status_code == 302
    worked()
    assert "Файл внесён" in client.get(page).content.decode()
    book = load_workbook(BytesIO(client.get(f"{page}rows/").getvalue()))
    assert [cell.value for cell in book.worksheets[0][2]][1:3] == ["2246", "новое"]
    wrong = client.post(address, {"file": ContentFile(b"MZ\x90", name="a.exe"), "format": "im"})
    assert wrong.status_code == 422
    assert browser(okt, "roads").get(address).status_code == 403
    assert browser(okt, "pos").get(page).status_code == 404


def test_the_command(okt: Cast, tmp_path: Path) -> None:
    path = tmp_path / "im.xlsx"
    path.write_bytes(sheet("im", [IM, IM | {"number": 3, "created_at": "нет"}]))

    def said(*more: str) -> str:
        out = StringIO()
        call_command("import_messages", path, "--center", okt.center.slug, "--format", "im", *more, stdout=out)
        return out.getvalue()

    text = said("--dry-run")
    assert "Новых — 1, дополнено — 0, без изменений — 0, расхождений — 0, не внесено — 1." in text
    assert not Message.objects.exists()
    assert not MessageImport.objects.exists()  # only looked at: no file of the list
    assert "строка 2, № 2246, новое: " in said("--dry-run", "-v", "2")
    assert "строка 3, № 3, не внесено" in said()
    assert "без изменений — 1" in said()
    assert Message.objects.count() == 1
    with pytest.raises(CommandError, match="похоже на другой вид"):
        call_command("import_messages", path, "--center", okt.center.slug, "--format", "pos")
    assert MessageImport.objects.order_by("pk").last().state == "failed"  # type: ignore[union-attr]
