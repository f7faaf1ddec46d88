"""After a time down: what was missed is made once, marked late, and leaves the program in one message a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from blocks.models import DeadlineRule
from mcu.clock import database_now
from mcu.models import Heartbeat, Outbox
from messages import tasks
from messages.models import Deadline, DeadlineStep, MessageEvent
from messages.selectors.history import lines_of
from messages.services import missed
from messages.services import sweep as sweeping
from messages.services.sweep import sweep
from tests.cast import NOW, Cast
from tests.messages.many import cases_in_work

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _mail(settings: Settings, okt: Cast) -> None:
    """Everybody can be reached by e-mail."""
    settings.EMAIL_ENABLED = True
    for user in okt.people.values():
        user.email = f"{user.username}@example.ru"
        user.save(update_fields=["email"])


def _down(since: datetime) -> None:
    sweep(now=since)


def _leaving(cast: Cast, name: str) -> list[Outbox]:
    return list(Outbox.objects.filter(user=cast.people[name], next_try_at__isnull=False).order_by("id"))


def test_a_night_without_the_program_is_one_message_a_person(okt: Cast) -> None:
    cases_in_work(okt, 25, handed_over_at=NOW)
    _down(NOW)
    done = sweep(now=NOW + 5 * HOUR)
    assert (done.warnings, done.breaches, done.escalations) == (50, 25, 25)
    for name in ("roads", "roads_curator"):
        (told,) = _leaving(okt, name)
        assert (told.kind, told.subject) == ("deadline_missed", "Пока программа не работала, подошли сроки: 25")
        assert told.path == "/oktyabrsky/terms/overdue/"
        assert told.body.count("срок истёк") == 20
        assert "и ещё 5" in told.body
        assert Outbox.objects.filter(user=okt.people[name], key__startswith="deadline:").count() == 25, (
            "each stands in the list"
        )
    assert not Outbox.objects.filter(gather=True).exists()
    assert sweep(now=NOW + 5 * HOUR + MINUTE).steps == 0
    assert len(_leaving(okt, "roads")) == 1


def test_one_missed_term_is_told_as_any_other(okt: Cast) -> None:
    cases_in_work(okt, 1, handed_over_at=NOW)
    _down(NOW)
    sweep(now=NOW + 2 * HOUR)
    (told,) = _leaving(okt, "roads")
    assert (told.kind, told.gather) == ("deadline_warn_50", False)


def test_the_history_says_that_the_program_did_not_work(okt: Cast) -> None:
    (term,) = cases_in_work(okt, 1, handed_over_at=NOW)
    _down(NOW)
    sweep(now=NOW + 2 * HOUR)  # the warning at half is half an hour late
    sweep(now=NOW + 2.4 * HOUR)
    events = MessageEvent.objects.filter(message=term.message).order_by("id").select_related("user", "client", "acting_for")
    assert [event.data.get("late", False) for event in events] == [True, False]
    late, in_time = reversed([line.title for line in lines_of(events, {}, okt.center)])
    assert late.endswith("с опозданием: программа не работала")
    assert "опоздани" not in in_time


def test_what_was_entered_late_is_not_the_programs_fault(okt: Cast) -> None:
    for minutes in range(0, 240, 4):
        sweep(now=NOW + minutes * MINUTE)
    (term,) = cases_in_work(okt, 1, handed_over_at=NOW)
    sweep(now=NOW + 4 * HOUR)
    assert DeadlineStep.objects.filter(deadline=term).count() == 4
    assert not MessageEvent.objects.filter(data__late=True).exists()
    assert [row.kind for row in _leaving(okt, "roads")] == ["deadline_breach"]


def test_a_worker_killed_before_the_message_leaves_it_to_the_next_sweep(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cases_in_work(okt, 3, handed_over_at=NOW)
    _down(NOW)
    with monkeypatch.context() as patch:
        patch.setattr(missed, "gather", lambda *, now: 0)
        sweep(now=NOW + 2 * HOUR)
    assert Outbox.objects.filter(gather=True).count() == 3
    assert _leaving(okt, "roads") == []
    sweep(now=NOW + 2 * HOUR + MINUTE)
    (told,) = _leaving(okt, "roads")
    assert told.subject.endswith(": 3")


def test_history_walked_through_is_never_late(okt: Cast) -> None:
    cases_in_work(okt, 2, handed_over_at=NOW)
    sweep(now=NOW + 5 * HOUR, by_email=False)
    assert not MessageEvent.objects.filter(data__late=True).exists()
    assert not Outbox.objects.filter(kind="deadline_missed").exists()


# --- Ways that the charter prescribes, the duty --------------------------------------------------------------------------


def _ladder(cast: Cast, *rungs: dict[str, object]) -> None:
    DeadlineRule.objects.filter(center=cast.center, code="im_agree").update(ladder=list(rungs))


def test_a_rung_leaves_by_the_ways_it_prescribes_whatever_was_chosen(okt: Cast) -> None:
    _ladder(
        okt, {"to": "head", "after_hours": 1, "ways": ["push"]}, {"to": "block_curator", "after_hours": 2, "ways": ["email"]}
    )
    cases_in_work(okt, 1, handed_over_at=NOW)
    for minutes in range(0, 320, 4):
        sweep(now=NOW + minutes * MINUTE)
    told = {row.user_id: row for row in Outbox.objects.filter(kind__startswith="deadline_escalate")}
    head, curator = told[okt.people["head"].pk], told[okt.people["roads_curator"].pk]
    assert (head.ways_fixed, head.by_email, head.by_push) == (True, False, False), "no device: it stands in the program"
    assert (curator.ways_fixed, curator.by_email, curator.by_push) == (True, True, False)


def test_with_nobody_on_duty_its_rung_goes_to_the_curators_of_the_block(okt: Cast) -> None:
    _ladder(okt, {"to": "duty", "after_hours": 1})
    cases_in_work(okt, 1, handed_over_at=NOW)
    sweep(now=NOW + 4 * HOUR)
    users = Outbox.objects.filter(kind="deadline_escalate_1").values_list("user_id", flat=True)
    assert list(users) == [okt.people["roads_curator"].pk]


# --- One clock ----------------------------------------------------------------------------------------------------------


def test_the_task_goes_by_the_clock_of_the_database(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "utc_now", lambda: database_now() + 9 * HOUR)
    cases_in_work(okt, 2, handed_over_at=database_now())
    assert tasks.sweep() == 0
    now = database_now()
    Deadline.objects.update(started_at=now - 2 * HOUR, due_at=now + HOUR, next_step_at=now - MINUTE)
    assert tasks.sweep() == 2


def test_a_slower_worker_does_not_take_the_heartbeat_back(okt: Cast) -> None:
    for moment in (NOW, NOW + 3 * MINUTE, NOW + MINUTE):
        sweep(now=moment)
    assert Heartbeat.objects.get(name="sweep").at == NOW + 3 * MINUTE
    sweep(now=NOW - 2 * HOUR)
    assert Heartbeat.objects.get(name="sweep").at == NOW - 2 * HOUR, "hours ahead: it was a clock gone wrong"


def test_what_is_due_is_found_by_the_index_on_open_terms_alone(okt: Cast) -> None:
    cases_in_work(okt, 300, handed_over_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mcu_messages_deadline")
        cursor.execute(f"EXPLAIN {sweeping._LOCKED}", [NOW, *sweeping._BEGIN, 100])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "deadline_to_sweep" in plan
