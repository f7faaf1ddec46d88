"""Every page for every role, nothing of another Center, queries that do not grow, headers, hostile addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from pytest_django import Settings

from blocks.models import ApiClient, DeadlineRule, DutyShift, Membership, Substitution, Webhook
from blocks.roles import Role
from blocks.services.clients import create_client
from mcu.models import Outbox, PushDevice, User
from messages.models import (
    Attachment,
    AutoRule,
    BulkRun,
    Deadline,
    Export,
    Mailbox,
    Message,
    MessageImport,
    Part,
    RuleChange,
    SavedFilter,
)
from messages.workflow import State
from reports.models import InformationRisk, RegisterImport
from reports.periods import parse_week
from tests.cast import NOW, Cast
from tests.messages.browsing import ALONE, browser, crowd, of_case, page, patterns, words
from tests.messages.scenes import IM, WAYS, Chain, bring
from tests.reports.reported import signed_problemator

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
WEEK = "2026-W46"
QUERIES = 15  # with the session and the user
# Parameters of addresses that name an object of the Center or of a person in it.
OBJECTS = {
    "mailbox",
    "number",
    "membership",
    "substitution",
    "person",
    "notice",
    "device",
    "shift",
    "saved",
    "run",
    "export",
    "rule",
    "auto",
    "change",
    "term",
    "row",
    "upload",
    "client",
    "key",
    "hook",
}


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(LATER, tick=False):
        yield


# Who opens what: раздел 6. «case» is a case of social networks in the roads block.
EVERYBODY = [
    "im", "pos", "fz59", "other", "roads", "roads_curator", "housing", "housing_curator",
    "head", "curator", "support", "tech", "district_head",
]  # fmt: skip
OPENS = {
    "": EVERYBODY,
    "messages/": EVERYBODY,
    "messages/conditions/": EVERYBODY,
    "messages/filters/": EVERYBODY,
    "messages/filters/counts/": EVERYBODY,
    "messages/exports/": EVERYBODY,
    "messages/imports/": ["im", "pos", "fz59", "other", "head", "support"],
    "messages/tags/": EVERYBODY,
    "settings/auto-rules/": [name for name in EVERYBODY if name != "tech"],
    "settings/auto-rules/new/": ["head", "support"],
    "terms/": EVERYBODY,
    "terms/overdue/": EVERYBODY,
    "terms/rules/": EVERYBODY,
    "terms/rules/new/": ["head", "support"],
    "terms/feed/": EVERYBODY,
    "settings/clients/": ["head", "tech"],
    "settings/clients/new/": ["tech"],
    "settings/lists/": ["head", "support", "tech"],
    "settings/lists/topics/": ["head", "support"],
    "settings/lists/recipients/file/": ["head", "support"],
    "settings/lists/people/": ["head", "tech"],
    "settings/lists/people/file/": ["head", "tech"],
    "settings/lists/people/template/": ["head", "tech"],
    "messages/new/": ["im", "pos", "fz59", "other", "head", "support"],
    "settings/suggestions/": ["head", "support", "tech"],
    "settings/mailboxes/": ["tech"],
    "settings/mailboxes/new/": ["tech"],
    "settings/": ["im", "pos", "fz59", "other", "head", "support", "tech"],
    "sorting/": ["im", "pos", "fz59", "other", "head", "support"],
    "approval/": ["head", "roads_curator", "housing_curator"],
    "notices/": [*EVERYBODY, "observer"],
    "notices/bell/": [*EVERYBODY, "observer"],
    "notices/latest/": [*EVERYBODY, "observer"],
    "notices/settings/": [*EVERYBODY, "observer"],
    "roster/duty/": EVERYBODY,
    "roster/duty/add/": ["head", "support", "roads_curator", "housing_curator"],
    "roster/delivery/": ["tech"],
    "roster/": EVERYBODY,
    "roster/history/": EVERYBODY,
    "reports/": [*EVERYBODY, "observer"],
    f"reports/problemator/{WEEK}/": [*EVERYBODY, "observer"],
    f"reports/problemator/{WEEK}/xlsx": [*EVERYBODY, "observer"],
    f"reports/problemator/{WEEK}/pdf": [*EVERYBODY, "observer"],
    f"reports/problemator/{WEEK}/making/": [*EVERYBODY, "observer"],
    f"reports/problemator/{WEEK}/text/summary/": ["head", "support"],
    f"reports/cases/{WEEK}/received/": EVERYBODY,
    "reports/rows/2026-10/recipients/": EVERYBODY,
    "reports/now/overdue/": EVERYBODY,
    "reports/registers/": [*EVERYBODY, "observer"],
    "reports/roadmaps/": [*EVERYBODY, "observer"],
    "reports/registers/risks/": [*EVERYBODY, "observer"],
    "reports/registers/consultations/": EVERYBODY,
    "reports/registers/publications/new/": ["head", "support", "roads", "roads_curator", "housing", "housing_curator"],
    "reports/registers/publications/file/": ["head", "support", "roads", "roads_curator", "housing", "housing_curator"],
    "reports/registers/hearings/template.xlsx": ["head", "support"],
    "reports/heat/": [*EVERYBODY, "observer"],
    "reports/planning/": ["head", "curator", "support", "tech", "district_head", "observer"],
    "reports/planning/data.csv": ["head", "curator", "support", "tech", "district_head", "observer"],
    "reports/board/": ["head", "curator", "support", "tech", "district_head"],
    "reports/board/figures/": ["head", "curator", "support", "tech", "district_head"],
    "roster/substitution/": EVERYBODY,
}
SEES_THE_CASE = ["im", "roads", "roads_curator", "head", "curator", "support", "tech", "district_head"]


def test_every_page_opens_for_those_whom_the_design_names_and_for_nobody_else(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    signed_problemator(okt, parse_week(WEEK, okt.center.tz), LATER)
    wrong = []
    for name in okt.people:
        client = browser(okt, name)
        expected = {f"/{okt.center.slug}/{path}": 200 if name in who else 403 for path, who in OPENS.items()}
        expected[of_case(scene)] = 403 if name == "observer" else 200 if name in SEES_THE_CASE else 404
        for address, status in expected.items():
            if (answer := client.get(address).status_code) != status:
                wrong.append(f"{address} for {name}: {answer}, not {status}")
    assert wrong == []


def test_the_rail_offers_exactly_what_opens(okt: Cast) -> None:
    for name in okt.people:
        client = browser(okt, name)
        start = client.get("/", follow=True)
        for item in start.context["frame"].rail:
            assert client.get(item["url"]).status_code == 200, (name, item["url"])


@pytest.mark.parametrize("state", WAYS)
def test_the_case_page_opens_in_every_state(okt: Cast, state: str) -> None:
    scene = bring(okt, IM, state)
    for name in ("head", "im", "tech"):
        response = browser(okt, name).get(of_case(scene))
        assert response.status_code == 200
        assert State(state).label in words(response)


def _of_center() -> list[tuple[str, URLPattern]]:
    return [(text, one) for text, one in patterns() if text.startswith("<slug:center>/")]


def _filled(pattern: str, values: dict[str, Any]) -> str:
    """The address with its parameters filled in."""
    path = pattern.replace("<kind:kind>", "problemator")
    for name, value in values.items():
        for converter in ("slug", "str", "int"):
            path = path.replace(f"<{converter}:{name}>", str(value))
    assert "<" not in path, pattern
    return f"/{path}"


def test_a_person_of_one_center_opens_nothing_of_the_other(okt: Cast, kor: Cast) -> None:
    """Each address twice: in the other Center, and in the own one with an object of the other; by GET and by POST."""
    foreign = bring(kor, IM_OF_KOR, "drafting").message
    membership = Membership.objects.get(user=kor.people["head"])
    day = LATER.date()
    lent = Substitution.objects.create(membership=membership, substitute=kor.people["im"], since=day, until=day)
    for cast in (okt, kor):
        signed_problemator(cast, parse_week(WEEK, cast.center.tz), LATER)
    objects = {
        "number": foreign.number,
        "name": "assign",
        "membership": membership.pk,
        "substitution": lent.pk,
        "person": kor.people["head"].pk,
        **_personal(kor, kor.people["head"]),
        **_of_register(kor, kor.people["head"]),
        **_of_case(foreign, kor),
        **_of_rules(kor),
        **_of_programs(kor),
        "mailbox": _mailbox_of(kor).pk,
        **_of_registers(kor),
        "do": "delete",
        "step": "assign",
        "pk": foreign.pk,
        "way": "email",
        "letter": 1,
        "kind": "pdf",
        "week": WEEK,
        "code": WEEK,
        "place": "summary",
        "figure": "received",
    }
    before, block = _state_of(kor), kor.block("economy").pk
    wrong, walked = [], 0
    for name in ("head", "tech", "im"):
        client = browser(okt, name)
        for pattern, _ in _of_center():
            own = OBJECTS & {key for key in objects if f":{key}>" in pattern}
            for center in (kor.center.slug, okt.center.slug) if own else (kor.center.slug,):
                address = _filled(pattern, objects | {"center": center})
                answers = {
                    client.get(address).status_code,
                    client.post(address, {"block": block}).status_code,
                }
                walked += 1
                # 403: the own Center's role is asked for before the object; 405: the address takes only the other method.
                allowed = {404, 405} if center == kor.center.slug else {403, 404, 405}
                if "/sorting/" in pattern:  # what does not wait for this person, be it there or not, gives way to the next case
                    allowed |= {302}
                if not answers <= allowed or answers == {405}:
                    wrong.append(f"{address} for {name}: {answers}")
    assert wrong == []
    assert walked > 60
    assert _state_of(kor) == before


IM_OF_KOR = Chain("im", "economy", "im", "economy", "economy", "im", "source_curator", needs_head=False)


def _of_register(cast: Cast, person: User) -> dict[str, object]:
    """A kept filter that the whole Center sees, a step for many cases and an export of somebody else."""
    own = {"center": cast.center, "user": person, "asked_at": LATER}
    saved = SavedFilter.objects.create(center=cast.center, owner=person, name="Чужой", shared=True, created_at=LATER)
    run = BulkRun.objects.create(do="tag", values={"name": "а"}, ids=[1], stages=[""], touched_at=LATER, **own)
    export = Export.objects.create(state="done", file="exports/0", **own)
    file = MessageImport.objects.create(format="im", name="а.xlsx", sha256="0" * 64, state="ready", **own)
    return {"saved": saved.pk, "run": run.pk, "export": export.pk, "brought": file.pk}


def _of_case(message: Message, cast: Cast) -> dict[str, object]:
    """A file of the case, a part of its answer, a term."""
    file = Attachment.objects.create(
        message=message, kind="message", name="а.txt", size=1, sha256="0" * 64, file="files/0", uploaded_at=LATER
    )
    block = cast.block("education")
    part = Part.objects.create(message=message, block=block, question="Что сделано?", asked_at=LATER, due_at=LATER)
    return {"file": file.pk, "part": part.pk, "term": Deadline.objects.filter(message=message).order_by("pk")[0].pk}


def _of_rules(cast: Cast) -> dict[str, object]:
    """A rule of terms, a change of one, an auto-rule."""
    rule = DeadlineRule.objects.filter(center=cast.center).order_by("pk")[0]
    change = RuleChange.objects.create(center=cast.center, at=LATER, by="чужой", choice="keep", finished_at=LATER)
    auto = AutoRule.objects.create(
        center=cast.center, name="чужое", created_at=LATER, changed_at=LATER, created_by=cast.people["head"]
    )
    return {"rule": rule.pk, "change": change.pk, "auto": auto.pk}


def _mailbox_of(cast: Cast) -> Mailbox:
    """A mailbox of the Center that nobody answers for."""
    given = {"address": "a@kor.example", "host": "127.0.0.1", "user_name": "a", "password": "sealed", "created_at": LATER}
    return Mailbox.objects.create(center=cast.center, source=cast.source("im"), **given)


def _of_programs(cast: Cast) -> dict[str, object]:
    """A program with its key and an address it is told at."""
    client, _ = create_client(center=cast.center, name="Чужая", sources=["im"], now=LATER)
    hook = Webhook.objects.create(client=client, url="https://portal.example.ru/", created_at=LATER, next_try_at=LATER)
    return {"client": client.pk, "key": client.keys.get().pk, "hook": hook.pk}


def _of_registers(cast: Cast) -> dict[str, object]:
    """A row of a register and a file brought to it."""
    own = {"center": cast.center, "number": 1, "noticed_on": LATER.date(), "where": "media", "level": "low"}
    row = InformationRisk.objects.create(summary="чужой", created_at=LATER, changed_at=LATER, **own)
    file = RegisterImport.objects.create(center=cast.center, register="risks", by=cast.people["head"], at=LATER, name="чужой")
    return {"register": "risks", "row": row.number, "upload": file.pk, "form": "csv"}


def _personal(cast: Cast, person: User) -> dict[str, object]:
    """A notice, a device and a duty of somebody else."""
    notice = Outbox.objects.create(
        key="чужое", kind="assign", user=person, center_slug=cast.center.slug, subject="чужое", created_at=LATER, attempts=1
    )
    device = PushDevice.objects.create(user=person, endpoint="https://push.example.com/1", label="Chrome", created_at=LATER)
    shift = DutyShift.objects.create(
        center=cast.center, user=person, since=LATER, until=LATER + timedelta(hours=9), created_at=LATER
    )
    return {"notice": notice.pk, "device": device.pk, "shift": shift.pk}


def _state_of(cast: Cast) -> list[Any]:
    """What a stranger could have changed."""
    return [
        list(Message.objects.filter(center=cast.center).values_list("state", "changed_at", "cycle")),
        list(Membership.objects.filter(center=cast.center).order_by("pk").values_list("pk", "until", "revoked_at")),
        list(Substitution.objects.values_list("pk", "until", "revoked_at")),
        list(SavedFilter.objects.filter(center=cast.center).values_list("pk", "name", "shared")),
        list(BulkRun.objects.filter(center=cast.center).values_list("pk", "taken")),
        list(DeadlineRule.objects.filter(center=cast.center).values_list("pk", "closed_at")),
        list(AutoRule.objects.filter(center=cast.center).values_list("pk", "enabled_at", "closed_at", "order")),
        list(InformationRisk.objects.filter(center=cast.center).values_list("version", "voided_at")),
        list(ApiClient.objects.filter(center=cast.center).values_list("blocked_at", "scopes", "keys__blocked_at", "webhooks")),
        [person.is_active for person in cast.people.values()],
    ]


def test_a_person_of_both_centers_has_in_each_only_the_roles_held_there(okt: Cast, kor: Cast) -> None:
    kor.people["guest"] = okt.people["head"]
    kor.add("guest", Role.OBSERVER)
    mine, theirs = bring(okt, IM, "received"), bring(kor, IM_OF_KOR, "received")
    client = browser(okt, "head")
    assert client.get(of_case(mine)).status_code == 200
    assert client.get(of_case(theirs)).status_code == 403
    assert client.get(page(kor, "list")).status_code == 403
    assert client.get(f"/{kor.center.slug}/reports/").status_code == 200
    # The other Center's case through the own Center's address.
    assert client.get(page(okt, "case", theirs.message.number)).status_code == 404


def test_the_list_of_one_center_never_shows_a_row_of_the_other(okt: Cast, kor: Cast) -> None:
    mine, theirs = okt.message("im"), kor.message("im")
    for query in ("", "?state=all", "?q=фонари", f"?q={theirs.number}", "?source=im", "?q=000001"):
        text = words(browser(okt, "head").get(page(okt, "list") + query))
        assert f"/messages/{theirs.number}/" not in text
        assert f"/{kor.center.slug}/" not in text
    assert mine.number in words(browser(okt, "head").get(page(okt, "list")))


def test_a_blocked_person_and_one_whose_roles_ended_open_nothing(okt: Cast) -> None:
    roads, housing = browser(okt, "roads"), browser(okt, "housing")
    Membership.objects.filter(user=okt.people["roads"]).update(until=(LATER - timedelta(days=2)).date())
    okt.people["housing"].is_active = False
    okt.people["housing"].save()
    assert roads.get(page(okt, "desk")).status_code == 404
    assert roads.get("/").status_code == 403
    assert housing.get(page(okt, "desk")).status_code == 302


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


DESKS = [("desk", name) for name in ("head", "roads", "roads_curator", "im")]
LISTS = [("list", "head"), ("list", "roads"), ("approval", "roads_curator"), ("approval", "head")]


def test_lists_cost_the_same_number_of_queries_however_long_they_are(okt: Cast) -> None:
    """But for the slow numbers of a desk, which are kept for some minutes: whoever comes first pays one query more."""
    costs: list[dict[tuple[str, str], int]] = []
    cold = [_queries(browser(okt, name), page(okt, "desk")) for _, name in DESKS]
    assert max(cold) <= QUERIES
    for count in (6, 54, 120):
        crowd(okt, count, states=ALONE)
        costs.append({one: _queries(browser(okt, one[1]), page(okt, one[0])) for one in (*DESKS, *LISTS)})
    few, many, more = costs
    assert few == many == more
    assert {one: cost for one, cost in many.items() if cost > QUERIES} == {}


def test_the_register_asked_for_everything_at_once_costs_no_more(okt: Cast) -> None:
    crowd(okt, 60)
    address = page(okt, "list") + "?state=drafting&block=roads&source=im&term=overdue&q=фонари"
    assert _queries(browser(okt, "head"), address) <= QUERIES
    second = browser(okt, "head").get(page(okt, "list")).context["older_url"]
    assert second
    assert _queries(browser(okt, "head"), page(okt, "list") + second) <= QUERIES


@pytest.mark.parametrize("name", ["head", "im", "roads", "roads_curator", "tech"])
def test_the_case_page_costs_the_same_however_long_its_history(okt: Cast, name: str) -> None:
    scene = bring(okt, IM, "drafting")
    short = _queries(browser(okt, name), of_case(scene))
    assert short <= QUERIES
    for version in range(1, 12):
        scene.draft(f"Версия после правки {version}.", base=version)
    crowd(okt, 30)
    assert _queries(browser(okt, name), of_case(scene)) == short


HOSTILE = [
    "state=выдумка&block=нет&source=нет&term=вчера",
    "q=%00&state=%00&block=%00&source=%00&term=%00",
    "q=" + "а" * 5000,
    "q=" + "слово+" * 800,
    "q='+%26+%7C+!+(+)+:*+<->+\\",
    "q=%22%27%3B+DROP+TABLE+x%3B--",
    "q=%ff%fe%ed%a0%80",
    "q=" + "9" * 400,
    "q=٣٤٥",
    "q=²³",
    "q=____",
    "q=-",
    "q=ОКТ-2026-1",
    "after=2026-11-18T05:00:00%2B00:00_" + "9" * 4500,
    "after=2026-11-18T05:00:00%2B00:00_-1",
    "after=2026-11-18T05:00:00_1",
    "after=9999-12-31T23:59:59-23:59_1",
    "after=0001-01-01T00:00:00%2B23:59_1",
    "before=9999-12-31T23:59:59-23:59_9223372036854775807",
    "before=0001-01-01T00:00:00%2B23:59_1",
    "after=%00_1&before=_",
    "after=x&before=2026-11-18T05:00:00%2B00:00_1",
    "page=-1&page=99999999999999999999&week=%00",
    "state=&state=all&q=&q=фонари",
    "then=https://example.org/",
    "up_to=" + "9" * 5000,
]


def test_no_address_breaks_a_page(okt: Cast) -> None:
    crowd(okt, 3)
    signed_problemator(okt, parse_week(WEEK, okt.center.tz), LATER)
    head = browser(okt, "head")
    for query in HOSTILE:
        for path in ("messages/", "approval/", "", "roster/history/", f"reports/cases/{WEEK}/received/"):
            status = head.get(f"/{okt.center.slug}/{path}?{query}").status_code
            assert status in (200, 400, 404), (path, query, status)


def test_nothing_sent_to_the_notices_breaks_them(okt: Cast) -> None:
    for value in ("", "\x00", "-1", "9" * 30, "9" * 5000, "²", "abc"):
        assert browser(okt, "head").post(f"/{okt.center.slug}/notices/", {"up_to": value}).status_code == 302


@pytest.mark.parametrize(
    "address", ["/%00/", "/нет/", "/oktyabrsky/messages/../", "/oktyabrsky%00/messages/", "/" + "a" * 3000 + "/"]
)
def test_an_address_of_nothing_is_not_found(okt: Cast, address: str) -> None:
    assert browser(okt, "head").get(address).status_code == 404


def test_nothing_is_changed_without_the_token_of_a_page(okt: Cast) -> None:
    client = browser(okt, "head", csrf=True)
    values = {
        "center": okt.center.slug,
        "number": "ОКТ-2026-000001",
        "name": "assign",
        "week": WEEK,
        "code": WEEK,
        "place": "summary",
        "figure": "received",
    }
    values |= dict.fromkeys(("notice", "device", "shift", "way"), "1")
    values |= dict.fromkeys(
        ("membership", "substitution", "person", "letter", "kind", "saved", "do", "run", "export", "step", "pk"), "1"
    )
    values |= dict.fromkeys(("file", "part", "term", "rule", "change"), "1")
    values |= {"register": "risks", "row": "1", "upload": "1", "form": "csv"}
    values |= dict.fromkeys(("client", "key", "hook", "mailbox", "auto", "brought"), "1")
    for pattern, _ in _of_center():
        address = _filled(pattern, values)
        response = client.post(address)
        assert response.status_code == 403, address
        assert "Страница устарела" in words(response), address


def test_every_answer_carries_a_strict_policy_of_content(okt: Cast) -> None:
    scene, client = bring(okt, IM, "drafting"), browser(okt, "head")
    addresses = [
        "/accounts/login/", page(okt, "desk"), page(okt, "list"), page(okt, "approval"), of_case(scene),
        f"/{okt.center.slug}/reports/", f"/{okt.center.slug}/roster/", "/нет-такой/", "/link/нет/", "/api/v1/messages/",
    ]  # fmt: skip
    for address in addresses:
        for one in (client, Client()):
            response = one.get(address)
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe" not in policy
            assert "*" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            text = response.content.decode(errors="replace")
            for inline in (" style=", "<style", "javascript:", "onclick=", "onload=", "onsubmit="):
                assert inline not in text, (address, inline)
            assert "<script>" not in text


def test_htmx_gets_only_the_list(okt: Cast) -> None:
    crowd(okt, 3)
    client = browser(okt, "head")
    whole, part = client.get(page(okt, "list")), client.get(page(okt, "list"), headers={"HX-Request": "true"})
    assert "<html" in words(whole)
    assert "<html" not in words(part)
    assert words(part).count("row__link") == words(whole).count("row__link") == 3
    assert "HX-Request" in part.headers.get("Vary", "")


def test_pages_of_people_are_not_kept_by_caches(okt: Cast) -> None:
    scene, client = bring(okt, IM, "drafting"), browser(okt, "head")
    for address in (page(okt, "desk"), page(okt, "list"), of_case(scene)):
        assert "Cookie" in client.get(address).headers["Vary"]


def test_the_desk_says_what_waits_for_whom(okt: Cast) -> None:
    """Two hours after the agreement the head's and the publisher's hour has run out: those who watch
    see both, what is their own work once."""
    for state in ("received", "assigned", "drafting", "block_approval", "head_approval", "approved"):
        bring(okt, IM, state)
    shown = {
        name: {section.code: section.count for section in browser(okt, name).get(page(okt, "desk")).context["sections"]}
        for name in ("im", "roads", "roads_curator", "head", "housing", "tech", "curator")
    }
    assert shown == {
        "im": {"sort": 1, "send-source_curator": 1},
        "roads": {"draft": 2},
        "roads_curator": {"agree": 1, "late": 2},
        "head": {"approve": 1, "late": 1},
        "housing": {},
        "tech": {},
        "curator": {"late": 2},
    }


def test_the_nearest_term_comes_first_and_what_is_late_is_said_in_words(okt: Cast) -> None:
    slow, urgent = bring(okt, IM, "assigned"), bring(okt, IM, "assigned", received_at=NOW - timedelta(days=1))
    Message.objects.filter(pk=urgent.message.pk).update(next_due_at=NOW)
    response = browser(okt, "roads").get(page(okt, "desk"))
    assert [row.number for row in response.context["sections"][0].rows] == [urgent.message.number, slow.message.number]
    assert "просрочено 1" in words(response)
