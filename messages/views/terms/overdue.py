"""The register of broken terms, and naming the cause of one (R69)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.contrib import messages as flash
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from blocks.access import CenterRequest, center_page
from blocks.charters.settings_schema import settings_of
from blocks.policies import MEMBERS
from blocks.selectors import Roster, roster_of
from mcu.clock import utc_now
from mcu.errors import Invalid, NotAllowed
from mcu.keyset import page
from messages import policies
from messages.forms.lateness import LatenessForm
from messages.masking import mask_for
from messages.models import Deadline, Lateness, Message
from messages.selectors.history import cause_name
from messages.selectors.register.words import Names
from messages.selectors.terms import overdue as terms_overdue
from messages.selectors.terms.filters import TermFilters, asked_for, lists_of_terms
from messages.selectors.terms.overdue import NONE, Past
from messages.services import lateness
from messages.views.terms.lines import Line, day_of, filters_line, lines_of

FILTERS: Final = ("block", "source", "kind", "person")
ONE_PAGE: Final = 30
_PERIOD: Final = timedelta(days=29)  # and today
_PLACES: Final = ("after", "before")


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken term as a line of the register."""

    line: Line
    past: Past
    said: Lateness | None
    cause: str
    note: str
    may_explain: bool


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many terms have the cause, with the address of their list."""

    label: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: overdue now, or met late within the period."""

    done: bool
    since: date
    until: date
    cause: str

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> Asked:
        until = day_of(query.get("until", ""), today)
        since = day_of(query.get("since", ""), until - _PERIOD)
        return cls(query.get("done") == "1", min(since, until), until, query.get("cause", "").replace("\x00", "")[:50])


@vary_on_headers("HX-Request")
@center_page(*MEMBERS)
@require_GET
def overdue(request: CenterRequest) -> HttpResponse:
    """What is overdue now, or was met late; a htmx request gets only the part that changes."""
    now, center, query = utc_now(), request.center, request.GET
    asked = Asked.read(query, timezone.localdate(now, center.tz))
    filters = TermFilters.read({name: query[name] for name in FILTERS if name in query})
    names, roster = lists_of_terms(center), roster_of(center, now)
    every = _every(request, asked, filters, names=names, roster=roster, now=now)
    counts = terms_overdue.count_by_cause(every)
    found = page(
        terms_overdue.listed(terms_overdue.of_cause(every, asked.cause)),
        terms_overdue.LATEST_FIRST if asked.done else terms_overdue.LONGEST_FIRST,
        after=query.get("after", ""),
        before=query.get("before", ""),
        size=ONE_PAGE,
    )
    context = {
        "asked": asked,
        "rows": _rows(found.items, request, roster, now),
        "total": sum(counts.values()),
        "shown": counts.get(asked.cause, 0) if asked.cause else sum(counts.values()),
        "causes": _causes(request, query, counts, asked),
        "filters": filters_line(filters, names, roster, request.actor, FILTERS),
        "kept": [(name, query[name]) for name in FILTERS if query.get(name)],
        "newer_url": _address(query, before=found.newer) if found.newer else "",
        "older_url": _address(query, after=found.older) if found.older else "",
        "back": request.get_full_path(),
        "moment": now,
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/terms/{'_overdue' if is_part else 'overdue'}.html", context)


@vary_on_headers("HX-Request")
@center_page(*MEMBERS)
@require_http_methods(["GET", "POST"])
def explain(request: CenterRequest, term: int) -> HttpResponse:
    """Name the cause of a broken term: in its line, or on a page of its own."""
    now = utc_now()
    deadline = _find(request, term)
    said = Lateness.objects.filter(deadline=deadline).select_related("by").first()
    is_part = bool(getattr(request, "htmx", False))
    back = _back(request)
    if is_part and "leave" in request.GET:
        return render(request, "messages/terms/_cause.html", {"row": _cell(request, deadline, said), "back": back})
    if not (verdict := policies.may_explain_lateness(request.actor, deadline.message)):
        raise NotAllowed(verdict.reason)
    known = {"cause": said.cause, "note": said.note} if said else None
    form = LatenessForm(request.POST or None, initial=known, center=request.center, auto_id=f"id_{term}_%s")
    if is_part:
        form.fields["cause"].widget.attrs["autofocus"] = True
    if request.method == "POST" and form.is_valid():
        try:
            said = lateness.explain(deadline_id=term, actor=request.actor, now=now, **form.cleaned_data)
        except Invalid as refused:
            for field, words in refused.fields.items():
                form.add_error(field, words)
        else:
            if is_part:
                named = {"row": _cell(request, deadline, said), "back": back, **_tally(request, back, now)}
                return render(request, "messages/terms/_cause.html", named)
            flash.success(request, f"Причина записана: {cause_name(request.center, said.cause).lower()}.")
            return redirect(back)
    context = {"form": form, "term": deadline, "case": deadline.message, "back": back, "is_part": is_part}
    template = "messages/terms/_cause_form.html" if is_part else "messages/terms/cause.html"
    # htmx puts nothing of a refused answer in its place: the errors come back as a part of the page.
    return render(request, template, context, status=400 if form.errors and not is_part else 200)


def _every(
    request: CenterRequest, asked: Asked, filters: TermFilters, *, names: Names, roster: Roster, now: datetime
) -> QuerySet[Deadline]:
    """The broken terms asked for, of whatever cause. No query."""
    center = request.center
    broken = terms_overdue.met_late(center, asked.since, asked.until) if asked.done else terms_overdue.overdue_now(center, now)
    return asked_for(broken, filters, actor=request.actor, names=names, roster=roster)


def _tally(request: CenterRequest, back: str, now: datetime) -> dict[str, Any]:
    """The counts by cause of the list the person is in, to stand above it anew; nothing where it is no list. Three queries."""
    came, center = urlsplit(back), request.center
    if came.path != reverse("messages:overdue", args=[center.slug]):
        return {}
    query = QueryDict(came.query)
    asked = Asked.read(query, timezone.localdate(now, center.tz))
    filters = TermFilters.read({name: query[name] for name in FILTERS if name in query})
    names, roster = lists_of_terms(center), roster_of(center, now)
    counts = terms_overdue.count_by_cause(_every(request, asked, filters, names=names, roster=roster, now=now))
    return {"causes": _causes(request, query, counts, asked), "total": sum(counts.values())}


def _find(request: CenterRequest, pk: int) -> Deadline:
    """The term, of a case that the person may see. One query."""
    if pk >= 2**63:
        raise Http404
    visible = Message.objects.visible_to(request.actor).values("pk")
    rows = Deadline.objects.filter(pk=pk, center=request.center, message__in=visible)
    deadline = rows.select_related("rule", "message").defer("message__text", "message__search").first()
    if deadline is None:
        raise Http404
    return deadline


def _rows(terms: list[Deadline], request: CenterRequest, roster: Roster, now: datetime) -> list[Broken]:
    """One query, for where the time went."""
    pasts = terms_overdue.pasts(terms, now)
    lines = lines_of(terms, request=request, roster=roster, now=now)
    names = {cause.code: cause.name for cause in settings_of(request.center.settings).late_causes}
    found = []
    for term, line in zip(terms, lines, strict=True):
        said: Lateness | None = getattr(term, "lateness", None)
        cause, note = (
            (names.get(said.cause, said.cause), mask_for(request.actor, term.message, said.note)) if said else ("", "")
        )
        may_explain = bool(policies.may_explain_lateness(request.actor, term.message))
        found.append(Broken(line, pasts[term.pk], said, cause, note, may_explain))
    return found


def _cell(request: CenterRequest, term: Deadline, said: Lateness | None) -> dict[str, Any]:
    """What the cell of the cause shows, where nothing else of the line is read."""
    return {
        "line": {"pk": term.pk, "number": term.message.number},
        "said": said,
        "cause": cause_name(request.center, said.cause) if said else "",
        "note": mask_for(request.actor, term.message, said.note) if said else "",
        "may_explain": bool(policies.may_explain_lateness(request.actor, term.message)),
        "focused": True,
    }


def _causes(request: CenterRequest, query: Mapping[str, str], counts: dict[str, int], asked: Asked) -> list[CauseCount]:
    """Every cause that some term has, in the charter's order, first those without."""
    known = {cause.code: cause.name for cause in settings_of(request.center.settings).late_causes}
    labels = {NONE: "Без причины", **known, **{code: code for code in counts if code not in known and code != NONE}}
    return [
        CauseCount(label, counts.get(code, 0), _address(query, cause="" if code == asked.cause else code), code == asked.cause)
        for code, label in labels.items()
        if counts.get(code) or code == asked.cause
    ]


def _address(query: Mapping[str, str], **values: str) -> str:
    kept = {key: value for key, value in query.items() if key not in _PLACES}
    return "?" + urlencode({key: value for key, value in {**kept, **values}.items() if value})


def _back(request: CenterRequest) -> str:
    """Where the person came from, if it is a page of ours."""
    url = request.POST.get("back") or request.GET.get("back") or ""
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else reverse("messages:overdue", args=[request.center.slug])
