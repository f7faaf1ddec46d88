"""A report from the schedule's draft to the head's signature and beyond: what is signed stays as it was signed."""

from __future__ import annotations

import threading
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from blocks.roles import Role
from mcu import outbox
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox
from messages.models import Message
from reports.compose import composed
from reports.kinds import KINDS
from reports.models import Report, ReportDocument, ReportText
from reports.periods import Week, parse_week
from reports.services import files, way
from reports.services.making import make
from reports.tasks import make_reports
from tests.cast import Cast, make_oktyabrsky
from tests.reports.story import moment, tell

PROBLEMATOR = KINDS["problemator"]


def week(cast: Cast, code: str = "2026-W47") -> Week:
    return parse_week(code, cast.center.tz)


def monday(cast: Cast, at: str = "07:00") -> datetime:
    return moment(cast, f"23.11 {at}")


def draft(cast: Cast, at: str = "07:00", name: str = "") -> Report:
    now = monday(cast, at)
    actor = cast.actor(name, now) if name else cast.system
    return make(center=cast.center, kind=PROBLEMATOR, period=week(cast), now=now, actor=actor)


def write(cast: Cast, report: Report, name: str, place: str, text: str, *, block: str = "", base: int = 0) -> ReportText:
    return way.write(
        report_id=report.pk,
        place=place,
        block_id=cast.block(block).pk if block else None,
        text=text,
        base_version=base,
        actor=cast.actor(name, monday(cast)),
        now=monday(cast),
    )


def signed(cast: Cast) -> Report:
    """A report that the head has approved."""
    report = draft(cast)
    write(cast, report, "support", "summary", "Снег выпал рано.")
    way.complete(report_id=report.pk, actor=cast.actor("support", monday(cast)), now=monday(cast, "08:00"))
    return way.approve(
        report_id=report.pk,
        actor=cast.actor("head", monday(cast)),
        seen=way.read_as(report),
        without_texts=True,
        now=monday(cast, "09:00"),
    )


def told(cast: Cast, step: str) -> set[str]:
    """Who of the cast was told of a step."""
    names = {user.pk: name for name, user in cast.people.items()}
    rows = Outbox.objects.filter(kind="report", key__contains=f":{step}")
    return {names[row.user_id] for row in rows}


def test_a_draft_is_counted_anew_in_its_own_row_and_written_only_if_a_figure_changed(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    first = draft(okt, name="support")
    again = draft(okt, "08:00")
    assert (again.pk, again.made_at, again.made_by) == (first.pk, monday(okt), okt.people["support"])
    tell(okt, "im", "18.11 10:00")  # came in late
    later = draft(okt, "09:00")
    assert (later.pk, later.made_at) == (first.pk, monday(okt, "09:00"))
    assert later.figures["totals"]["received"]["now"] == 2


def test_support_completes_the_head_signs_and_presents(okt: Cast, settings: Settings) -> None:
    settings.EMAIL_ENABLED = True
    for name in ("curator", "district_head"):
        okt.people[name].email = f"{name}@example.org"
        okt.people[name].save()
    tell(okt, "im", "17.11 10:00")
    report = signed(okt)
    assert told(okt, "made") >= {"support", "roads_curator"}
    assert told(okt, "completed") == {"head"}
    assert [word["text"] for word in report.words] == ["Снег выпал рано."]
    assert report.signature["name"] == "Т. Х. Проверкин" or report.signature["name"].endswith("Проверкин")
    assert set(report.documents.values_list("format", flat=True)) == set(ReportDocument.Format.values)
    people = way.present(report_id=report.pk, actor=okt.actor("head", monday(okt)), now=monday(okt, "10:00"))
    assert set(people) == {okt.people["curator"].pk, okt.people["district_head"].pk}
    outbox.drain(now=monday(okt, "10:01"))
    letters = {letter.to[0]: letter for letter in mail.outbox if "представлен" in letter.subject}
    assert set(letters) == {"curator@example.org", "district_head@example.org"}
    name, content, kind = letters["curator@example.org"].attachments[0]
    kept = report.documents.get(format="pdf", without_names=False)
    assert (name, kind) == ("Проблематор ОКТ 2026-W47.pdf", "application/pdf")
    assert content == bytes(kept.content)
    report.refresh_from_db()
    assert report.status == Report.Status.PRESENTED
    way.seen_by(report=report, actor=okt.actor("curator", monday(okt)), now=monday(okt, "11:00"))
    way.seen_by(report=report, actor=okt.actor("curator", monday(okt)), now=monday(okt, "12:00"))
    codes = list(report.events.values_list("code", flat=True))
    assert codes == ["made", "text", "completed", "approved", "presented", "read"]


def test_what_is_signed_stays_whatever_happens_to_the_cases(okt: Cast) -> None:
    story = tell(okt, "im", "17.11 10:00")
    report = signed(okt)
    head = okt.actor("head", monday(okt))
    before = {form: files.document_of(report=report, form=form, actor=head) for form in ReportDocument.Format.values}
    figures = report.figures
    story.redirect("24.11 09:00")
    tell(okt, "im", "18.11 10:00")
    Message.objects.filter(pk=story.message.pk).update(topic=None, settlement=None)
    okt.center.name = "Переименованный центр"
    okt.center.save()
    fresh = Report.objects.select_related("center", "source").get(pk=report.pk)
    assert fresh.figures == figures
    assert composed(fresh).heading.center != okt.center.name
    after = {form: files.document_of(report=fresh, form=form, actor=head) for form in ReportDocument.Format.values}
    assert after == before
    with pytest.raises(WrongState, match="уже утверждён"):
        draft(okt, "12:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("figures", {}),
        ("words", []),
        ("signature", {}),
        ("status", "draft"),
        ("version", 9),
        ("correction", "Иначе"),
        ("period_end", date(2026, 12, 7)),
        ("kind", "note"),
        ("approved_by", None),
    ],
)
def test_the_database_itself_keeps_what_is_signed(okt: Cast, field: str, value: Any) -> None:
    tell(okt, "im", "17.11 10:00")
    report = signed(okt)
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(**{field: value})
    with pytest.raises(DatabaseError), transaction.atomic():
        report.documents.update(content=b"")
    with pytest.raises(DatabaseError), transaction.atomic():
        report.texts.update(text="Иначе")
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("DELETE FROM reports_report WHERE id = %s", [report.pk])


def test_a_correction_is_a_new_version_and_the_signed_one_holds_until_it_is_signed(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    first = signed(okt)
    head = okt.actor("head", monday(okt))
    pdf = files.document_of(report=first, form="pdf", actor=head)
    with pytest.raises(Invalid, match="что исправляется"):
        way.correct(report_id=first.pk, reason=" ", actor=head, now=monday(okt, "10:00"))
    second = way.correct(report_id=first.pk, reason="Пришли сообщения за среду.", actor=head, now=monday(okt, "10:00"))
    with pytest.raises(WrongState, match="уже начата"):
        way.correct(report_id=first.pk, reason="Ещё раз", actor=head, now=monday(okt, "10:00"))
    tell(okt, "im", "18.11 10:00")
    second = draft(okt, "10:05")
    assert (second.version, second.figures["totals"]["received"]["now"]) == (2, 2)
    assert second.texts.get().text == "Снег выпал рано."
    assert Report.objects.current().count() == 2
    way.approve(report_id=second.pk, actor=head, seen=way.read_as(second), without_texts=True, now=monday(okt, "11:00"))
    assert [row.version for row in Report.objects.current()] == [2]
    first = Report.objects.select_related("center", "source").get(pk=first.pk)
    assert files.document_of(report=first, form="pdf", actor=head) == pdf


def test_two_who_write_one_text_lose_nothing(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    write(okt, report, "roads_curator", "causes", "Не хватает техники.", block="roads")
    with pytest.raises(Conflict, match="не потерян"):
        write(okt, report, "support", "causes", "Гололёд.", block="roads")
    merged = write(okt, report, "support", "causes", "Не хватает техники, гололёд.", block="roads", base=1)
    assert (merged.version, merged.by) == (2, okt.people["support"])


def test_the_head_signs_no_words_he_has_not_read(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    write(okt, report, "support", "summary", "Было тихо.")
    way.complete(report_id=report.pk, actor=okt.actor("support", monday(okt)), now=monday(okt))
    seen, head = way.read_as(report), okt.actor("head", monday(okt))
    write(okt, report, "support", "summary", "Было громко.", base=1)
    with pytest.raises(WrongState, match="дописали"):
        way.approve(report_id=report.pk, actor=head, seen=seen, without_texts=True, now=monday(okt))


def test_whoever_is_head_on_the_day_of_signing_signs_in_his_own_post(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    okt.add("head2", Role.HEAD, since=date(2026, 11, 25))  # after the draft was counted
    later = moment(okt, "26.11 09:00")
    head = okt.actor("head2", later)
    report = way.approve(report_id=report.pk, actor=head, seen=way.read_as(report), without_texts=True, now=later)
    assert report.signature["post"] == "Должность head2"
    assert report.signature["name"] == okt.people["head2"].signed_name


def test_a_report_without_its_main_words_goes_on_only_on_purpose(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    support, head = okt.actor("support", monday(okt)), okt.actor("head", monday(okt))
    with pytest.raises(Invalid, match="«Главное за неделю»"):
        way.complete(report_id=report.pk, actor=support, now=monday(okt))
    write(okt, report, "support", "summary", "Было тихо.")
    way.complete(report_id=report.pk, actor=support, now=monday(okt))
    with pytest.raises(Invalid, match="«Анализ и выводы руководителя»"):
        way.approve(report_id=report.pk, actor=head, seen=way.read_as(report), now=monday(okt))
    write(okt, report, "head", "analysis", "Принять к сведению.")
    way.approve(report_id=report.pk, actor=head, seen=way.read_as(report), now=monday(okt))


def test_a_replaced_version_is_neither_presented_nor_corrected(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    first, head = signed(okt), okt.actor("head", monday(okt))
    way.correct(report_id=first.pk, reason="Пришли ещё.", actor=head, now=monday(okt, "10:00"))
    second = draft(okt, "10:05")
    way.approve(report_id=second.pk, actor=head, seen=way.read_as(second), without_texts=True, now=monday(okt, "11:00"))
    with pytest.raises(WrongState, match="заменена"):
        way.present(report_id=first.pk, actor=head, now=monday(okt, "12:00"))
    with pytest.raises(WrongState, match="заменена"):
        way.correct(report_id=first.pk, reason="Ещё раз.", actor=head, now=monday(okt, "12:00"))


def test_an_observer_reads_neither_writers_nor_numbers_of_cases_in_texts(okt: Cast) -> None:
    story = tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    write(okt, report, "support", "summary", f"Громче всего {story.message.number}, двор без света.")
    way.approve(
        report_id=report.pk, actor=okt.actor("head", monday(okt)), seen=way.read_as(report), without_texts=True, now=monday(okt)
    )
    report = Report.objects.select_related("center", "source").get(pk=report.pk)
    given = {
        name: files.document_of(report=report, form="csv", actor=okt.actor(name, monday(okt))).decode()
        for name in ("observer", "curator")
    }
    writer = okt.people["support"].short_name
    assert story.message.number in given["curator"]
    assert writer in given["curator"]
    assert "Громче всего дело" in given["observer"]
    assert writer not in given["observer"]


def test_who_writes_where(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    for name, place, block in (
        ("roads_curator", "causes", "housing"),
        ("roads_curator", "summary", ""),
        ("roads", "causes", "roads"),
        ("support", "analysis", ""),
        ("im", "summary", ""),
        ("curator", "analysis", ""),
    ):
        with pytest.raises(NotAllowed):
            write(okt, report, name, place, "Слова.", block=block)
    with pytest.raises(NotFound):
        write(okt, report, "support", "нет-такого", "Слова.")
    with pytest.raises(NotFound):
        write(okt, report, "district_head", "analysis", "Слова.")  # he reads what is signed
    with pytest.raises(Invalid, match="Слишком длинно"):
        write(okt, report, "support", "summary", "а" * 20_001)
    assert not report.texts.exists()


def test_nothing_is_written_to_a_signed_report(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = signed(okt)
    with pytest.raises(WrongState, match="скопируйте"):
        write(okt, report, "support", "summary", "Дополнение.", base=1)


def test_the_head_returns_with_a_remark(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    support, head = okt.actor("support", monday(okt)), okt.actor("head", monday(okt))
    with pytest.raises(WrongState):
        way.give_back(report_id=report.pk, remark="Рано", actor=head, now=monday(okt))
    way.complete(report_id=report.pk, actor=support, without_texts=True, now=monday(okt))
    with pytest.raises(WrongState, match="верните его на доработку"):
        draft(okt, "08:00", name="support")
    with pytest.raises(Invalid, match="что доработать"):
        way.give_back(report_id=report.pk, remark="", actor=head, now=monday(okt))
    way.give_back(report_id=report.pk, remark="Нет причин по дорогам.", actor=head, now=monday(okt))
    assert told(okt, "returned") == {"support"}
    assert not Outbox.objects.filter(body__contains="Нет причин").exists()  # the remark may name people: it stays inside
    way.complete(report_id=report.pk, actor=support, without_texts=True, now=monday(okt, "08:00"))
    way.give_back(report_id=report.pk, remark="", actor=support, now=monday(okt, "08:05"))  # taken back by support itself
    report.refresh_from_db()
    assert report.status == Report.Status.DRAFT


def test_the_head_signs_only_what_he_has_read(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00")
    report = draft(okt)
    seen = way.read_as(report)
    tell(okt, "im", "18.11 10:00")
    draft(okt, "08:00")
    head = okt.actor("head", monday(okt))
    with pytest.raises(WrongState, match="пересчитали"):
        way.approve(report_id=report.pk, actor=head, seen=seen, without_texts=True, now=monday(okt, "09:00"))
    for name in ("support", "curator", "roads_curator"):
        with pytest.raises(NotAllowed):
            way.approve(report_id=report.pk, actor=okt.actor(name, monday(okt)), seen=seen, now=monday(okt))
    report.refresh_from_db()
    assert report.status == Report.Status.DRAFT


def test_who_may_not_make_and_when_not(okt: Cast, kor: Cast) -> None:
    for name in ("curator", "roads", "im", "observer", "tech", "district_head"):
        with pytest.raises(NotAllowed):
            draft(okt, name=name)
    with pytest.raises(Invalid, match="ещё не закончил"):
        make(
            center=okt.center,
            kind=PROBLEMATOR,
            period=week(okt, "2026-W48"),
            now=monday(okt),
            actor=okt.system,
        )
    with pytest.raises(NotAllowed):
        make(
            center=okt.center,
            kind=PROBLEMATOR,
            period=week(okt),
            now=monday(okt),
            actor=kor.actor("head", monday(okt)),
        )
    assert not Report.objects.exists()


def test_beat_makes_what_is_due_in_both_centers_and_catches_up(okt: Cast, kor: Cast) -> None:
    tell(okt, "im", "10.11 10:00")
    tell(kor, "im", "17.11 10:00")
    made = Report.objects.filter(kind="problemator", made_at__isnull=False).order_by("made_at", "pk")
    with time_machine.travel(moment(okt, "16.11 07:00"), tick=False):
        make_reports()
    assert [(row.center.slug, row.week) for row in made.all()] == [("oktyabrsky", "2026-W46")]
    with time_machine.travel(moment(okt, "3.12 15:00"), tick=False):  # two Mondays were missed
        make_reports()
        assert make_reports() == 0
    assert sorted((row.center.slug, row.week, row.made_by) for row in made.all()) == [
        ("korsakovsky", "2026-W48", None),
        ("oktyabrsky", "2026-W46", None),
        ("oktyabrsky", "2026-W47", None),
        ("oktyabrsky", "2026-W48", None),
    ]


def test_a_center_without_messages_reports_nothing(okt: Cast) -> None:
    with time_machine.travel(moment(okt, "23.11 09:00"), tick=False):
        assert make_reports() == 0


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one() -> None:
    okt = make_oktyabrsky()
    tell(okt, "im", "17.11 10:00")
    together, made, problems = threading.Barrier(2), [], []

    def beat() -> None:
        try:
            together.wait(timeout=30)
            made.append(draft(okt).pk)
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
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)
    report = Report.objects.get()
    assert report.events.filter(code="made").count() == 1
