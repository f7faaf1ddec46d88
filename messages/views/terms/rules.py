"""«Правила»: by which rules terms are counted, changing one after a look at the open cases, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import DeadlineRule, Source
from blocks.policies import MEMBERS
from blocks.roles import Role
from mcu.clock import utc_now
from mcu.errors import Conflict, DomainError, Invalid
from mcu.middleware import status_of
from messages import policies
from messages.forms.rules import Ladder, NewRuleForm, RuleForm, ladder_initial, rule_initial, values_of
from messages.models import RuleChange
from messages.selectors.case import lists_of
from messages.selectors.terms import rule_words as said
from messages.selectors.terms import rules as found_in
from messages.services.recount import Move
from messages.services.rule_changes import Wish, change_rule, done_already, look
from messages.services.rule_scope import Pair, Preview
from messages.services.rule_values import MOST_RUNGS

KEEPERS: Final = (Role.HEAD, Role.SUPPORT)
_NEW: Final = {
    "kind": "answer",
    "regime": "message",
    "basis": "default",
    "unit": "working_days",
    "starts_on": "received",
    "day_count": "from_next_day",
    "on_day_off": "as_is",
    "warn_shares": "50, 80",
}
_BUTTONS: Final = frozenset({"csrfmiddlewaretoken", "add", "remove", "back", "choice"})


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A term of an open case that would move."""

    move: Move
    url: str
    kind: str
    shift: str


@dataclass(slots=True)
class Written:
    """The two forms of the page as they are shown."""

    form: RuleForm
    ladder: Any
    ladder_problem: str = ""


@center_page(*MEMBERS)
@require_GET
def rules(request: CenterRequest) -> HttpResponse:
    """All rules in force, their earlier editions, and the last changes. Everybody of the Center reads them."""
    context = {
        "rules": found_in.rules_of(request.center),
        "changes": found_in.changes_of(request.center),
        "may_change": bool(policies.may_change_rules(request.actor)),
    }
    return render(request, "messages/terms/rules.html", context)


@center_page(*KEEPERS)
@require_http_methods(["GET", "POST"])
def rule(request: CenterRequest, rule: int | None = None) -> HttpResponse:
    """A change of a rule or a new one: written, looked at with the open cases, then made as was chosen."""
    row = None
    if rule is not None:
        row = found_in.find_edition(request.center, rule)
        if row is None:
            raise Http404
    if request.method == "GET":
        if row is not None and row.closed_at is not None:
            flash.warning(request, "Это прежняя редакция правила: она уже не действует. Ниже — то, что действует сейчас.")
            return redirect("messages:rules", request.center.slug)
        return _form(request, row, _shown(request, row))
    if "add" in request.POST or "remove" in request.POST or "back" in request.POST:
        return _form(request, row, _again(request, row))
    return _wanted(request, row, _typed(request, row))


@center_page(*KEEPERS)
@require_POST
def end_rule(request: CenterRequest, rule: int) -> HttpResponse:
    """End a rule: first what becomes of the open cases, then the end itself."""
    row = found_in.find_edition(request.center, rule)
    if row is None:
        raise Http404
    wish = Wish(None, row)
    try:
        if "choice" in request.POST:
            return _made(request, wish)
        pair, preview = look(center=request.center, actor=request.actor, wish=wish, now=utc_now())
    except Conflict as error:
        if done_already(center=request.center, actor=request.actor, wish=wish):
            return _repeated(request)
        flash.error(request, error.message)
        return redirect("messages:rules", request.center.slug)
    return _confirm(request, row, pair, preview)


@center_page(*MEMBERS)
@require_GET
def rule_change(request: CenterRequest, change: int) -> HttpResponse:
    """What was changed and how far the open cases are; asked for again and again by the page until all are done."""
    found = get_object_or_404(RuleChange, pk=change, center=request.center)
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/terms/{'_rule_moving' if is_part else 'rule_change'}.html", {"change": found})


def _wanted(request: CenterRequest, row: DeadlineRule | None, written: Written) -> HttpResponse:
    """What was typed: back with its mistakes, on to the look at open cases, or made."""
    if not (written.form.is_valid() & written.ladder.is_valid()):
        return _form(request, row, written, status=400)
    wish = Wish(values_of(written.form, written.ladder), row)
    try:
        if "choice" in request.POST:
            return _made(request, wish)
        pair, preview = look(center=request.center, actor=request.actor, wish=wish, now=utc_now())
    except DomainError as error:
        if done_already(center=request.center, actor=request.actor, wish=wish):
            return _repeated(request)
        _blame(written, error)
        return _form(request, row, written, status=status_of(error))
    return _confirm(request, row, pair, preview)


def _made(request: CenterRequest, wish: Wish) -> HttpResponse:
    """The change itself, then the page on which its open cases are seen moving."""
    choice = request.POST.get("choice", "")
    made = change_rule(center=request.center, actor=request.actor, wish=wish, choice=choice, now=utc_now())
    flash.success(request, "Правило записано. Кто и что изменил, видно внизу страницы правил.")
    if made.finished_at is None:
        return redirect("messages:rule-change", request.center.slug, made.pk)
    return redirect("messages:rules", request.center.slug)


def _repeated(request: CenterRequest) -> HttpResponse:
    """The same, sent twice by the same person: what was wanted stands, which is no refusal."""
    flash.info(request, "Это уже записано вами: второй раз ничего не сделано.")
    return redirect("messages:rules", request.center.slug)


def _confirm(request: CenterRequest, row: DeadlineRule | None, pair: Pair, preview: Preview) -> HttpResponse:
    """The change in words and the open cases that it would move."""
    url = reverse("messages:list", args=[request.center.slug])
    before, after = pair.before, pair.after
    context = {
        "row": row,
        "before": before,
        "name": before.name if before else after.name if after else "",
        "after": found_in.edition_of(after) if after else None,
        "differences": said.differences(before, after) if before and after else [],
        "preview": preview,
        "moves": [
            MoveLine(move, f"{url}{move.number}/", said.kind_words(move.kind).lower(), said.shift_words(move))
            for move in preview.shown
        ],
        "typed": _carried(request.POST),
        "rules_url": reverse("messages:rules", args=[request.center.slug]),
    }
    return render(request, "messages/terms/rule_confirm.html", context)


def _carried(data: QueryDict) -> list[tuple[str, str]]:
    """What was typed, to be sent again with the choice."""
    return [(name, value) for name, values in data.lists() if name not in _BUTTONS for value in values]


def _form(request: CenterRequest, row: DeadlineRule | None, written: Written, *, status: int = 200) -> HttpResponse:
    context = {
        "row": row,
        "edition": found_in.edition_of(row) if row else None,
        "form": written.form,
        "ladder": written.ladder,
        "ladder_problem": written.ladder_problem,
        "may_add_rung": len(written.ladder.forms) < MOST_RUNGS,
        "rules_url": reverse("messages:rules", args=[request.center.slug]),
    }
    return render(request, "messages/terms/rule_form.html", context, status=status)


def _shown(request: CenterRequest, row: DeadlineRule | None) -> Written:
    if row is None:
        return Written(_new_form(request, initial=_NEW), Ladder(prefix="rung"))
    return Written(RuleForm(initial=rule_initial(row)), Ladder(prefix="rung", initial=ladder_initial(row)))


def _typed(request: CenterRequest, row: DeadlineRule | None) -> Written:
    form = RuleForm(request.POST) if row else _new_form(request, request.POST)
    return Written(form, Ladder(request.POST, prefix="rung"))


def _again(request: CenterRequest, row: DeadlineRule | None) -> Written:
    """What was typed, as it is, with a row of the ladder more or less; nothing is judged yet."""
    data = request.POST
    names = (NewRuleForm if row is None else RuleForm).base_fields
    initial = {name: data.get(name, "") for name in names}
    rows = _rows(data)
    gone = data.get("remove", "")
    if gone.isascii() and gone.isdecimal() and int(gone) < len(rows):
        rows.pop(int(gone))
    if "add" in data and len(rows) < MOST_RUNGS:
        rows.append({})
    form = RuleForm(initial=initial) if row else _new_form(request, initial=initial)
    return Written(form, Ladder(prefix="rung", initial=rows))


def _rows(data: QueryDict) -> list[dict[str, Any]]:
    total = data.get("rung-TOTAL_FORMS", "")
    count = min(int(total), MOST_RUNGS) if total.isascii() and total.isdecimal() and len(total) < 5 else 0
    plain = ("to", "after", "per", "when")
    return [
        {**{name: data.get(f"rung-{number}-{name}", "") for name in plain}, "ways": data.getlist(f"rung-{number}-ways")}
        for number in range(count)
    ]


def _new_form(request: CenterRequest, data: Any = None, *, initial: dict[str, Any] | None = None) -> NewRuleForm:
    sources = Source.objects.filter(center=request.center, closed_at__isnull=True).values_list("pk", "short")
    return NewRuleForm(data, initial=initial, sources=sources, topics=lists_of(request.center).topics_by_block)


def _blame(written: Written, error: DomainError) -> None:
    """Say beside each field what is wrong with it."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for field, words in fields.items():
        if field == "ladder":
            written.ladder_problem = words
        written.form.add_error(field if field in written.form.fields else None, words)
    if not fields:
        written.form.add_error(None, forms.ValidationError(error.message))
