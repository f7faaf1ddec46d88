"""What the editor of the answer asks of the server while somebody types, and the versions of the answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.roles import Role
from mcu.access import declare
from mcu.clock import utc_now
from mcu.errors import DomainError, NotAllowed, NotFound
from mcu.middleware import status_of
from mcu.text import clean_text
from messages import forms, policies
from messages.masking import mask_for
from messages.models import Message, Reply, WorkingCopy
from messages.selectors.case import find
from messages.selectors.standing import standing_of
from messages.services import drafts, presence, reply
from messages.services.drafts import CopyElsewhere
from messages.services.presence import Admission
from messages.views import marks
from messages.views.sheet import render_case

COPY: Final = "copy"  # one's own unsaved text among the versions


def number_in(value: str | None) -> int:
    """A version's number out of a form or an address; 0 where there is none."""
    return int(value) if value and value.isdecimal() and len(value) < 9 else 0


@center_page(*MEMBERS)
@require_POST
def keep(request: CenterRequest, number: str) -> HttpResponse:
    """Keep what is being typed. Answers in JSON: when it was kept, or in words why not."""
    try:
        kept = drafts.keep(
            message_id=_id_of(request, number),
            actor=request.actor,
            text=request.POST.get("text", ""),
            base_version=number_in(request.POST.get("version")),
            known=request.POST.get("known", ""),
            now=utc_now(),
        )
    except CopyElsewhere as error:
        other = {"text": error.copy.text, "mark": drafts.mark_of(error.copy), "at": _hours(error.copy.saved_at)}
        return JsonResponse({"words": error.message, "other": other}, status=409)
    except DomainError as error:
        return JsonResponse({"words": error.message}, status=status_of(error))
    return JsonResponse({"saved": _hours(kept.saved_at), "mark": kept.mark, "version": kept.latest_version})


def keep_refused(request: CenterRequest, message: Message) -> None:
    """What was refused as a version is still kept as it was typed, if it can be: the page may be closed before it is mended."""
    with suppress(DomainError):
        drafts.keep(
            message_id=message.pk,
            actor=request.actor,
            text=request.POST.get("text", ""),
            base_version=number_in(request.POST.get("version")),
            known=request.POST.get("known", ""),
            now=utc_now(),
        )


@center_page(*MEMBERS)
@require_POST
def take(request: CenterRequest, number: str) -> HttpResponse:
    """Put somebody's unsaved text into the editor: in place of an untouched text, else below what was typed."""
    message = _found(request, number)
    verdict = policies.may_edit_draft(request.actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    other = WorkingCopy.objects.filter(message=message, pk=number_in(request.POST.get("other"))).first()
    if other is None:
        raise NotFound("Этого текста больше нет: его сохранили или убрали. Посмотрите версии ответа.")
    typed, latest = clean_text(request.POST.get("text", "")), reply.latest_reply(message)
    untouched = not typed or (latest is not None and latest.text == typed)
    text = other.text if untouched else f"{typed}\n\n{other.text}"
    version = number_in(request.POST.get("version"))
    return render_case(request, message, draft_form=editor_with(text, version=version, known=request.POST.get("known", "")))


def editor_with(text: str, *, version: int, known: str) -> forms.DraftForm:
    """The editor's form with a text that the person has not typed."""
    form = forms.DraftForm({"text": text, "version": version, "known": known})
    form.is_valid()
    return form


@center_page(*MEMBERS)
@require_POST
def drop(request: CenterRequest, number: str) -> HttpResponse:
    """Give up one's unsaved text and go on from the newest version."""
    drafts.drop(message_id=_id_of(request, number), actor=request.actor, known=request.POST.get("known", ""))
    flash.success(request, "Несохранённый текст убран.")
    return redirect("messages:case", request.center.slug, number)


@require_GET
def _here(request: HttpRequest, center: str, number: str) -> HttpResponseBase:
    """A beat of somebody who has the case open: who else has, the newest version, the stage. One query beside the session's."""
    admission = presence.admitted(session=_session(request), address=f"{center}/{number}")
    if admission is None or admission.user_id != request.user.pk:
        return _let_in(request, center=center, number=number)
    return _beat(request, admission)


here = declare(_here, "member of the Center who sees the case; what was found holds for a minute")


@center_page(*MEMBERS)
def _let_in(request: CenterRequest, number: str) -> HttpResponse:
    admission = Admission(_id_of(request, number), request.user.pk, request.user.short_name)
    presence.admit(admission, session=_session(request), address=f"{request.center.slug}/{number}")
    return _beat(request, admission)


def _beat(request: HttpRequest, who: Admission) -> HttpResponse:
    if request.GET.get("gone"):
        presence.leave(message_id=who.message_id, user_id=who.user_id, name=who.name)
        return HttpResponse(status=204)
    others = presence.beat(
        message_id=who.message_id,
        user_id=who.user_id,
        name=who.name,
        writing=request.GET.get("writing") == "1",
        moment=utc_now().timestamp(),
    )
    standing = standing_of(who.message_id)
    if standing is None:
        raise Http404
    answer = JsonResponse(
        {
            "people": [{"name": one.name, "writing": one.writing} for one in others],
            "version": standing.version,
            "author": standing.author,
            "mine": standing.author_id == who.user_id,
            "stage": standing.stage,
            "state": standing.state,
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True, slots=True)
class Version:
    """A text of the answer that can be compared with another."""

    key: str  # its number, or ``copy``
    title: str
    person: str
    role: str
    at: datetime
    text: str
    sent: bool = False
    newest: bool = False


@center_page(*MEMBERS)
@require_GET
def versions(request: CenterRequest, number: str) -> HttpResponse:
    """The versions of the answer and the difference of two of them (``?a=2&b=4``). htmx gets the difference alone."""
    message = _found(request, number)
    found = _versions(request, message)
    if not found:
        raise Http404
    by_key = {version.key: version for version in found}
    right = by_key.get(request.GET.get("b", "")) or found[-1]
    before = found[max(found.index(right) - 1, 0)]
    left = by_key.get(request.GET.get("a", "")) or before
    may_edit = bool(policies.may_edit_draft(request.actor, message))
    context: dict[str, Any] = {
        "case": message,
        "case_url": reverse("messages:case", args=[request.center.slug, message.number]),
        "versions": found[::-1],
        "left": left,
        "right": right,
        "pairs": marks.table(left.text, right.text),
        "restore_url": reverse("messages:restore", args=[request.center.slug, message.number]) if may_edit else "",
        "newest": next((version.key for version in found if version.newest), "0"),
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, "messages/_versions_diff.html" if is_part else "messages/versions.html", context)


@center_page(*MEMBERS)
@require_POST
def restore(request: CenterRequest, number: str) -> HttpResponse:
    """Make an earlier text the newest version."""
    message = _found(request, number)
    version = number_in(request.POST.get("version"))
    saved = reply.restore(
        message_id=message.pk,
        actor=request.actor,
        version=version,
        base_version=number_in(request.POST.get("newest")),
        now=utc_now(),
    )
    flash.success(request, f"Текст версии {version} возвращён, теперь это версия {saved.version}.")
    return redirect("messages:case", request.center.slug, number)


def _versions(request: CenterRequest, message: Message) -> list[Version]:
    """Saved versions, then one's own unsaved text. Two queries."""

    def seen(text: str) -> str:
        return mask_for(request.actor, message, text)

    replies = list(Reply.objects.filter(message=message).select_related("author").order_by("version"))
    found = [
        Version(
            key=str(row.version),
            title=f"Версия {row.version}",
            person=row.author.short_name if row.author else "программа",
            role=Role(row.author_role).label if row.author_role else "",
            at=row.saved_at,
            text=seen(row.text),
            sent=row.posted_at is not None,
            newest=row is replies[-1],
        )
        for row in replies
    ]
    copy = WorkingCopy.objects.filter(message=message, user_id=request.user.pk).first()
    if copy:
        found.append(Version(COPY, "Ваш несохранённый текст", request.actor.name, "", copy.saved_at, seen(copy.text)))
    return found


def _id_of(request: CenterRequest, number: str) -> int:
    """One small query; 404 for what the person does not see."""
    pk = None
    if "\x00" not in number:
        rows = Message.objects.visible_to(request.actor).filter(number=number.upper()).order_by()
        pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise Http404
    return int(pk)


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _hours(moment: datetime | None) -> str:
    """«14:32» of the Center, which ``center_page`` has made the local time."""
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def _session(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
