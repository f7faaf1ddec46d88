"""Which notices leave by which way and when: groups, choices, quiet hours, a mail server that hangs, what tech sees."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from mcu.calendar import production_calendar
from mcu.models import Heartbeat, NoticeSettings, Outbox, PushDevice, User
from mcu.outbox import GROUPS, Notice, Way, drain, group_of, put, retry, retry_all, troubles
from mcu.outbox.wishes import held_until, wants
from messages.workflow import TRANSITIONS
from tests.cast import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ZONE = "Asia/Yekaterinburg"


def _chosen(**values: object) -> NoticeSettings:
    return NoticeSettings(timezone=ZONE, changed_at=NOW, **values)


# --- Groups -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "urgent", "group"),
    [
        ("assign", False, "handed"),
        ("submit", False, "approval"),
        ("deadline_warn_50", False, "terms"),
        ("deadline_escalate_2", True, "hours"),
        ("breach", True, "hours"),
        ("mention", True, "talk"),
        ("part", False, "handed"),
        ("part_late", False, "terms"),
        ("low_score", False, "answers"),
        ("export_failed", False, "reports"),
        ("duty_called_off", False, "duty"),
        ("digest", False, "digest"),
        ("что-то новое", False, "other"),
        ("", False, "other"),
    ],
)
def test_every_kind_has_its_group(kind: str, urgent: bool, group: str) -> None:
    assert group_of(kind, urgent=urgent).code == group


def test_no_step_of_the_workflow_falls_into_the_rest() -> None:
    assert {name for name in TRANSITIONS if group_of(name).code == "other"} == set()


def test_what_is_not_chosen_is_as_by_default() -> None:
    chosen = _chosen(ways={"talk": []})
    talk, handed = group_of("mention"), group_of("assign")
    assert not wants(chosen, talk, Way.EMAIL)
    assert wants(None, talk, Way.EMAIL)
    assert wants(chosen, handed, Way.EMAIL)
    assert wants(_chosen(ways={}), group_of("check"), Way.PUSH)


# --- Quiet hours --------------------------------------------------------------------------------------------------------


def _local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+05:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-18T19:59", None),
        ("2026-11-18T20:00", "2026-11-19T08:00"),
        ("2026-11-19T03:00", "2026-11-19T08:00"),
        ("2026-11-19T08:00", None),
        ("2026-11-20T21:00", "2026-11-23T08:00"),  # Friday evening: until Monday morning
        ("2026-11-22T12:00", "2026-11-23T08:00"),
        ("2026-12-31T22:00", "2027-01-11T08:00"),  # the New Year holidays
    ],
)
def test_nights_and_days_off_make_one_silence(moment: str, until: str | None) -> None:
    chosen = _chosen(quiet_from=time(20), quiet_until=time(8), quiet_days_off=True)
    assert held_until(chosen, _local(moment)) == (_local(until) if until else None)


def test_quiet_hours_of_the_day_and_days_off_alone() -> None:
    assert held_until(_chosen(quiet_from=time(13), quiet_until=time(14)), _local("2026-11-18T13:30")) == _local(
        "2026-11-18T14:00"
    )
    only_days_off = _chosen(quiet_days_off=True)
    assert held_until(only_days_off, _local("2026-11-21T12:00")) == _local("2026-11-23T00:00")
    assert held_until(only_days_off, _local("2026-11-20T23:59")) is None
    assert held_until(_chosen(), _local("2026-11-21T03:00")) is None
    assert held_until(None, NOW) is None


_CLOCK = st.times(max_value=time(23, 59)).map(lambda moment: moment.replace(second=0, microsecond=0))


@given(start=_CLOCK, end=_CLOCK, days_off=st.booleans(), minutes=st.integers(0, 60 * 24 * 330))
def test_the_end_of_a_silence_is_never_silent(start: time, end: time, days_off: bool, minutes: int) -> None:
    if start == end:
        return
    chosen, moment = _chosen(quiet_from=start, quiet_until=end, quiet_days_off=days_off), _local("2026-01-01T00:00")
    moment += minutes * MINUTE
    until = held_until(chosen, moment, calendar=production_calendar())
    if until is not None:
        assert until > moment
        assert held_until(chosen, until) is None


# --- Rows ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def person(db: None, settings: Settings) -> User:
    settings.EMAIL_ENABLED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return User.objects.create_user("ivanova", email="ivanova@example.com", full_name="Иванова Анна Петровна")


def _put(person: User, key: str = "one", *, kind: str = "assign", on_duty: bool = False, now: datetime = NOW) -> Outbox:
    put([Notice(key=key, kind=kind, user_id=person.pk, subject=key, center_slug="oktyabrsky", on_duty=on_duty)], now=now)
    return Outbox.objects.get(key=key)


def _choose(person: User, **values: object) -> None:
    NoticeSettings.objects.update_or_create(user=person, defaults={"timezone": ZONE, "changed_at": NOW, **values})


def test_a_way_that_was_switched_off_is_not_taken_but_the_program_shows_it(person: User) -> None:
    _choose(person, ways={"handed": []})
    row = _put(person)
    assert (row.by_email, row.next_try_at, row.read_at) == (False, None, None)
    assert _put(person, "two", kind="submit").by_email is True


def test_what_was_switched_off_after_the_writing_does_not_leave(person: User, mailoutbox: list[object]) -> None:
    row = _put(person)
    _choose(person, ways={"handed": []})
    assert drain(now=NOW) == 0
    row.refresh_from_db()
    assert (row.by_email, row.attempts, mailoutbox) == (False, 0, [])


def test_quiet_hours_hold_a_letter_until_their_end(person: User, mailoutbox: list[object]) -> None:
    _choose(person, quiet_from=time(9), quiet_until=time(12))  # 10:00 in the Center
    row = _put(person)
    assert row.next_try_at == NOW + 2 * HOUR
    assert drain(now=NOW + HOUR) == 0
    assert drain(now=NOW + 2 * HOUR) == 1
    assert len(mailoutbox) == 1


def test_a_try_that_falls_into_quiet_hours_waits_too(person: User, mailoutbox: list[object]) -> None:
    _put(person)
    _choose(person, quiet_from=time(10), quiet_until=time(11))
    assert drain(now=NOW) == 0
    assert (Outbox.objects.get().next_try_at, Outbox.objects.get().attempts) == (NOW + HOUR, 0)


def test_a_breach_passes_the_quiet_hours_of_whoever_is_on_duty(person: User, mailoutbox: list[object]) -> None:
    _choose(person, quiet_from=time(9), quiet_until=time(12))
    assert _put(person, kind="deadline_breach", on_duty=True).next_try_at == NOW
    assert drain(now=NOW) == 1


def test_a_subject_of_two_lines_is_one_header(person: User, mailoutbox: list[object]) -> None:
    put([Notice(key="two", kind="assign", user_id=person.pk, subject="две\r\nBcc: all@example.com")], now=NOW)
    assert drain(now=NOW) == 1
    assert Outbox.objects.get().subject == "две Bcc: all@example.com"


def test_writing_costs_two_queries_whoever_is_told(person: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = [User.objects.create_user(f"p{number}", full_name="Петров") for number in range(20)]
    PushDevice.objects.create(user=people[0], endpoint="https://push.example.com/1", label="x", created_at=NOW)
    with django_assert_num_queries(2):
        put([Notice(key=f"n{one.pk}", kind="assign", user_id=one.pk, subject="x") for one in people], now=NOW)
    assert list(Outbox.objects.filter(by_push=True).values_list("user_id", flat=True)) == [people[0].pk]


# --- A mail server that hangs -------------------------------------------------------------------------------------------


@pytest.fixture
def hanging(person: User, settings: Settings) -> Iterator[None]:
    """A server that accepts the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.getsockname()[1], 1
        yield


@pytest.mark.usefixtures("hanging")
def test_it_holds_a_run_once_and_the_next_ones_not_at_all(person: User) -> None:
    for number in range(5):
        _put(person, f"n{number}")
    began = monotonic()
    assert drain(now=NOW) == 0
    assert drain(now=NOW + MINUTE / 2) == 0  # the way rests
    assert monotonic() - began < 2.5
    assert sorted(Outbox.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    found = troubles("oktyabrsky")
    [silence] = found.silent
    assert (silence.way, silence.at) == (Way.EMAIL, NOW)
    assert "timed out" in silence.error
    assert (found.waiting["email"], found.failing["email"]) == (5, 1)


@pytest.mark.usefixtures("hanging")
def test_when_it_is_back_everything_leaves_and_it_is_not_silent_any_more(
    person: User, settings: Settings, mailoutbox: list[object]
) -> None:
    for number in range(5):
        _put(person, f"n{number}")
    drain(now=NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert drain(now=NOW + 2 * MINUTE) == 5
    assert len(mailoutbox) == 5
    assert not Heartbeat.objects.filter(name="outbox-email-silent").exists()
    assert not troubles().any


def test_a_row_that_nothing_can_be_done_with_does_not_stop_the_others(
    person: User, mailoutbox: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that no letter can be made of, as an unforeseen fault."""
    _put(person, "bad")
    _put(person, "good")

    def text(row: Outbox) -> str:
        if row.key == "bad":
            raise ZeroDivisionError("вот так")
        return "x"

    monkeypatch.setattr("mcu.outbox.mail._text", text)
    assert drain(now=NOW) == 1
    assert Outbox.objects.get(key="bad").error == "ZeroDivisionError: вот так"


def test_a_row_claimed_by_a_worker_that_was_killed_is_taken_again(person: User, mailoutbox: list[object]) -> None:
    row = _put(person)
    Outbox.objects.filter(pk=row.pk).update(next_try_at=NOW + 5 * MINUTE)  # as a claim leaves it
    assert drain(now=NOW + MINUTE) == 0
    assert drain(now=NOW + 5 * MINUTE) == 1


# --- What tech sees -----------------------------------------------------------------------------------------------------


def test_tech_sees_only_the_own_center_and_may_try_again(person: User, mailoutbox: list[object]) -> None:
    row, foreign = _put(person), _put(person, "two")
    Outbox.objects.filter(pk=foreign.pk).update(center_slug="korsakovsky")
    Outbox.objects.update(attempts=30, next_try_at=None, error="SMTPDataError: 550")
    found = troubles("oktyabrsky")
    assert [trouble.notice for trouble in found.rows] == [row.pk]
    assert (found.rows[0].given_up, found.given_up["email"], found.waiting["email"]) == (True, 1, 0)
    assert len(troubles().rows) == 2
    assert retry(notice=foreign.pk, way=Way.EMAIL, center_slug="oktyabrsky", now=NOW) is False
    assert retry(notice=row.pk, way=Way.PUSH, center_slug="oktyabrsky", now=NOW) is False
    assert retry(notice=row.pk, way=Way.EMAIL, center_slug="oktyabrsky", now=NOW) is True
    assert drain(now=NOW) == 1
    assert retry(notice=row.pk, way=Way.EMAIL, center_slug="oktyabrsky", now=NOW) is False
    assert retry_all(center_slug="korsakovsky", now=NOW) == 1
    assert drain(now=NOW) == 1


def test_the_counts_cost_few_queries(person: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(30):
        _put(person, f"n{number}")
    Outbox.objects.update(attempts=1)
    with django_assert_num_queries(3):
        assert len(troubles("oktyabrsky").rows) == 30
    with django_assert_num_queries(2):
        assert troubles("oktyabrsky", limit=0).failing["email"] == 30


def test_every_group_has_words_and_a_code_of_its_own() -> None:
    assert len({group.code for group in GROUPS}) == len(GROUPS)
    assert all(group.name and group.about for group in GROUPS)
