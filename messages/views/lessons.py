"""«Подсказки»: whether they are in use, how often they are right against the usual choice, and learning anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages as flash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from blocks.access import CenterRequest, center_page
from blocks.models import Block, Center
from mcu.clock import utc_now
from messages.models import Lesson
from messages.policies import LESSON_KEEPERS
from messages.selectors.lessons import is_asked, newest
from messages.services import lessons

_KINDS: Final = (("block", "Блок"), ("topic", "Тема"), ("recipient", "Получатель"))


@dataclass(frozen=True, slots=True)
class _Bar:
    """A share in per cent and what it is of."""

    words: str
    share: int
    tone: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """One question: how often it is answered right, and whether the desk shows it."""

    name: str
    cases: int
    helps: bool
    bars: tuple[_Bar, ...]


@dataclass(frozen=True, slots=True)
class _OfBlock:
    """Of one block: its cases; how many of those were found, how many of those named for it were its own, per cent."""

    name: str
    cases: int
    found: int | None
    right: int | None


@center_page(*LESSON_KEEPERS)
@require_http_methods(["GET", "POST"])
def suggestions(request: CenterRequest) -> HttpResponse:
    """The newest lesson in figures; POST asks the worker for a new one. Three queries."""
    if request.method == "POST":
        lessons.ask(center=request.center, actor=request.actor, now=utc_now())
        flash.success(request, "Запрошено: подсказки переучатся за несколько минут. До тех пор действуют прежние.")
        return HttpResponseRedirect(reverse("messages:lessons", args=[request.center.slug]))
    lesson = newest(request.center)
    context = {
        "lesson": lesson,
        "problem": lesson.accuracy.get("problem", "") if lesson else "",
        "asked": is_asked(request.center, lesson),
        "fewest": lessons.FEWEST,
        "kinds": _kinds(lesson) if lesson else [],
        "of_blocks": _of_blocks(request.center, lesson) if lesson else [],
    }
    return render(request, "messages/lessons.html", context)


def _kinds(lesson: Lesson) -> list[_Kind]:
    found = ((name, lesson.accuracy.get(kind) or {}) for kind, name in _KINDS)
    return [_Kind(name, told["cases"], told["helps"], _bars(told)) for name, told in found if told.get("cases")]


def _bars(told: Mapping[str, Any]) -> tuple[_Bar, ...]:
    return (
        _Bar("первая подсказка верна", _per_cent(told["top1"]), "good"),
        _Bar("верная среди первых трёх", _per_cent(told["top3"]), "three"),
        _Bar("если всегда выбирать самое частое", _per_cent(told["usual"]), "usual"),
    )


def _of_blocks(center: Center, lesson: Lesson) -> list[_OfBlock]:
    """Blocks in the order of the charter, closed ones too where cases taught them."""
    told = {label: (right, named, hits) for label, right, named, hits in lesson.accuracy.get("blocks", [])}
    names = Block.objects.filter(center=center, pk__in=map(int, told)).values_list("pk", "name") if told else []
    rows = ((name, *told[str(pk)]) for pk, name in names)
    return [
        _OfBlock(name, right, _per_cent(hits / right) if right else None, _per_cent(hits / named) if named else None)
        for name, right, named, hits in rows
    ]


def _per_cent(share: float) -> int:
    return round(100 * share)
