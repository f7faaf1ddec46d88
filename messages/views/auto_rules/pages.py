"""«Автоправила»: the list in the order in which they are asked, and a rule with its trial, hand-overs and history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.selectors.frame import SETTERS
from mcu.clock import utc_now
from mcu.keyset import Order, page
from messages import policies
from messages.forms.auto_rules import TrialForm
from messages.models import AutoMove, AutoRule, AutoRuleEvent, Message
from messages.policies import AUTO_RULE_KEEPERS, CONTACT_ROLES
from messages.selectors import auto_rules as found_in
from messages.selectors.auto_rule_names import Names, names_of
from messages.selectors.auto_rule_words import line_of, lines_of
from messages.selectors.auto_rules import RECENT, Tally
from messages.selectors.auto_trial import Trial, rows_of, try_rule
from messages.views.auto_rules.sample import ROWS, number_of, sample_of

YEAR: Final = timedelta(days=365)
_LAST: Final = Order("at", descending=True)
_MOVES: Final = 20
_CHANGES: Final = 50
EVENTS_RU: Final = {
    "made": "Правило составлено",
    "changed": "Изменено",
    "on": "Включено",
    "off": "Выключено",
    "moved": "Переставлено",
    "closed": "Убрано из списка",
}


@center_page(*CONTACT_ROLES)
@require_GET
def rules(request: CenterRequest) -> HttpResponse:
    """All rules with what they did in 30 days. Whoever works with cases reads them."""
    return render(request, "messages/auto_rules/rules.html", list_context(request))


def list_context(request: CenterRequest) -> dict[str, Any]:
    """The list as the page and the answer to its buttons show it. Five queries."""
    now, center = utc_now(), request.center
    tallies = found_in.tallies_of(center, since=now - RECENT)
    lines = lines_of(found_in.in_force(center), names_of(center, now), tallies)
    return {
        "lines": lines,
        "troubled": [line for line in lines if line.troubles and line.rule.enabled_at],
        "may_change": bool(policies.may_change_auto_rules(request.actor)),
        "may_settle": request.actor.has(*SETTERS),
        "total": Tally(sum(one.moved for one in tallies.values()), sum(one.missed for one in tallies.values())),
    }


@center_page(*CONTACT_ROLES)
@require_GET
def rule(request: CenterRequest, auto: int) -> HttpResponse:
    """One rule: what it asks and does, how often it was right, its last hand-overs, who changed it."""
    now, center, query = utc_now(), request.center, request.GET
    row = find_or_404(request, auto)
    names = names_of(center, now)
    misses = query.get("misses") == "1"
    moves = found_in.moves_of(row).filter(message__in=Message.objects.visible_to(request.actor).values("pk"))
    found = page(
        moves.filter(missed_at__isnull=False) if misses else moves,
        _LAST,
        after=query.get("after", ""),
        before=query.get("before", ""),
        size=_MOVES,
    )
    context = {
        "line": line_of(row, names, found_in.tallies_of(center, since=now - RECENT).get(row.pk, Tally())),
        "row": row,
        "year": found_in.tallies_of(center, since=now - YEAR).get(row.pk, Tally()),
        "moves": [_move(move, center.slug) for move in found.items],
        "misses": misses,
        "newer_url": _address(misses, before=found.newer) if found.newer else "",
        "older_url": _address(misses, after=found.older) if found.older else "",
        "events": _events(row),
        "may_change": bool(policies.may_change_auto_rules(request.actor)) and row.closed_at is None,
        "trial_form": TrialForm(initial={"size": "500"}),
        "list_url": reverse("messages:auto-rules", args=[center.slug]),
    }
    return render(request, "messages/auto_rules/rule.html", context)


@center_page(*AUTO_RULE_KEEPERS)
@require_GET
def trial(request: CenterRequest, auto: int) -> HttpResponse:
    """The rule, as it is written, on past messages. htmx gets the result alone."""
    now, center, query = utc_now(), request.center, request.GET
    row = find_or_404(request, auto)
    names = names_of(center, now)
    form, sample = sample_of(query, center)
    done = try_rule(center, row, sample, now=now) if sample else None
    context: dict[str, Any] = {
        "row": row,
        "line": line_of(row, names, Tally()),
        "trial_form": form,
        "rule_url": reverse("messages:auto-rule", args=[center.slug, row.pk]),
        **(trial_context(request, done, names, row) if done else {}),
    }
    if done:
        kept = {name: query[name] for name in ("size", "since", "until", "show") if query.get(name)}
        place, pages = context["place"], context["pages"]
        context["newer_url"] = f"?{urlencode({**kept, 'page': place - 1})}" if place > 1 else ""
        context["older_url"] = f"?{urlencode({**kept, 'page': place + 1})}" if place < pages else ""
        context["all_url"] = f"?{urlencode({**kept, 'show': 'all'})}"
        context["differing_url"] = f"?{urlencode({**kept, 'show': 'differing'})}"
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/auto_rules/{'_trial' if is_part else 'trial'}.html", context)


def trial_context(request: CenterRequest, done: Trial, names: Names, row: AutoRule) -> dict[str, Any]:
    """What the result of a trial shows: counts, earlier rules in its way, a page of rows. Two queries."""
    differing, query = done.differing, request.GET
    whole = query.get("show") == "all" or not differing
    hits = done.hits if whole else differing
    pages = max(1, -(-len(hits) // ROWS))
    place = min(number_of(query.get("page", "")), pages)
    blocks = {pk: known.name for pk, known in names.rows["block"].items()}
    earlier = dict(AutoRule.objects.filter(pk__in=done.taken).values_list("pk", "name")) if done.taken else {}
    shown = hits[(place - 1) * ROWS : place * ROWS]
    return {
        "trial": done,
        "taken": [(pk, earlier[pk], count) for pk, count in done.taken.most_common()],
        "whole": whole,
        "differing": len(differing),
        "place": place,
        "pages": pages,
        "rows": rows_of(shown, center=request.center, actor=request.actor, blocks=blocks),
        "by_topic": bool(row.topics),
    }


def find_or_404(request: CenterRequest, pk: int) -> AutoRule:
    row = found_in.find_rule(request.center, pk)
    if row is None:
        raise Http404
    return row


def _move(move: AutoMove, slug: str) -> dict[str, Any]:
    message = move.message
    return {
        "number": message.number,
        "url": f"/{slug}/messages/{message.number}/",
        "source": message.source.short,
        "at": move.at,
        "missed_at": move.missed_at,
        "now": message.block.short if message.block else message.get_state_display(),
    }


def _events(row: AutoRule) -> list[dict[str, Any]]:
    """Who did what with the rule, the last first. One query."""
    events = AutoRuleEvent.objects.filter(rule=row).select_related("by").order_by("-at", "-pk")[:_CHANGES]
    return [
        {"title": EVENTS_RU.get(event.kind, event.kind), "by": event.by.short_name, "at": event.at, "changes": event.changes}
        for event in events
    ]


def _address(misses: bool, **place: str) -> str:
    return "?" + urlencode({**({"misses": "1"} if misses else {}), **place}) + "#moves"
