"""A person names a substitute for the own leave; what is refused; who is told; where a person of two Centers starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from blocks.models import Membership, RosterEvent, Substitution
from blocks.roles import Role
from blocks.selectors.absence import absence_of
from blocks.services.substitutions import Loan, add_substitution, add_substitutions, end_substitution
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.models import Outbox
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, words

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def ids(cast: Cast, name: str) -> list[int]:
    return list(Membership.objects.filter(user=cast.people[name], center=cast.center).values_list("pk", flat=True))


def lend(cast: Cast, absent: str, stand_in: str, *, by: str = "", since: int = 0, until: int = 3) -> list[Substitution]:
    """From ``since`` to ``until`` days from today; by the absent person unless said otherwise."""
    loan = Loan(cast.people[stand_in], TODAY + since * DAY, TODAY + until * DAY, "отпуск")
    return add_substitutions(actor=cast.actor(by or absent), membership_ids=ids(cast, absent), loan=loan, now=NOW)


def refusal(cast: Cast, absent: str, stand_in: str, **days: int) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        lend(cast, absent, stand_in, since=days.get("since", 0), until=days.get("until", 3))
    return refused.value.fields


def address(cast: Cast, name: str = "substitution", *args: object) -> str:
    return reverse(f"blocks:{name}", args=[cast.center.slug, *args])


def test_a_person_lends_the_own_role_and_the_substitute_has_it(okt: Cast) -> None:
    client = browser(okt, "roads")
    page = client.get(address(okt))
    assert "Назначить замещающего" in words(page)
    typed = {
        "membership": ids(okt, "roads"), "substitute": okt.people["housing"].pk, "since": "2026-11-18", "until": "2026-11-25",
        "reason": "отпуск",
    }  # fmt: skip
    after = client.post(address(okt), typed, follow=True)
    assert "Вас замещает Проверкин Housing Тестович с 18.11.2026 по 25.11.2026" in words(after)
    grants = okt.actor("housing").grants
    assert [(grant.block_id, grant.acting_for_name) for grant in grants] == [
        (okt.block("housing").pk, ""),
        (okt.block("roads").pk, okt.people["roads"].short_name),
    ]
    event = RosterEvent.objects.latest("pk")
    assert (event.kind, event.user, event.by) == ("substitution_added", okt.people["roads"], okt.people["roads"])
    said = Outbox.objects.get(kind="substitution")
    assert (said.user, said.subject) == (okt.people["housing"], "Вы замещаете: Проверкин R. Т., с 18.11.2026 по 25.11.2026")


def test_both_see_it_on_every_page(okt: Cast) -> None:
    lend(okt, "roads", "housing")
    desk = reverse("desk", args=[okt.center.slug])
    assert "Вы замещаете: Проверкин R. Т. Ваши действия записываются" in words(browser(okt, "housing").get(desk))
    away = words(browser(okt, "roads").get(desk))
    assert "Вас замещает: Проверкин H. Т" in away
    assert "Вы замещаете" in words(browser(okt, "housing").get(address(okt)))


def test_the_absent_person_keeps_what_he_had(okt: Cast) -> None:
    before = okt.actor("roads")
    lend(okt, "roads", "housing")
    assert okt.actor("roads") == before


def test_a_lent_role_is_not_lent_further(okt: Cast) -> None:
    """Whoever substitutes and goes away lends the own role only."""
    lend(okt, "roads", "housing")
    assert [role.pk for role in absence_of(okt.people["housing"].pk, okt.center, NOW).roles] == ids(okt, "housing")
    loan = Loan(okt.people["im"], TODAY, TODAY)
    with pytest.raises(NotAllowed):
        add_substitution(actor=okt.actor("housing"), membership_id=ids(okt, "roads")[0], loan=loan, now=NOW)
    lend(okt, "housing", "im", since=1)
    assert {grant.block_id for grant in okt.actor("im", NOW + DAY).grants if grant.acting_for_id} == {okt.block("housing").pk}


@pytest.mark.parametrize(
    ("stand_in", "days", "field"),
    [
        ("roads", {}, "substitute"),
        ("observer", {}, "substitute"),
        ("housing", {"since": -1}, "since"),
        ("housing", {"since": -3, "until": -1}, "until"),
        ("housing", {"since": 3, "until": 2}, "until"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(okt: Cast, stand_in: str, days: dict[str, int], field: str) -> None:
    assert list(refusal(okt, "roads", stand_in, **days)) == [field]
    assert not Substitution.objects.exists()


def test_one_role_has_one_substitute_at_a_time(okt: Cast) -> None:
    lend(okt, "roads", "housing", until=5)
    assert "уже замещает Проверкин H. Т." in refusal(okt, "roads", "im", since=5, until=7)["since"]
    lend(okt, "roads", "im", since=6, until=7)


def test_whoever_is_away_substitutes_nobody(okt: Cast) -> None:
    lend(okt, "housing", "im", until=5)
    assert "самого замещает Проверкин I. Т." in refusal(okt, "roads", "housing", since=5, until=7)["substitute"]
    lend(okt, "roads", "housing", since=6, until=8)


def test_only_people_of_the_center_substitute(okt: Cast, kor: Cast) -> None:
    okt.people["stranger"] = kor.people["economy"]
    assert "не работает в Центре" in refusal(okt, "roads", "stranger")["substitute"]
    gone = Membership.objects.filter(user=okt.people["housing"])
    gone.update(until=TODAY)
    assert "не работает в Центре" in refusal(okt, "roads", "housing", since=1)["substitute"]


def test_all_roles_are_lent_or_none(okt: Cast) -> None:
    okt.add("roads", Role.BLOCK_CURATOR, block="housing", since=TODAY + 2 * DAY)
    assert "Сама роль действует с 20.11.2026." in refusal(okt, "roads", "im")["since"]
    assert not Substitution.objects.exists()
    assert len(lend(okt, "roads", "im", since=2)) == 2


def test_head_and_support_do_it_for_others_nobody_else_does(okt: Cast) -> None:
    for by in ("head", "support", "tech"):
        for one in lend(okt, "roads", "housing", by=by):
            end_substitution(actor=okt.actor(by), substitution_id=one.pk, last_day=None, now=NOW)
    for by in ("roads_curator", "curator", "im"):
        with pytest.raises(NotAllowed):
            lend(okt, "roads", "housing", by=by)
    with pytest.raises(NotAllowed, match="Себя замещающим"):
        lend(okt, "head", "support", by="support")


def test_both_are_told_when_somebody_else_names_and_ends_it(okt: Cast) -> None:
    one = lend(okt, "roads", "housing", by="head")[0]
    end_substitution(actor=okt.actor("head"), substitution_id=one.pk, last_day=TODAY + DAY, now=NOW)
    told = {(row.user_id, row.subject.split(":")[0].split(" Пр")[0]) for row in Outbox.objects.filter(kind="substitution")}
    roads, housing = okt.people["roads"].pk, okt.people["housing"].pk
    assert told == {
        (housing, "Вы замещаете"), (roads, "Вас замещает"),
        (housing, "Замещение закончится 19.11.2026"), (roads, "Замещение закончится 19.11.2026"),
    }  # fmt: skip


def test_it_is_ended_early_from_the_own_page_but_not_by_a_colleague(okt: Cast) -> None:
    one = lend(okt, "roads", "housing", until=9)[0]
    assert browser(okt, "im").get(address(okt, "end_substitution", one.pk)).status_code == 403
    client = browser(okt, "roads")
    longer = client.post(address(okt, "end_substitution", one.pk), {"when": "later", "last_day": "2026-12-30"})
    assert longer.status_code == 422
    assert "назначьте новое" in words(longer)
    done = client.post(address(okt, "end_substitution", one.pk), {"when": "now"})
    assert done.headers["Location"] == address(okt)
    assert not any(grant.acting_for_id for grant in okt.actor("housing").grants)


def test_a_role_of_another_center_is_not_there(okt: Cast, kor: Cast) -> None:
    loan = Loan(okt.people["housing"], TODAY, TODAY)
    with pytest.raises(NotFound):
        add_substitutions(actor=okt.actor("roads"), membership_ids=ids(kor, "economy"), loan=loan, now=NOW)


def test_those_of_the_same_work_are_offered_first(okt: Cast) -> None:
    groups = {
        name: [user.pk for user in people] for name, people in absence_of(okt.people["roads"].pk, okt.center, NOW).candidates
    }
    assert groups["Та же роль"] == [okt.people["housing"].pk]
    assert groups["Тот же блок или источник"] == [okt.people["roads_curator"].pk]
    everybody = [pk for people in groups.values() for pk in people]
    assert len(everybody) == len(set(everybody)) == len(okt.people) - 2  # all but the person and the observer


def test_an_observer_has_nothing_to_lend(okt: Cast) -> None:
    assert browser(okt, "observer").get(address(okt)).status_code == 403


def test_home_leads_to_the_center_one_was_in_last(okt: Cast, kor: Cast) -> None:
    kor.people["roads"] = okt.people["roads"]
    kor.add("roads", Role.BLOCK_RESPONSIBLE, block="economy")
    client = browser(okt, "roads")
    assert client.get("/").headers["Location"] == "/korsakovsky/"
    client.get("/oktyabrsky/messages/")
    client.get("/korsakovsky/roster/invite/")  # refused: nothing was opened there
    assert client.get("/").headers["Location"] == "/oktyabrsky/"
    other = Client()
    other.cookies = client.cookies
    other.force_login(kor.people["economy"])
    assert other.get("/").headers["Location"] == "/korsakovsky/"
