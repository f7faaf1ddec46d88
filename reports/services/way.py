"""The way of a report (ОКТ Пол. 3.3, 3.6): words are written to the draft, support completes it, the head signs and presents.

With the approval figures and words freeze; a correction is a new version that goes the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Block
from mcu import uploads
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from mcu.text import clean_text, ended
from messages.policies import Verdict
from reports import policies
from reports.compose import composed, file_name, searchable, signature_of, words_of
from reports.kinds import KINDS, plan_of
from reports.models import Report, ReportDocument, ReportText
from reports.services import files, told
from reports.services.history import record

MAX_TEXT: Final = 20_000
MAX_WORDS: Final = 5000
_Status = Report.Status


@transaction.atomic
def write(
    *, report_id: int, place: str, block_id: int | None = None, text: str, base_version: int, actor: Actor, now: datetime
) -> ReportText:
    """Write the text of a place. ``base_version`` is the one the writer began from: a newer one is a Conflict, and his words
    come back to him with it. Raises WrongState once the report is signed."""
    report = _locked(report_id, actor)
    kind = KINDS[report.kind]
    where = kind.place(place)
    if where is None or where.by_block != (block_id is not None):
        raise NotFound("Такого раздела в этом отчёте нет.")
    block = Block.objects.filter(pk=block_id, center_id=report.center_id).first() if block_id is not None else None
    if block_id is not None and block is None:
        raise NotFound("Такого блока в этом Центре нет.")
    _demand(policies.may_write(actor, where, block_id=block_id, source_id=report.source_id))
    if not _is_open(report):
        raise WrongState(_signed_words(report) + " Ваш текст не записан: скопируйте его, если он нужен.")
    words = clean_text(text)
    if len(words) > MAX_TEXT:
        problem = f"Слишком длинно: {len(words)} знаков, можно не больше {MAX_TEXT}. Текст не записан."
        raise Invalid(problem, {"text": problem})
    found = ReportText.objects.select_related("by").filter(report=report, place=place, block=block).first()
    if (found.version if found else 0) != base_version:
        raise Conflict(
            "Пока вы писали, этот раздел изменил(а) "
            f"{ended(found.by.short_name if found else 'коллега')} Ваш текст не потерян: он ниже; соедините оба и запишите."
        )
    if found is None:
        found = ReportText(report=report, place=place, block=block, version=0)
    if found.text != words:
        found.text, found.by_id, found.at, found.version = words, actor.user_id or 0, now, found.version + 1
        found.save()
        record(
            report=report, code="text", actor=actor, now=now, data={"place": place, "block": block_id, "version": found.version}
        )
    return found


@transaction.atomic
def complete(*, report_id: int, actor: Actor, without_texts: bool = False, now: datetime) -> Report:
    """Hand the draft to the head (ОКТ Пол. 3.6). Texts that are asked for by then are written, or left out on purpose."""
    report = _locked(report_id, actor)
    verdict = _demand(policies.may_make(actor, plan_of(report.center, KINDS[report.kind]), report.source_id))
    _demand_status(report, _Status.DRAFT)
    if report.made_at is None:
        raise WrongState("Отчёт ещё не посчитан. Подождите минуту и обновите страницу.")
    _demand_texts(report, unwritten(report, ("complete",)), without_texts)
    report.status, report.completed_at, report.completed_by_id = _Status.COMPLETED, now, actor.user_id
    report.save()
    record(report=report, code="completed", actor=actor, now=now, grant=verdict.grant)
    told.completed(report, actor=actor, now=now)
    return report


@transaction.atomic
def give_back(*, report_id: int, remark: str, actor: Actor, now: datetime) -> Report:
    """The head returns the report with a remark, or whoever completed it takes it back."""
    report = _locked(report_id, actor)
    verdict = policies.may_sign(actor)
    if not verdict and actor.user_id != report.completed_by_id:
        raise NotAllowed(verdict.reason)
    _demand_status(report, _Status.COMPLETED)
    words = clean_text(remark)
    if verdict and actor.user_id != report.completed_by_id and not words:
        problem = "Напишите, что доработать: без этого вернуть нельзя."
        raise Invalid(problem, {"remark": problem})
    report.status = _Status.DRAFT
    report.save()
    record(report=report, code="returned", actor=actor, now=now, grant=verdict.grant, note=words[:MAX_WORDS])
    told.returned(report, actor=actor, now=now)
    return report


@transaction.atomic
def approve(*, report_id: int, actor: Actor, seen: str, without_texts: bool = False, now: datetime) -> Report:
    """The head signs: figures and words freeze, the documents are made and kept. ``seen`` is what he read (``read_as``).

    The head may sign a draft nobody has completed. Raises WrongState if figures or words have changed since.
    """
    report = _locked(report_id, actor)
    verdict = _demand(policies.may_sign(actor))
    if not _is_open(report):
        raise WrongState(_signed_words(report) + " Ничего не сделано.")
    if report.made_at is None:
        raise WrongState("Отчёт ещё не посчитан. Подождите минуту и обновите страницу.")
    if seen != read_as(report):
        raise WrongState("Пока страница была открыта, отчёт пересчитали или дописали. Прочтите его снова и утвердите.")
    _demand_texts(report, unwritten(report, ("complete", "approve")), without_texts)
    report.words = words_of(report)
    report.signature = signature_of(report, day=now.astimezone(report.center.tz).date(), signer_id=actor.user_id)
    report.status, report.approved_at, report.approved_by_id = _Status.APPROVED, now, actor.user_id
    report.asked_at = report.asked_by = None
    report.content = searchable(composed(report))
    report.save()
    mine = Report.objects.filter(
        center=report.center,
        kind=report.kind,
        period_start=report.period_start,
        source=report.source,
        version__lt=report.version,
    )
    mine.filter(replaced_at__isnull=True).update(replaced_at=now)
    files.keep(report, now=now)
    record(report=report, code="approved", actor=actor, now=now, grant=verdict.grant, data={"digest": report.digest})
    return report


@transaction.atomic
def present(*, report_id: int, actor: Actor, now: datetime) -> list[int]:
    """Present the signed report to those whom the charter names: a letter with the PDF, and in the program. Their ids."""
    report = _locked(report_id, actor)
    verdict = _demand(policies.may_sign(actor))
    _demand_status(report, _Status.APPROVED)
    _demand_in_force(report)
    pdf = report.documents.get(format=ReportDocument.Format.PDF, without_names=False)
    report.status, report.presented_at, report.presented_by_id = _Status.PRESENTED, now, actor.user_id
    report.save()
    with uploads.stored_bytes(bytes(pdf.content)) as path:
        people = told.presented(report, actor=actor, now=now, path=path, name=file_name(report, "pdf"))
        record(report=report, code="presented", actor=actor, now=now, grant=verdict.grant, data={"to": people})
    return people


@transaction.atomic
def correct(*, report_id: int, reason: str, actor: Actor, now: datetime) -> Report:
    """Begin a corrected version of a signed report: counted anew, with its words; the signed one stays in force until then."""
    report = _locked(report_id, actor)
    verdict = _demand(policies.may_make(actor, plan_of(report.center, KINDS[report.kind]), report.source_id))
    if not report.is_signed:
        raise WrongState("Отчёт ещё не утверждён: исправляйте сам черновик.")
    _demand_in_force(report)
    words = clean_text(reason)[:MAX_WORDS]
    if not words:
        problem = "Напишите, что исправляется: это станет первой строкой новой версии."
        raise Invalid(problem, {"reason": problem})
    family = Report.objects.filter(
        center=report.center, kind=report.kind, period_start=report.period_start, source=report.source
    )
    if opened := family.filter(status__in=Report.OPEN).first():
        raise WrongState(f"Исправленная версия {opened.version} уже начата: откройте её.")
    latest = family.order_by("-version").first() or report
    fresh = Report.objects.create(
        center=report.center,
        kind=report.kind,
        source=report.source,
        period_start=report.period_start,
        period_end=report.period_end,
        version=latest.version + 1,
        correction=words,
        asked_at=now,
        asked_by_id=actor.user_id,
    )
    ReportText.objects.bulk_create(
        ReportText(report=fresh, place=row.place, block_id=row.block_id, text=row.text, by_id=row.by_id, at=row.at)
        for row in report.texts.all()
    )
    record(report=fresh, code="corrected", actor=actor, now=now, grant=verdict.grant, note=words, data={"of": report.version})
    return fresh


def read_as(report: Report) -> str:
    """What stands in the report, figures and words, as one word: a page keeps it to learn that something has changed."""
    words = [f"{place}.{block or 0}.{version}" for place, block, version in sorted(_texts(report), key=str)]
    return hashlib.sha256(" ".join([report.digest, *words]).encode()).hexdigest()


def _texts(report: Report) -> Iterable[tuple[str, int | None, int]]:
    return report.texts.values_list("place", "block_id", "version")


def unwritten(report: Report, steps: tuple[str, ...]) -> list[str]:
    """Titles of the texts that are asked for by these steps and not written. One query."""
    asked = [place for place in KINDS[report.kind].places if place.asked_for in steps]
    written = set(report.texts.exclude(text="").values_list("place", flat=True))
    return [place.title for place in asked if place.code not in written]


def seen_by(*, report: Report, actor: Actor, now: datetime) -> None:
    """Keep that the report was read: once a person, by those to whom it was presented."""
    reader = actor.user_id if report.status == _Status.PRESENTED else None
    if reader is None or reader == report.presented_by_id:
        return
    if not report.events.filter(code="read", user_id=reader).exists():
        record(report=report, code="read", actor=actor, now=now)


def _demand_in_force(report: Report) -> None:
    if report.replaced_at is not None:
        raise WrongState("Эта версия заменена исправленной. Откройте действующую: она в «Отчётах».")


def _demand_texts(report: Report, lacking: list[str], without: bool) -> None:
    if lacking and not without:
        names = ", ".join(f"«{title}»" for title in lacking)
        problem = f"Не написано: {names}. Напишите или отметьте рядом с кнопкой, что отчёт пойдёт без этого."
        raise Invalid(problem, {"without_texts": problem})


def _locked(report_id: int, actor: Actor) -> Report:
    found = (
        Report.objects.select_for_update(of=("self",), no_key=True)
        .select_related("center", "source")
        .filter(pk=report_id, center_id=actor.center_id)
        .first()
    )
    if found is None or not policies.may_see(actor, found):
        raise NotFound("Такого отчёта нет среди тех, что вам видны.")
    return found


def _demand(verdict: Verdict) -> Verdict:
    if not verdict:
        raise NotAllowed(verdict.reason)
    return verdict


def _demand_status(report: Report, status: str) -> None:
    if report.status != status:
        raise WrongState(
            f"Отчёт сейчас в состоянии «{report.get_status_display()}»: пока страница была открыта, его изменили. "
            "Ничего не сделано."
        )


def _is_open(report: Report) -> bool:
    return report.status in Report.OPEN


def _signed_words(report: Report) -> str:
    at = report.approved_at
    return f"Отчёт утверждён {at.astimezone(report.center.tz):%d.%m.%Y в %H:%M}." if at else "Отчёт утверждён."
