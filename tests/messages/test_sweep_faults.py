"""Several workers sweep at once, one is killed in the middle, people work meanwhile: every step happens exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from mcu import embedded
from mcu.models import Heartbeat, Outbox
from messages.models import Deadline, DeadlineStep, Message, MessageEvent
from messages.services import approval, reply, routing
from messages.services.sweep import Swept, sweep
from tests.cast import NOW, Cast
from tests.messages.many import cases_in_work

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LATE = NOW + 5 * HOUR  # of a term of three hours: two warnings, the breach and the first escalation are due
STEPS = {"warn_50", "warn_80", "breach", "escalate_1"}
WAIT_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import connection
from messages.services import sweep
with connection.cursor() as cursor:
    cursor.execute("SET application_name = 'sweeper'")
print("ready", flush=True)
sys.stdin.readline()
sweep.sweep(now=datetime.fromisoformat(sys.argv[1]))
"""


def test_two_workers_at_once_make_every_step_once(okt: Cast, settings: Settings) -> None:
    settings.SWEEP_BATCH = 20
    terms = cases_in_work(okt, 300, handed_over_at=NOW)
    done: list[Swept] = []
    start = Barrier(2)

    def work() -> None:
        start.wait()
        done.append(sweep(now=LATE))

    _run_together(work, work)
    _every_step_once(okt, terms)
    assert sum(one.steps for one in done) == len(terms) * len(STEPS)
    assert all(one.steps for one in done), "one of the workers had nothing to do: nothing was tried"


def test_a_worker_killed_in_the_middle_of_a_batch_leaves_nothing_half_done(okt: Cast) -> None:
    terms = cases_in_work(okt, 40, handed_over_at=NOW)
    worker = _worker(LATE)
    with _held("mcu_outbox"):  # the notices are written last: steps and history of the batch stand already
        _go(worker)
        _until(lambda: _waiting_for_locks() == 1)
        worker.kill()
        worker.wait()
        assert not DeadlineStep.objects.exists()
    _until_gone()
    assert not DeadlineStep.objects.exists()
    assert not MessageEvent.objects.filter(code__in=["warning", "breach", "escalation"]).exists()
    assert not Heartbeat.objects.filter(name="sweep").exists()
    sweep(now=LATE + MINUTE)
    _every_step_once(okt, terms)


def test_workers_killed_at_any_moment_lose_and_double_nothing(okt: Cast) -> None:
    terms = cases_in_work(okt, 600, handed_over_at=NOW)
    for enough in (1, 200 * len(STEPS)):  # after the first batch, after some more
        worker = _worker(LATE)
        _go(worker)
        _until(partial(_made, enough))
        worker.kill()
        worker.wait()
    _until_gone()
    made = DeadlineStep.objects.count()
    assert made < len(terms) * len(STEPS), "the workers were killed after their work: nothing was tried"
    assert sweep(now=LATE + MINUTE).steps == len(terms) * len(STEPS) - made
    _every_step_once(okt, terms)


def test_a_person_who_agrees_while_the_sweep_records_the_breach_keeps_it(okt: Cast) -> None:
    message = _for_agreement(okt)

    def agree() -> None:
        curator = okt.actor("roads_curator")
        approval.agree(message_id=message.pk, actor=curator, version=1, completeness=2, now=LATE)

    with _held("mcu_outbox"):
        sweeper = Thread(target=_closing(lambda: sweep(now=LATE)))
        sweeper.start()
        _until(lambda: _waiting_for_locks() == 1)
        person = Thread(target=_closing(agree))
        person.start()
        _until(lambda: _waiting_for_locks() == 2)
    sweeper.join(WAIT_SECONDS)
    person.join(WAIT_SECONDS)
    term = Deadline.objects.get(message=message, kind="agree")
    assert (term.breached_at, term.met_at, term.next_step_at) == (term.due_at, LATE, None)
    assert set(term.steps.values_list("step", flat=True)) == STEPS
    assert MessageEvent.objects.filter(message=message, code="breach").count() == 1


def test_a_term_met_while_the_sweep_runs_is_passed_over_and_its_breach_counted_once(okt: Cast) -> None:
    message = _for_agreement(okt)
    curator = okt.actor("roads_curator")
    with _held("mcu_outbox"):
        person = Thread(
            target=_closing(lambda: approval.agree(message_id=message.pk, actor=curator, version=1, completeness=2, now=LATE))
        )
        person.start()
        _until(lambda: _waiting_for_locks() == 1)
        assert sweep(now=LATE).steps == 0
    person.join(WAIT_SECONDS)
    assert sweep(now=LATE + 9 * HOUR).breaches <= 1  # the term of the next hands may run out meanwhile, not this one
    term = Deadline.objects.get(message=message, kind="agree")
    assert (term.breached_at, term.met_at) == (term.due_at, LATE)
    assert set(term.steps.values_list("step", flat=True)) == {"breach"}
    assert MessageEvent.objects.filter(message=message, code="breach", data__kind="agree").count() == 1


def _for_agreement(cast: Cast) -> Message:
    message = cast.message("im")
    routing.assign(message_id=message.pk, actor=cast.actor("im"), block_id=cast.block("roads").pk, now=NOW)
    reply.save_draft(message_id=message.pk, actor=cast.actor("roads"), text="Починим.", base_version=0, now=NOW + MINUTE)
    reply.submit(message_id=message.pk, actor=cast.actor("roads"), now=NOW + 2 * MINUTE)
    return message


def _every_step_once(cast: Cast, terms: list[Deadline]) -> None:
    """Steps, history and notices of every term: each once, none missing."""
    steps = Counter(DeadlineStep.objects.values_list("deadline_id", "step"))
    assert steps == Counter((term.pk, step) for term in terms for step in STEPS)
    lines = Counter(MessageEvent.objects.exclude(data__step=None).values_list("data__deadline", "data__step"))
    assert lines == steps
    told = Counter(Outbox.objects.values_list("key", flat=True))
    roads, curator = cast.people["roads"].pk, cast.people["roads_curator"].pk
    assert told == Counter(
        key for term in terms for key in (f"deadline:{term.pk}:breach:{roads}", f"deadline:{term.pk}:escalate_1:{curator}")
    )
    assert not Deadline.objects.filter(next_step_at__lte=LATE).exists()
    assert not Deadline.objects.filter(breached_at=None).exists()


def _made(steps: int) -> bool:
    return DeadlineStep.objects.count() >= steps


def _run_together(*jobs: Callable[[], object]) -> None:
    threads = [Thread(target=_closing(job)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()


def _closing(job: Callable[[], object]) -> Callable[[], None]:
    """A thread must give its connection back, or the test database can not be dropped."""

    def run() -> None:
        try:
            job()
        finally:
            connection.close()

    return run


def _worker(now: datetime) -> subprocess.Popen[str]:
    """A process of its own that sweeps the test's database when told to."""
    url = urlsplit(os.environ.get("DATABASE_URL") or embedded.database_url(settings.VAR))
    folder, _, _ = url.path.rpartition("/")
    url = url._replace(path=f"{folder}/{connection.settings_dict['NAME']}")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, now.isoformat()],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.geturl(), "SWEEP_BATCH": "50", "DJANGO_SETTINGS_MODULE": "mcu.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


def _go(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()


@contextmanager
def _held(table: str) -> Iterator[None]:
    """Let nobody write into the table for a while."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {other.ops.quote_name(table)} IN SHARE MODE")
        yield
        other.rollback()
    finally:
        other.close()


def _waiting_for_locks() -> int:
    """How many sessions of this database wait for somebody's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


def _until_gone() -> None:
    """The server needs a moment to notice that a killed worker is gone; until then its rows stay locked."""

    def gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sweeper'"
            )
            return int(cursor.fetchone()[0]) == 0

    _until(gone)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to it"
        time.sleep(0.01)
