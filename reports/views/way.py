"""What people do with a report: write its texts, hand it over, return, sign, present, correct."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import Block
from mcu.clock import utc_now
from mcu.errors import Conflict, DomainError, Invalid, NotAllowed
from mcu.text import ended
from reports import policies, selectors, wording
from reports.compose import title_of
from reports.kinds import Place
from reports.models import Report
from reports.services import way
from reports.views.addresses import Address, address_of, number_of, version_of


@require_http_methods(["GET", "HEAD", "POST"])
@center_page()
def text(request: CenterRequest, kind: str, code: str, place: str) -> HttpResponse:
    """Write the text of one place; what a colleague wrote meanwhile is shown beside one's own words."""
    where, found, spot = _spot(request, kind, code, place)
    block = _block(request, spot)
    verdict = policies.may_write(request.actor, spot, block_id=block.pk if block else None, source_id=found.source_id)
    if not verdict:
        raise NotAllowed(verdict.reason)
    written = found.texts.select_related("by").filter(place=spot.code, block=block).first()
    context: dict[str, Any] = {
        "report": found,
        "title": title_of(found),
        "period": wording.period(where.period),
        "place": spot,
        "of_block": block,
        "address": where.address,
        "text": written.text if written else "",
        "version": written.version if written else 0,
        "written": written,
    }
    if request.method != "POST":
        return render(request, "reports/text.html", context)
    typed = request.POST.get("text", "")
    try:
        way.write(
            report_id=found.pk,
            place=spot.code,
            block_id=block.pk if block else None,
            text=typed,
            base_version=number_of(request.POST.get("version", "")),
            actor=request.actor,
            now=utc_now(),
        )
    except Conflict as error:
        return render(
            request, "reports/text.html", context | {"text": typed, "problem": error.message, "both": True}, status=409
        )
    except Invalid as error:
        return render(request, "reports/text.html", context | {"text": typed, "problem": error.message}, status=400)
    flash.success(request, f"Раздел «{spot.title}» записан.")
    return redirect(f"{where.address}#{spot.code}")


@require_POST
@center_page()
def step(request: CenterRequest, kind: str, code: str, name: str) -> HttpResponse:
    """A step of the way: complete, return, approve, present, correct."""
    where = address_of(request, kind, code)
    found = selectors.report_of(where, actor=request.actor, version=version_of(request))
    if found is None or name not in _STEPS:
        raise Http404
    try:
        said = _STEPS[name](request, found)
    except DomainError as error:
        flash.error(request, error.message)
    else:
        flash.success(request, said)
    return redirect(where.address)


def _complete(request: CenterRequest, report: Report) -> str:
    way.complete(report_id=report.pk, actor=request.actor, without_texts=bool(request.POST.get("without_texts")), now=utc_now())
    return "Отчёт передан руководителю Центра."


def _return(request: CenterRequest, report: Report) -> str:
    way.give_back(report_id=report.pk, remark=request.POST.get("remark", ""), actor=request.actor, now=utc_now())
    return "Отчёт возвращён на доработку."


def _approve(request: CenterRequest, report: Report) -> str:
    way.approve(
        report_id=report.pk,
        actor=request.actor,
        seen=request.POST.get("seen", ""),
        without_texts=bool(request.POST.get("without_texts")),
        now=utc_now(),
    )
    return "Отчёт утверждён: показатели и тексты больше не меняются. Представьте его куратору и главе."


def _present(request: CenterRequest, report: Report) -> str:
    people = way.present(report_id=report.pk, actor=request.actor, now=utc_now())
    names = selectors.names_of(people)
    if not names:
        return "Отчёт представлен. Адресатов в составе Центра сейчас нет."
    return ended(f"Отчёт представлен: {', '.join(names)}")


def _correct(request: CenterRequest, report: Report) -> str:
    fresh = way.correct(report_id=report.pk, reason=request.POST.get("reason", ""), actor=request.actor, now=utc_now())
    return f"Начата исправленная версия {fresh.version}. Прежняя остаётся в силе, пока новая не утверждена."


_STEPS = {"complete": _complete, "return": _return, "approve": _approve, "present": _present, "correct": _correct}


def _spot(request: CenterRequest, kind: str, code: str, place: str) -> tuple[Address, Report, Place]:
    where = address_of(request, kind, code)
    spot = where.kind.place(place)
    found = selectors.report_of(where, actor=request.actor, version=None)
    if spot is None or found is None:
        raise Http404
    return where, found, spot


def _block(request: CenterRequest, place: Place) -> Block | None:
    if not place.by_block:
        return None
    block = Block.objects.filter(center=request.center, pk=number_of(request.GET.get("block", ""))).first()
    if block is None:
        raise Http404
    return block
