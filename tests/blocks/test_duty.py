"""The duty rota: who writes it, whom it takes, and that a breach reaches whoever is on duty, in quiet hours too."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from pytest_django import Settings

from blocks.models import DutyShift, Membership, RosterEvent
from blocks.roles import Role
from blocks.services.duty import Duty, add_shift, call_off
from blocks.services.notices import Wishes, choose
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox, User
from messages.services.sweep import sweep
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def put_on_duty(
    cast: Cast, name: str, *, by: str = "head", block: str = "", source: str = "", since: datetime = NOW, hours: int = 12
) -> DutyShift:
    """A person of the cast on duty."""
    duty = Duty(
        user=cast.people[name],
        since=since,
        until=since + hours * HOUR,
        block=cast.block(block) if block else None,
        source=cast.source(source) if source else None,
    )
    return add_shift(actor=cast.actor(by), center=cast.center, duty=duty, now=NOW)


def _told_of(kind: str, cast: Cast) -> set[str]:
    names = {user.pk: name for name, user in cast.people.items()}
    return {names[row.user_id] for row in Outbox.objects.filter(kind=kind)}


# --- Writing the rota ---------------------------------------------------------------------------------------------------


def test_a_duty_is_written_told_and_stays_in_the_history(okt: Cast) -> None:
    shift = put_on_duty(okt, "roads", block="roads")
    notice = Outbox.objects.get(user=okt.people["roads"], kind="duty")
    assert notice.subject == "Вы дежурите: с 18.11.2026 10:00 по 18.11.2026 22:00, Дороги"
    call_off(actor=okt.actor("head"), center=okt.center, shift_id=shift.pk, now=NOW + HOUR)
    assert DutyShift.objects.get().revoked_at == NOW + HOUR
    assert [event.kind for event in RosterEvent.objects.order_by("pk")] == ["duty_added", "duty_called_off"]
    assert Outbox.objects.filter(user=okt.people["roads"], kind="duty_called_off").exists()
    text = words(browser(okt, "im").get(reverse("blocks:history", args=[okt.center.slug])))
    assert "Дежурство отменено" in text
    assert "Дороги · с 18.11.2026 10:00 по 18.11.2026 22:00" in text
    with pytest.raises(WrongState):
        call_off(actor=okt.actor("head"), center=okt.center, shift_id=shift.pk, now=NOW + 2 * HOUR)


@pytest.mark.parametrize(("by", "block"), [("head", ""), ("support", ""), ("head", "roads"), ("roads_curator", "roads")])
def test_who_may_write_it(okt: Cast, by: str, block: str) -> None:
    put_on_duty(okt, "head", by=by, block=block)


@pytest.mark.parametrize(("by", "block"), [("im", ""), ("roads", "roads"), ("roads_curator", ""), ("roads_curator", "housing")])
def test_who_may_not(okt: Cast, by: str, block: str) -> None:
    with pytest.raises(NotAllowed):
        put_on_duty(okt, "head", by=by, block=block)


@pytest.mark.parametrize(
    ("name", "block", "source"), [("roads", "housing", ""), ("im", "roads", ""), ("im", "", "pos"), ("roads", "", "")]
)
def test_whoever_could_not_open_the_cases_is_not_put_on_duty(okt: Cast, name: str, block: str, source: str) -> None:
    with pytest.raises(Invalid) as refusal:
        put_on_duty(okt, name, block=block, source=source)
    assert "user" in refusal.value.fields


def test_a_role_that_ends_before_the_duty_does_not_do(okt: Cast) -> None:
    Membership.objects.filter(user=okt.people["roads"]).update(until=NOW.date())
    put_on_duty(okt, "roads", block="roads", hours=5)
    with pytest.raises(Invalid):
        put_on_duty(okt, "roads", block="roads", since=NOW + 6 * HOUR, hours=24)


def test_times_make_sense_and_nobody_stands_twice(okt: Cast) -> None:
    for since, hours in ((NOW, 0), (NOW - 2 * DAY, 12)):
        with pytest.raises(Invalid):
            put_on_duty(okt, "head", since=since, hours=hours)
    put_on_duty(okt, "head")
    with pytest.raises(Invalid, match="не записано") as refusal:
        put_on_duty(okt, "head", since=NOW + HOUR)
    assert "уже дежурит" in refusal.value.fields["since_day"]
    put_on_duty(okt, "support")  # two people may be on duty together


def test_nothing_of_another_center_is_called_off(okt: Cast, kor: Cast) -> None:
    shift = put_on_duty(kor, "head")
    with pytest.raises(NotFound):
        call_off(actor=okt.actor("head"), center=okt.center, shift_id=shift.pk, now=NOW)


# --- Whom a breach reaches ----------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(okt: Cast, settings: Settings) -> Cast:
    """Everybody has an address and quiet hours the whole day round but for a minute."""
    settings.EMAIL_ENABLED = True
    for name, user in okt.people.items():
        user.email = f"{name.replace('_', '-')}@example.com"
        user.save()
        choose(user=user, center=okt.center, wishes=Wishes({}, quiet=(time(0, 1), time(0))), now=NOW)
    return okt


def _breach(cast: Cast) -> datetime:
    """A case in the roads block whose inner term of three hours passes; the moment after it."""
    scene = bring(cast, IM, "assigned")
    Outbox.objects.all().delete()
    after = scene.now + 3 * HOUR + HOUR / 6
    sweep(now=after)
    return after


def test_a_breach_reaches_the_duty_of_the_block_at_once_though_somebody_else_holds_the_case(quiet: Cast) -> None:
    other = quiet.add("roads_second", Role.BLOCK_RESPONSIBLE, block="roads")
    User.objects.filter(pk=other.pk).update(email="second@example.com")
    choose(user=other, center=quiet.center, wishes=Wishes({}, quiet=(time(0, 1), time(0))), now=NOW)
    put_on_duty(quiet, "roads_second", block="roads")
    after = _breach(quiet)
    rows = {row.user_id: row for row in Outbox.objects.filter(kind="deadline_breach")}
    duty = rows[other.pk]
    assert (duty.on_duty, duty.by_email, duty.next_try_at) == (True, True, after)
    held = [row for user, row in rows.items() if user != other.pk]
    assert held
    assert all(not row.on_duty and row.next_try_at and row.next_try_at > after for row in held)


def test_the_duty_of_the_whole_center_stands_in_where_the_block_has_none(okt: Cast) -> None:
    put_on_duty(okt, "support")
    put_on_duty(okt, "housing", block="housing")
    _breach(okt)
    assert "support" in _told_of("deadline_breach", okt)
    assert "housing" not in _told_of("deadline_breach", okt)


def test_the_nearest_duty_is_told_and_not_the_whole_center(okt: Cast) -> None:
    put_on_duty(okt, "support")
    put_on_duty(okt, "im", source="im")
    _breach(okt)
    assert "im" in _told_of("deadline_breach", okt)
    assert "support" not in _told_of("deadline_breach", okt)


def test_a_duty_that_is_over_or_called_off_changes_nothing(okt: Cast) -> None:
    put_on_duty(okt, "support", hours=2)
    shift = put_on_duty(okt, "curator")
    call_off(actor=okt.actor("head"), center=okt.center, shift_id=shift.pk, now=NOW)
    _breach(okt)
    assert not {"support", "curator"} & _told_of("deadline_breach", okt)


def test_warnings_do_not_wake_the_duty(okt: Cast) -> None:
    put_on_duty(okt, "support")
    scene = bring(okt, IM, "assigned")
    sweep(now=scene.now + 2 * HOUR)
    assert Outbox.objects.filter(kind__startswith="deadline_warn").exists()
    assert "support" not in _told_of("deadline_warn_50", okt)


# --- The page -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def _demo(settings: Settings) -> None:
    """No second step of signing in is asked for."""
    settings.DEMO = True


@pytest.mark.usefixtures("_demo")
def test_the_page_shows_the_rota_and_takes_a_new_duty(okt: Cast) -> None:
    rota, add = (reverse(f"blocks:{name}", args=[okt.center.slug]) for name in ("duty", "add_duty"))
    with time_machine.travel(NOW, tick=False):
        head = browser(okt, "head")
        answer = head.post(
            add,
            {
                "user": okt.people["roads"].pk,
                "block": okt.block("roads").pk,
                "since_day": "2026-11-18",
                "since_at": "18:00",
                "until_day": "2026-11-19",
                "until_at": "09:00",
            },
        )
        assert answer.status_code == 302
        shift = DutyShift.objects.get()
        assert (shift.since, shift.until) == (NOW + 8 * HOUR, NOW + 23 * HOUR)
        seen = words(browser(okt, "im").get(rota))
        assert okt.people["roads"].full_name in seen
        assert "Отменить" not in seen
        assert "Отменить" in words(browser(okt, "roads_curator").get(rota))
        assert browser(okt, "housing_curator").post(f"{rota}{shift.pk}/call-off/").status_code == 403
        assert browser(okt, "roads_curator").post(f"{rota}{shift.pk}/call-off/").status_code == 302
        assert "отменено" in words(head.get(rota))


@pytest.mark.usefixtures("_demo")
def test_a_wrong_form_keeps_what_was_typed(okt: Cast) -> None:
    add = reverse("blocks:add_duty", args=[okt.center.slug])
    with time_machine.travel(NOW, tick=False):
        given = {"user": okt.people["roads"].pk, "since_day": "2026-11-18", "since_at": "18:00", "until_day": "2026-11-18"}
        seen = words(browser(okt, "head").post(add, given | {"until_at": "17:00"}))
        assert "Конец должен быть позже начала." in seen
        assert 'value="17:00"' in seen
        curator = words(browser(okt, "roads_curator").get(add))
    assert okt.block("housing").short not in curator
