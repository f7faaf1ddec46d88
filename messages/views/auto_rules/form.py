"""The form of a rule, tried on past messages before it is written, and the buttons of the list."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import Recipient
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.middleware import status_of
from messages.forms.auto_rules import AutoRuleForm
from messages.forms.refusing import blame
from messages.models import AutoRule
from messages.policies import AUTO_RULE_KEEPERS
from messages.selectors.auto_rule_names import Names, names_of
from messages.selectors.auto_rule_words import line_of
from messages.selectors.auto_rules import Tally
from messages.selectors.auto_trial import try_rule
from messages.services import auto_rules as service
from messages.views.auto_rules.pages import find_or_404, list_context, trial_context
from messages.views.auto_rules.sample import sample_of

_DONE: Final = {"on": "включено: новые сообщения пойдут по нему", "off": "выключено", "close": "убрано из списка"}


@center_page(*AUTO_RULE_KEEPERS)
@require_http_methods(["GET", "POST"])
def edit(request: CenterRequest, auto: int | None = None) -> HttpResponse:
    """A new rule or a change of one; «Проверить» tries what is typed on past messages and writes nothing."""
    row = find_or_404(request, auto) if auto is not None else None
    if row is not None and row.closed_at is not None:
        raise Http404
    now, center = utc_now(), request.center
    names = names_of(center, now)
    data = request.POST if request.method == "POST" else None
    form = AutoRuleForm(data, names=names, blocks_of=_blocks_of(request), rule=row)
    if data is None:
        return _page(request, form, row)
    if not form.is_valid():
        return _page(request, form, row, status=400)
    try:
        if "try" in data:
            return _tried(request, form, row, names)
        saved = _saved(request, form, row)
    except DomainError as error:
        blame(form, error)
        return _page(request, form, row, status=status_of(error))
    words = "записано" if row else "записано и пока выключено: проверьте его на прошлых сообщениях и включите"
    flash.success(request, f"Правило «{saved.name}» {words}.")
    return redirect("messages:auto-rule", center.slug, saved.pk)


@center_page(*AUTO_RULE_KEEPERS)
@require_POST
def act(request: CenterRequest, auto: int, do: str) -> HttpResponse:
    """Switch, move or take out a rule. htmx gets the list anew, with the focus where it was."""
    now, center = utc_now(), request.center
    who: dict[str, Any] = {"center": center, "actor": request.actor, "rule_id": auto, "now": now}
    if do in ("up", "down"):
        service.move_rule(up=do == "up", **who)
        if getattr(request, "htmx", False):
            return render(request, "messages/auto_rules/_list.html", list_context(request))
        return redirect(f"{reverse('messages:auto-rules', args=[center.slug])}#rule-{auto}")
    if do not in _DONE:
        raise Http404
    version = _version(request)
    if do == "close":
        row = service.close_rule(version=version, **who)
    else:
        row = service.switch_rule(version=version, on=do == "on", **who)
    flash.success(request, f"Правило «{row.name}» {_DONE[do]}.")
    back = "auto-rules" if do == "close" or "list" in request.POST else "auto-rule"
    return redirect(f"messages:{back}", center.slug, *(() if back == "auto-rules" else (auto,)))


def _tried(request: CenterRequest, form: AutoRuleForm, row: AutoRule | None, names: Names) -> HttpResponse:
    now, center = utc_now(), request.center
    draft = service.draft_rule(center=center, actor=request.actor, rule=row, values=form.values(), now=now)
    trial_form, sample = sample_of(request.POST, center)
    more = {"row": row, "line": line_of(draft, names, Tally()), "trial_form": trial_form}
    if sample is not None:
        more |= trial_context(request, try_rule(center, draft, sample, now=now), names, draft)
    if getattr(request, "htmx", False):
        return render(request, "messages/auto_rules/_trial.html", more)
    return _page(request, form, row, more=more)


def _saved(request: CenterRequest, form: AutoRuleForm, row: AutoRule | None) -> AutoRule:
    now, center, values = utc_now(), request.center, form.values()
    if row is None:
        return service.make_rule(center=center, actor=request.actor, values=values, now=now)
    version = form.cleaned_data["version"] or 0
    return service.change_rule(center=center, actor=request.actor, rule_id=row.pk, version=version, values=values, now=now)


def _page(
    request: CenterRequest,
    form: AutoRuleForm,
    row: AutoRule | None,
    *,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    back = [request.center.slug]
    url = reverse("messages:auto-rule", args=[*back, row.pk]) if row else reverse("messages:auto-rules", args=back)
    context = {"form": form, "row": row, "back_url": url, "trial_form": sample_of({}, request.center)[0], **(more or {})}
    if request.method == "POST" and getattr(request, "htmx", False):
        return render(request, "messages/auto_rules/_wrong.html", context)
    return render(request, "messages/auto_rules/form.html", context, status=status)


def _blocks_of(request: CenterRequest) -> dict[int, set[int]]:
    """Which blocks each recipient of the Center answers for. One query."""
    found: dict[int, set[int]] = {}
    pairs = Recipient.blocks.through.objects.filter(recipient__center=request.center)
    for recipient_id, block_id in pairs.values_list("recipient_id", "block_id"):
        found.setdefault(recipient_id, set()).add(block_id)
    return found


def _version(request: CenterRequest) -> int:
    value = request.POST.get("version", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0
