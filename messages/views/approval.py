"""«Согласование»: drafts judged one after another or several at once, each by itself; what is refused stays with words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages as flash
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.roles import Role
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.keyset import Page, page
from mcu.middleware import status_of
from mcu.templatetags.mcu_ui import words as words_of
from messages import policies
from messages.masking import mask_for
from messages.models import Completeness, Message
from messages.selectors.approval import Waiting, drafts_of, recent_reasons, some_waiting, with_own_copy
from messages.selectors.desk import for_approval
from messages.selectors.orders import NEAREST_TERM
from messages.selectors.rows import rows_of
from messages.services import approval as service
from messages.services import reply
from messages.views import marks
from messages.views.drafts import keep_refused, number_in

APPROVALS: Final = 10
MARKS: Final = [(value, str(value), Completeness(value).label) for value in sorted(Completeness.values, reverse=True)]
KEYS: Final = (
    (("J", "K"), "следующий, предыдущий ответ"),
    (("2", "1", "0"), "полнота: в полном объёме, частично, формально"),
    (("A",), "согласовать или утвердить"),
    (("R",), "вернуть: цифра берёт недавнее замечание, Enter возвращает"),
    (("E",), "править текст здесь же"),
    (("X",), "отметить"),
    (("S",), "согласовать отмеченные"),
)
VERBS: Final = ("agree", "approve", "return")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one decision: ``words`` say what was done, or why not."""

    pk: int
    number: str
    url: str
    done: bool
    words: str


@center_page(Role.BLOCK_CURATOR, Role.HEAD)
@require_GET
def desk(request: CenterRequest) -> HttpResponse:
    """Drafts that wait for this person's agreement or approval, nearest term first, the letter beside each."""
    return _desk(request)


@center_page(Role.BLOCK_CURATOR, Role.HEAD)
@require_POST
def decide(request: CenterRequest) -> HttpResponse:
    """Agree, approve or return: one draft by its button or all that are marked, each in a transaction of its own."""
    chosen = _chosen(request)
    if not chosen:
        words = "Ничего не отмечено: отметьте ответы, которые согласуете."
        if _wants_json(request):
            return JsonResponse({"results": [], "words": words}, status=400)
        flash.error(request, words)
        return _desk(request, status=400)
    found = {message.pk: message for message in some_waiting(request.actor, (pk for pk, _ in chosen))}
    results = [_decided(request, found.get(pk), pk, verb) for pk, verb in chosen]
    failed = {result.pk: result.words for result in results if not result.done}
    if _wants_json(request):
        items = _items(request, some_waiting(request.actor, failed), failed=failed) if failed else []
        return JsonResponse(_told(request, results, items))
    for result in results:
        (flash.success if result.done else flash.error)(request, f"{result.number}: {result.words}")
    if failed:
        return _desk(request, failed=failed, status=409)
    return HttpResponseRedirect(reverse("messages:approval", args=[request.center.slug]))


@center_page(Role.BLOCK_CURATOR, Role.HEAD)
@require_POST
def edit(request: CenterRequest, pk: int) -> HttpResponse:
    """The approver's own change of the text: a new version under his name, which he then agrees."""
    found = some_waiting(request.actor, [pk])
    number = found[0].number if found else ""
    failed: dict[int, str] = {}
    status = 200
    try:
        saved = reply.save_draft(
            message_id=pk,
            actor=request.actor,
            text=request.POST.get("text", ""),
            base_version=number_in(request.POST.get("version")),
            known=request.POST.get("known", ""),
            now=utc_now(),
        )
    except DomainError as error:
        if not found:
            raise
        keep_refused(request, found[0])
        failed[pk], status = error.message, status_of(error)
        words = error.message
    else:
        words = f"{number}: ваша правка сохранена, версия {saved.version}. Теперь её можно согласовать."
    if _wants_json(request):
        items = _items(request, some_waiting(request.actor, [pk]), failed=failed, edited=pk if failed else 0)
        return JsonResponse({"words": words, "done": not failed, **_told(request, [], items)}, status=status)
    if failed:
        return _desk(request, failed=failed, edited=pk, status=status)
    flash.success(request, words)
    return HttpResponseRedirect(reverse("messages:approval", args=[request.center.slug]) + f"#case-{pk}")


def _decided(request: CenterRequest, message: Message | None, pk: int, verb: str) -> Result:
    """One decision by its service."""
    if message is None:
        return Result(pk, "", "", False, "ответ уже не у вас: его согласовали, вернули или отозвали. Ничего не сделано.")
    post, actor, now = request.POST, request.actor, utc_now()
    step: dict[str, Any] = {"message_id": pk, "actor": actor, "now": now}
    verb = verb or ("approve" if "approve" in policies.allowed(actor, message) else "agree")
    try:
        if verb == "return":
            service.return_(comment=_remark(post, pk), **step)
            words = "возвращено на доработку"
        elif verb == "approve":
            service.approve(version=number_in(post.get(f"version-{pk}")), **step)
            words = "ответ утверждён"
        else:
            mark = post.get(f"completeness-{pk}", "")
            completeness = int(mark) if mark in {str(value) for value in Completeness.values} else None
            service.agree(version=number_in(post.get(f"version-{pk}")), completeness=completeness, **step)
            words = f"ответ согласован, полнота {mark}"
    except DomainError as error:
        return Result(pk, message.number, _case_url(request, message), False, error.message)
    return Result(pk, message.number, _case_url(request, message), True, words)


def _remark(post: Mapping[str, str], pk: int) -> str:
    """A recent remark, one's own words, or both."""
    parts = (post.get(f"reason-{pk}", "").strip(), post.get(f"comment-{pk}", "").strip())
    return "\n".join(part for part in parts if part)


def _chosen(request: CenterRequest) -> list[tuple[int, str]]:
    """Ids with the verb pressed; of the marked ones the verb follows from where each stands."""
    for verb in VERBS:
        if pk := number_in(request.POST.get(verb)):
            return [(pk, verb)]
    marked = (number_in(value) for value in request.POST.getlist("case"))
    return [(pk, "") for pk in dict.fromkeys(marked) if pk][:APPROVALS]


def _desk(
    request: CenterRequest, *, failed: Mapping[int, str] | None = None, edited: int = 0, status: int = 200
) -> HttpResponse:
    """The page. Seven queries: the cases, how many, versions, returns, terms, reasons of this person."""
    waiting = for_approval(request.actor)
    found = page(
        with_own_copy(waiting, request.actor),
        NEAREST_TERM,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=APPROVALS,
    )
    context = {
        "items": _items(request, found.items, failed=failed or {}, edited=edited),
        "total": waiting.order_by().count(),
        "decide_url": reverse("messages:decide", args=[request.center.slug]),
        "page_keys": KEYS,
        **_pager(request, found),
    }
    return render(request, "messages/approval.html", context, status=status)


def _items(
    request: CenterRequest, messages: list[Message], *, failed: Mapping[int, str], edited: int = 0
) -> list[dict[str, Any]]:
    """What the desk shows of each; what was typed and refused stands in its place."""
    now = utc_now()
    reasons = recent_reasons(request.actor, now)
    rows = {row.pk: row for row in rows_of(messages, actor=request.actor, center_slug=request.center.slug, now=now)}
    items = []
    for waiting in drafts_of(messages):
        waiting.message.center = request.center
        item = _item(request, waiting)
        pk = waiting.message.pk
        item |= {"pk": pk, "row": rows[pk], "reasons": reasons, "problem": failed.get(pk, "")}
        if pk in failed:
            item |= _typed(request.POST, pk, edited=pk == edited)
        items.append(item)
    return items


def _item(request: CenterRequest, waiting: Waiting) -> dict[str, Any]:
    message, latest, returned = waiting.message, waiting.reply, waiting.returned
    steps = policies.allowed(request.actor, message)

    def seen(text: str) -> str:
        return mask_for(request.actor, message, text)

    verb = "approve" if "approve" in steps else "agree"
    combining = service.combining_of(message, latest, request.actor, policies.may(request.actor, verb, message).grant)
    versions = reverse("messages:versions", args=[request.center.slug, message.number])
    is_changed = returned is not None and returned.text not in ("", latest.text)
    copy = waiting.copy
    return {
        "letter": seen(message.text),
        "reply": latest,
        "reply_text": seen(latest.text),
        "reply_person": latest.author.short_name if latest.author else "",
        "changed": marks.line(seen(returned.text), seen(latest.text)) if returned and is_changed else "",
        "changed_url": f"{versions}?a={returned.version}&b={latest.version}" if returned and is_changed else "",
        "returned": returned,
        "remark": seen(returned.remark) if returned else "",
        "agreed": message.get_completeness_display() if message.completeness is not None else "",
        "verb": verb,
        "combining": combining,
        "may_return": "return" in steps,
        "marks": MARKS,
        "edit_url": reverse("messages:edit_at_approval", args=[request.center.slug, message.pk]),
        "keep_url": reverse("messages:autosave", args=[request.center.slug, message.number]),
        "edit_text": copy["text"] if copy else latest.text,
        "edit_base": copy["base"] if copy else latest.version,
        "copy": copy,
        "known": datetime.fromisoformat(copy["at"]).isoformat() if copy else "",
    }


def _typed(post: Mapping[str, str], pk: int, *, edited: bool) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "completeness": post.get(f"completeness-{pk}", ""),
        "comment": post.get(f"comment-{pk}", ""),
        "reason": post.get(f"reason-{pk}", ""),
        "returning": post.get("return") == str(pk),
    }
    if edited:
        typed |= {"edit_text": post.get("text", ""), "editing": True}
    return typed


def _told(request: CenterRequest, results: list[Result], items: list[dict[str, Any]]) -> dict[str, Any]:
    """Results for the page's script: a line for what is done, the draft anew where something was refused."""
    total = for_approval(request.actor).order_by().count()
    fresh = {item["pk"]: render_to_string("messages/_approval_item.html", {"item": item}, request) for item in items}
    lines = {result.pk: render_to_string("messages/_approval_done.html", {"result": result}, request) for result in results}
    return {
        "results": [
            {
                "pk": result.pk,
                "done": result.done,
                "words": f"{result.number}: {result.words}",
                "html": fresh.get(result.pk, lines[result.pk]),
            }
            for result in results
        ],
        "items": fresh,
        "total": total,
        "total_words": words_of(total, "ответ ждёт,ответа ждут,ответов ждут"),
    }


def _wants_json(request: CenterRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _case_url(request: CenterRequest, message: Message) -> str:
    return reverse("messages:case", args=[request.center.slug, message.number])


def _pager(request: CenterRequest, found: Page[Message]) -> dict[str, str]:
    query = {key: value for key, value in request.GET.items() if key not in ("after", "before")}
    return {
        "newer_url": "?" + urlencode({**query, "before": found.newer}) if found.newer else "",
        "older_url": "?" + urlencode({**query, "after": found.older}) if found.older else "",
    }
