"""The sweep of terms: which step is made when, to whom it is told, and what is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.models import DeadlineRule, Substitution
from blocks.roles import Role
from mcu.models import Heartbeat, Outbox
from messages.models import Deadline, DeadlineStep, Message, MessageEvent
from messages.services import approval, reply, routing
from messages.services.sweep import sweep
from tests.cast import NOW, Cast
from tests.messages.many import cases_in_work

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _handed_over(cast: Cast, source: str = "im") -> Message:
    message = cast.message(source)
    return routing.assign(message_id=message.pk, actor=cast.actor(source), block_id=cast.block("roads").pk, now=NOW)


def _told(cast: Cast, kind: str) -> set[str]:
    """Short names of the people who have a notice of the kind."""
    users = set(Outbox.objects.filter(kind=kind).values_list("user_id", flat=True))
    return {name for name, user in cast.people.items() if user.pk in users}


def _steps(message: Message) -> list[str]:
    return list(DeadlineStep.objects.filter(deadline__message=message).order_by("id").values_list("step", flat=True))


def test_every_step_comes_in_order_to_the_right_person_and_once(okt: Cast) -> None:
    message = _handed_over(okt)
    plan = [
        (HOUR * 1.5, "warn_50", "warning", {"roads"}),
        (HOUR * 2.4, "warn_80", "warning", {"roads"}),
        (HOUR * 3, "breach", "breach", {"roads"}),
        (HOUR * 4, "escalate_1", "escalation", {"roads_curator"}),
        (HOUR * 6, "escalate_2", "escalation", {"head"}),
    ]
    for number, (after, step, code, people) in enumerate(plan, start=1):
        assert sweep(now=NOW + after - MINUTE).steps == 0
        assert sweep(now=NOW + after).steps == 1
        assert sweep(now=NOW + after).steps == 0
        assert _told(okt, f"deadline_{step}") == people
        assert len(_steps(message)) == number
        assert MessageEvent.objects.filter(message=message, code=code, data__step=step, at=NOW + after).count() == 1
    assert _steps(message) == [step for _, step, _, _ in plan]
    assert sweep(now=NOW + 300 * DAY).steps == 0
    term = Deadline.objects.get(message=message)
    assert (term.breached_at, term.next_step_at) == (term.due_at, None)


def test_the_words_say_what_is_left_and_what_is_over(okt: Cast) -> None:
    message = _handed_over(okt)
    sweep(now=NOW + HOUR * 2.5)
    sweep(now=NOW + HOUR * 5)
    subjects = list(Outbox.objects.filter(kind__startswith="deadline_").order_by("id").values_list("subject", "path"))
    path = f"/oktyabrsky/messages/{message.number}/"
    assert subjects == [
        (f"{message.number}: согласование ответа: осталось 30 мин, срок 18.11.2026 13:00", path),
        (f"{message.number}: согласование ответа: срок истёк 18.11.2026 13:00", path),
        (f"{message.number}: согласование ответа: срок истёк 18.11.2026 13:00", path),
    ]


def test_a_warning_goes_to_whoever_holds_the_case_now(okt: Cast) -> None:
    message = _handed_over(okt)
    reply.save_draft(message_id=message.pk, actor=okt.actor("roads"), text="Починим.", base_version=0, now=NOW + MINUTE)
    reply.submit(message_id=message.pk, actor=okt.actor("roads"), now=NOW + 2 * MINUTE)
    sweep(now=NOW + HOUR * 2)
    assert _told(okt, "deadline_warn_50") == {"roads_curator"}


def test_an_unsorted_appeal_warns_the_curator_of_its_source_and_then_the_head(okt: Cast) -> None:
    message = okt.message("fz59")
    due = Deadline.objects.get(message=message, kind="register").due_at
    sweep(now=NOW + (due - NOW) * 0.6)
    assert _told(okt, "deadline_warn_50") == {"fz59"}
    sweep(now=due)
    assert _told(okt, "deadline_breach") == {"fz59"}
    sweep(now=due + DAY)
    assert _told(okt, "deadline_escalate_1") == {"head"}


def test_the_substitute_is_told_beside_the_absent(okt: Cast) -> None:
    _handed_over(okt)
    okt.add("deputy", Role.OBSERVER)
    absent = okt.people["roads"].memberships.get()
    day = NOW.date()
    Substitution.objects.create(membership=absent, substitute=okt.people["deputy"], since=day, until=day)
    sweep(now=NOW + HOUR * 2)
    assert _told(okt, "deadline_warn_50") == {"roads", "deputy"}


def test_with_nobody_in_the_block_the_head_is_told(okt: Cast) -> None:
    _handed_over(okt)
    for name in ("roads", "roads_curator"):
        okt.people[name].memberships.update(revoked_at=NOW)
    sweep(now=NOW + HOUR * 2)
    assert _told(okt, "deadline_warn_50") == {"head"}


def test_after_a_long_downtime_steps_are_made_once_and_a_person_is_told_once_a_term(okt: Cast) -> None:
    message = _handed_over(okt)
    later = NOW + 9 * DAY
    done = sweep(now=later)
    assert (done.warnings, done.breaches, done.escalations) == (2, 1, 2)
    assert _steps(message) == ["warn_50", "warn_80", "breach", "escalate_1", "escalate_2"]
    notices = Outbox.objects.filter(kind__startswith="deadline_")
    assert {(notice.kind, notice.user_id) for notice in notices} == {
        ("deadline_breach", okt.people["roads"].pk),  # the last word, instead of two warnings and a breach
        ("deadline_escalate_1", okt.people["roads_curator"].pk),
        ("deadline_escalate_2", okt.people["head"].pk),
    }
    assert set(DeadlineStep.objects.values_list("made_at", flat=True)) == {later}
    assert sweep(now=later + DAY).steps == 0


def test_met_and_void_terms_are_left_alone(okt: Cast) -> None:
    answered, redirected = okt.message("im"), okt.message("fz59")
    routing.assign(message_id=answered.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    reply.save_draft(message_id=answered.pk, actor=okt.actor("roads"), text="Починили.", base_version=0, now=NOW)
    reply.submit(message_id=answered.pk, actor=okt.actor("roads"), now=NOW)
    approval.agree(message_id=answered.pk, actor=okt.actor("roads_curator"), version=1, completeness=2, now=NOW + MINUTE)
    approval.approve(message_id=answered.pk, actor=okt.actor("head"), version=1, now=NOW + 2 * MINUTE)
    reply.send(message_id=answered.pk, actor=okt.actor("im"), posted_at=None, url="https://vk.com/1", now=NOW + 3 * MINUTE)
    routing.redirect(
        message_id=redirected.pk, actor=okt.actor("fz59"), addressee="Прокуратура", applicant_told=True, now=NOW + MINUTE
    )
    assert sweep(now=NOW + 300 * DAY).steps == 0
    assert not DeadlineStep.objects.exists()


def test_a_term_of_a_closed_rule_is_still_watched(okt: Cast) -> None:
    message = _handed_over(okt)
    DeadlineRule.objects.filter(center=okt.center, code="im_agree").update(closed_at=NOW)
    assert sweep(now=NOW + 4 * HOUR).breaches == 1
    assert _steps(message) == ["warn_50", "warn_80", "breach", "escalate_1"]


def test_each_center_tells_its_own_people(okt: Cast, kor: Cast) -> None:
    _handed_over(okt)
    message = kor.message("im")
    routing.assign(message_id=message.pk, actor=kor.actor("im"), block_id=kor.block("economy").pk, now=NOW)
    sweep(now=NOW + 2 * HOUR)
    assert _told(okt, "deadline_warn_50") == {"roads"}
    assert _told(kor, "deadline_warn_50") <= {"economy"}
    assert not Outbox.objects.filter(user__in=[*kor.people.values()], center_slug="oktyabrsky").exists()


def test_a_dry_run_says_and_writes_nothing(okt: Cast) -> None:
    message = _handed_over(okt)
    before = Deadline.objects.values().get(message=message)
    notices = Outbox.objects.count()
    done = sweep(now=NOW + 4 * HOUR, dry_run=True)
    assert (done.warnings, done.breaches, done.escalations) == (2, 1, 1)
    assert len(done.lines) == 4
    assert all(line.startswith(f"{message.number}: согласование ответа: ") for line in done.lines)
    assert Deadline.objects.values().get(message=message) == before
    assert not DeadlineStep.objects.exists()
    assert Outbox.objects.count() == notices
    assert not Heartbeat.objects.filter(name="sweep").exists()


def test_history_walked_through_afterwards_mails_nobody(okt: Cast) -> None:
    _handed_over(okt)
    sweep(now=NOW + 2 * HOUR, by_email=False)
    notice = Outbox.objects.get(kind="deadline_warn_50")
    assert (notice.by_email, notice.next_try_at) == (False, None)


def test_an_empty_sweep_looks_for_terms_and_parts_and_leaves_its_heartbeat(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):  # savepoints of the test among them
        sweep(now=NOW)
    assert Heartbeat.objects.get(name="sweep").at == NOW
    sweep(now=NOW + MINUTE)
    assert Heartbeat.objects.get(name="sweep").at == NOW + MINUTE


@pytest.mark.parametrize("count", [3, 60])
def test_a_batch_costs_the_same_however_many_terms_are_due(
    okt: Cast, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cases_in_work(okt, count, handed_over_at=NOW)
    with django_assert_max_num_queries(30):
        assert sweep(now=NOW + 2 * HOUR).steps == count


# --- By hand ------------------------------------------------------------------------------------------------------------


def _command(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("sweep_deadlines", *arguments)
    return capsys.readouterr().out


def test_by_hand_a_future_moment_is_only_forecast(okt: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    message = _handed_over(okt)
    far = "2031-01-01T00:00+05:00"
    with pytest.raises(CommandError, match="будущем"):
        call_command("sweep_deadlines", "--at", far)
    said = _command("--at", far, "--dry-run", capsys=capsys)
    assert message.number in said
    assert "предупреждений: 2, просрочек: 1, передано выше: 2 (ничего не записано)" in said
    assert not DeadlineStep.objects.exists()


def test_by_hand_it_does_what_beat_does(okt: Cast, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    message = _handed_over(okt)
    monkeypatch.setattr("messages.management.commands.sweep_deadlines.database_now", lambda: NOW + 5 * HOUR)
    said = _command("--at", "2026-11-18T12:00+05:00", capsys=capsys)  # two hours after the hand-over
    assert said.strip() == "предупреждений: 1, просрочек: 0, передано выше: 0"
    assert _command(capsys=capsys).strip() == "предупреждений: 1, просрочек: 1, передано выше: 1"
    assert _steps(message) == ["warn_50", "warn_80", "breach", "escalate_1"]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("вчера", "не момент"),
        ("2026-11-18T12:00", "пояс"),
        ("2026-13-01", "не момент"),
        ("0001-01-01T00:00+14:00", "с 2000 по 2100"),
        ("9999-12-31T23:59-12:00", "с 2000 по 2100"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_by_hand_a_wrong_moment_is_named(db: None, moment: str, words: str, more: list[str]) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("sweep_deadlines", "--at", moment, *more)
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize("moment", ["2000-01-01T00:00+14:00", "2100-12-31T23:59-12:00"])
def test_by_hand_the_first_and_the_last_moment_are_counted_with(okt: Cast, moment: str) -> None:
    _handed_over(okt)
    call_command("sweep_deadlines", "--at", moment, "--dry-run")


@pytest.mark.parametrize("hours", [2, 5])
def test_by_hand_a_moment_that_is_not_now_says_nothing_of_the_watch(
    okt: Cast, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _handed_over(okt)
    for minutes in range(0, 121, 4):
        sweep(now=NOW + 2 * HOUR + minutes * MINUTE)
    before = Heartbeat.objects.values().get(name="sweep")
    monkeypatch.setattr("messages.management.commands.sweep_deadlines.database_now", lambda: NOW + 5 * HOUR)
    call_command("sweep_deadlines", "--at", (NOW + hours * HOUR).isoformat())
    assert Heartbeat.objects.values().get(name="sweep") == before


def test_after_a_moment_by_hand_nothing_is_late_that_was_watched(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    message = _handed_over(okt)
    sweep(now=NOW + HOUR * 1.45)
    monkeypatch.setattr("messages.management.commands.sweep_deadlines.database_now", lambda: NOW + 1.5 * HOUR)
    call_command("sweep_deadlines", "--at", (NOW - 48 * HOUR).isoformat())
    sweep(now=NOW + HOUR * 1.5)
    assert _steps(message) == ["warn_50"]
    assert not MessageEvent.objects.filter(data__late=True).exists()
    assert not Outbox.objects.filter(gather=True).exists()


def test_by_hand_in_a_time_down_the_present_sweep_tells_what_was_missed(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    okt.people["roads"].email = "roads@example.com"
    okt.people["roads"].save()
    _handed_over(okt)
    sweep(now=NOW)
    monkeypatch.setattr("messages.management.commands.sweep_deadlines.database_now", lambda: NOW + 5 * HOUR)
    call_command("sweep_deadlines", "--at", (NOW + 2 * HOUR).isoformat())
    assert Heartbeat.objects.get(name="sweep").at == NOW
    assert MessageEvent.objects.get(code="warning").data["late"] is True
    assert not Outbox.objects.filter(kind="deadline_missed").exists()
    call_command("sweep_deadlines")
    assert Heartbeat.objects.get(name="sweep").at == NOW + 5 * HOUR
    assert MessageEvent.objects.get(code="breach").data["late"] is True


def test_beat_sweeps_every_minute(settings: Settings) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["sweep-deadlines"]
    assert (entry["task"], entry["schedule"]) == ("messages.tasks.sweep", 60.0)


def test_the_moment_is_utc_whatever_zone_it_is_given_in(okt: Cast) -> None:
    _handed_over(okt)
    sweep(now=datetime.fromisoformat("2026-11-18T12:00+05:00"))
    assert DeadlineStep.objects.get().made_at == NOW + 2 * HOUR
