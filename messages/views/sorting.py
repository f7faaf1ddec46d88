"""«Разбор»: list, letter and decision side by side. A decision opens the next case by itself.

Every address works as a whole page; a htmx request gets the part that changes: the letter with its decision, or the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from blocks.access import CenterRequest, center_page
from blocks.selectors.frame import at_most
from mcu.clock import utc_now
from mcu.errors import DomainError, NotFound, WrongState
from mcu.errors_pages import typed_in
from mcu.keyset import page
from mcu.middleware import status_of
from messages import forms, policies
from messages.forms.refusing import blame
from messages.forms.sorting import HandOverForm
from messages.models import Message
from messages.selectors.case import Lists
from messages.selectors.orders import NEAREST_TERM
from messages.selectors.sorting import SORTERS, Waiting, choices_of, find, for_lines, lines_of, number_after, to_sort, waiting
from messages.services import merging, routing, sorting
from messages.views.sorting_sheet import KEYS, SIDE_FORMS, Failed, sheet
from messages.workflow import State

_NUMBER: Final = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True, slots=True)
class Decision:
    """How the desk makes one step: its service, what is said when done, and the step that takes it back."""

    service: Callable[..., Message]
    done: str
    back: str = "take_back"


DECISIONS: Final = {
    "assign": Decision(sorting.hand_over, "передано в блок"),
    "redirect": Decision(routing.redirect, "переадресовано"),
    "dismiss": Decision(routing.dismiss, "оставлено без ответа"),
    "merge": Decision(merging.merge, "объединено", back="split"),
}
UNDO: Final = {"take_back": routing.take_back, "split": merging.split}


@dataclass(frozen=True, slots=True)
class Said:
    """The line over the letter: what was done last and how to take it back, or why nothing was done."""

    words: str
    number: str = ""
    back: str = ""
    calm: bool = False  # a colleague was faster: nothing of this person's work was done or lost
    typed: tuple[str, ...] = ()


@vary_on_headers("HX-Request", "HX-Target")  # else the browser's «back» shows a fragment from its cache
@center_page(*SORTERS)
@require_GET
def desk(request: CenterRequest, number: str = "") -> HttpResponse:
    """The desk with one case open: the one named, else the first of the list. htmx asks for the case or the list alone."""
    if _target(request) == "queue":
        return render(request, "messages/_sorting_list.html", _queue(request))
    if not number:
        return _whole(request, None)
    message = find(actor=request.actor, number=number)
    if message is None or not _waits(request, message):
        return _next(request, message, Said(_gone(number, message), calm=True))
    return _fragment(request, message) if _target(request) else _whole(request, message)


@center_page(*SORTERS)
@require_POST
def decide(request: CenterRequest, number: str, step: str) -> HttpResponse:
    """Make a decision and open the next case. What is refused comes back with all that was typed."""
    if step in UNDO:
        return _undo(request, number, step)
    if step not in DECISIONS:
        raise Http404
    message = find(actor=request.actor, number=number)
    if message is None or not _waits(request, message):
        return _late(request, number, message)
    form, chosen = _form(request, step, message), DECISIONS[step]
    if not form.is_valid():
        return _again(request, message, Failed(step, form), status=400)
    try:
        done = chosen.service(message_id=message.pk, actor=request.actor, now=utc_now(), **form.values())
    except (WrongState, NotFound):
        return _late(request, number, message)
    except DomainError as error:
        blame(form, error)
        return _again(request, message, Failed(step, form), status=status_of(error))
    where = f" «{done.block.short}»" if step == "assign" and done.block else ""
    return _next(request, message, Said(f"{number.upper()} {chosen.done}{where}.", number=number.upper(), back=chosen.back))


def _late(request: CenterRequest, number: str, message: Message | None) -> HttpResponse:
    """A colleague was faster: a calm line, the next case, and what was typed."""
    words = _gone(number, find(actor=request.actor, number=number))
    return _next(request, message, Said(words, calm=True, typed=tuple(typed_in(request))))


def _undo(request: CenterRequest, number: str, step: str) -> HttpResponse:
    """Take the last decision back: the case stands on the desk again."""
    message = find(actor=request.actor, number=number)
    if message is None:
        raise NotFound("Дело вам уже не видно: назад его возьмёт тот, у кого оно сейчас.")
    try:
        UNDO[step](message_id=message.pk, actor=request.actor, now=utc_now())
    except DomainError as error:
        return _stay(request, Said(error.message))
    said = Said(f"{message.number} взято назад и снова на разборе.")
    again = find(actor=request.actor, number=number)
    if again is None or not _waits(request, again):
        return _next(request, message, said)
    if _target(request):
        return _fragment(request, again, said)
    flash.success(request, said.words)
    return HttpResponseRedirect(_address(request, again.number))


def _stay(request: CenterRequest, said: Said) -> HttpResponse:
    """The case that was open meanwhile, with words over it."""
    number = request.POST.get("open", "")
    message = find(actor=request.actor, number=number) if number else None
    if message and _waits(request, message):
        return _fragment(request, message, said) if _target(request) else _whole(request, message, said=said, status=409)
    return _next(request, None, said)


def _form(request: CenterRequest, step: str, message: Message) -> forms.StepForm:
    if step == "assign":
        return HandOverForm(request.POST, message=message, choices=choices_of(message, request.center, utc_now()))
    return SIDE_FORMS[step](request.POST, message=message, lists=Lists(), prefix_id=f"{step}_")


def _again(request: CenterRequest, message: Message, failed: Failed, *, status: int) -> HttpResponse:
    """The same case with what was typed and what is wrong with it."""
    if _target(request):
        return _fragment(request, message, failed=failed, status=status)
    return _whole(request, message, failed=failed, status=status)


def _next(request: CenterRequest, message: Message | None, said: Said) -> HttpResponse:
    """The case after this one in the list. Without the script by a redirect, that a reload does nothing again."""
    number = number_after(request.actor, message.next_due_at, message.pk) if message else number_after(request.actor)
    if _target(request):
        following = find(actor=request.actor, number=number) if number else None
        return _fragment(request, following, said, gone=message.pk if message else 0)
    if said.typed:  # what was typed must not be lost: a page, not a redirect
        following = find(actor=request.actor, number=number) if number else None
        return _whole(request, following, said=said, status=409)
    level = flash.WARNING if said.calm else flash.SUCCESS if said.back else flash.ERROR
    flash.add_message(request, level, said.words)
    query = urlencode({"done": said.number, "back": said.back}) if said.back else ""
    return HttpResponseRedirect(f"{_address(request, number)}?{query}".rstrip("?"))


def _whole(
    request: CenterRequest,
    message: Message | None,
    *,
    failed: Failed | None = None,
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with its list; ``message`` is open, or the first of the list."""
    context = _queue(request, message)
    rows: list[Waiting] = context["rows"]
    if message is None and rows:
        message = find(actor=request.actor, number=rows[0].number)
    row = next((row for row in (*rows, context["own"]) if message and row and row.pk == message.pk), None)
    context |= {"said": said or _done_before(request), "total": waiting(request.actor), "page_keys": KEYS}
    context |= sheet(request, message, row, failed=failed) if message and row else {}
    return render(request, "messages/sorting.html", context, status=status)


def _fragment(
    request: CenterRequest,
    message: Message | None,
    said: Said | None = None,
    *,
    failed: Failed | None = None,
    gone: int = 0,
    status: int = 200,
) -> HttpResponse:
    """The letter with its decision, the line of what was done, the number of those left; ``gone`` leaves the list."""
    total = waiting(request.actor)
    context: dict[str, Any] = {"said": said, "gone": gone, "total": total, "desk_url": _address(request)}
    context["rail_total"] = at_most(total) or ""
    if message:
        (row,) = lines_of([message], actor=request.actor, now=utc_now())
        context |= sheet(request, message, row, failed=failed)
    answer = render(request, "messages/_sorting_part.html", context, status=status)
    answer.headers["X-Sorting"] = "part"  # tells the script a part of the desk from a page of errors or of signing in
    answer.headers["HX-Replace-Url"] = _address(request, message.number if message else "") + _place(request)
    return answer


def _queue(request: CenterRequest, open_: Message | None = None) -> dict[str, Any]:
    """The list by the nearest term, and the row of the open case where it stands on another page of it. Two queries."""
    query = request.GET
    found = page(for_lines(to_sort(request.actor)), NEAREST_TERM, after=query.get("after", ""), before=query.get("before", ""))
    listed = [*found.items, *([open_] if open_ and open_ not in found.items else [])]
    rows = lines_of(listed, actor=request.actor, now=utc_now())
    desk_url = _address(request)
    return {
        "rows": rows[: len(found.items)],
        "own": rows[-1] if len(rows) > len(found.items) else None,
        "desk_url": desk_url,
        "place": _place(request),
        "newer_url": f"{desk_url}?{urlencode({'before': found.newer})}" if found.newer else "",
        "older_url": f"{desk_url}?{urlencode({'after': found.older})}" if found.older else "",
    }


def _waits(request: CenterRequest, message: Message) -> bool:
    return message.state == State.RECEIVED and bool(policies.may(request.actor, "assign", message))


def _gone(number: str, message: Message | None) -> str:
    """A colleague was faster, or the case is somebody else's: in words, no alarm."""
    if message is None:
        return f"{number.upper()} уже не среди ваших: его передали или оно у других. Открыто следующее."
    where = f", блок «{message.block.short}»" if message.block else ""
    return f"{message.number} разбирать уже не нужно: «{State(message.state).label}»{where}. Открыто следующее."


def _done_before(request: CenterRequest) -> Said | None:
    """After a decision without the script: the button that takes it back; the words stand in the flash message."""
    number, back = request.GET.get("done", ""), request.GET.get("back", "")
    return Said("", number=number, back=back) if _NUMBER.fullmatch(number) and back in UNDO else None


def _address(request: CenterRequest, number: str = "") -> str:
    return reverse("messages:sorting", args=[request.center.slug, *([number] if number else [])])


def _place(request: CenterRequest) -> str:
    """The list's cursor in the address that the person sees, so that a reload gives the same page of the list."""
    htmx = getattr(request, "htmx", None)
    query = QueryDict(urlsplit(htmx.current_url or "").query) if htmx else request.GET
    kept = {key: query[key] for key in ("after", "before") if query.get(key)}
    return f"?{urlencode(kept)}" if kept else ""


def _target(request: CenterRequest) -> str:
    """Which part of the page htmx asks for; empty for a whole page."""
    htmx = getattr(request, "htmx", None)
    return str(htmx.target or "work") if htmx else ""
