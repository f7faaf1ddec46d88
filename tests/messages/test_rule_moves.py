"""Moving open cases under a changed rule: several workers, one killed in the middle, people at work on the same cases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from messages.models import Deadline, Message, MessageEvent, RuleChange
from messages.services.rule_moves import move_open_cases
from tests.cast import NOW, Cast
from tests.messages.many import cases_in_work
from tests.messages.scenes import IM, bring
from tests.messages.test_rule_changes import KEEP, MOVE, change

pytestmark = pytest.mark.django_db(transaction=True)

CASES = 60
AT = NOW + timedelta(minutes=10)
# A worker of its own: the same call that the task makes, on the database of the test.
WORKER = """
import django
django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict["NAME"] = {name!r}
from datetime import datetime
from messages.services import recount, rule_moves
slow = recount.recount
def recounted(*args, **kwargs):
    import time
    time.sleep(0.03)
    print("case", flush=True)
    return slow(*args, **kwargs)
recount.recount = recounted
rule_moves.move_open_cases(clock=lambda: datetime.fromisoformat({at!r}))
"""


def run(_: int = 0) -> int:
    try:
        return move_open_cases(clock=lambda: AT)
    finally:
        connection.close()


def moved_once() -> bool:
    """Every case was moved, and its history says so once."""
    events = MessageEvent.objects.filter(code="term").values_list("message", flat=True)
    return sorted(events) == sorted(Message.objects.values_list("pk", flat=True))


def test_two_workers_move_every_case_once(okt: Cast) -> None:
    cases_in_work(okt, CASES, handed_over_at=NOW)
    made = change(okt, MOVE, code="im_agree", amount=5, now=AT - timedelta(minutes=1))
    with ThreadPoolExecutor(3) as pool:
        gone = list(pool.map(run, range(3)))
    run()  # whoever was overtaken last leaves the rest to the next run
    made.refresh_from_db()
    assert (made.total, made.done, made.moved) == (CASES, CASES, CASES)
    assert made.finished_at is not None
    assert sum(gone) <= CASES
    assert moved_once()
    assert {row.due_at - row.started_at for row in Deadline.objects.filter(kind="agree")} == {timedelta(hours=5)}


def test_a_killed_worker_leaves_nothing_half_done(okt: Cast) -> None:
    cases_in_work(okt, CASES, handed_over_at=NOW)
    made = change(okt, MOVE, code="im_agree", amount=5, now=AT - timedelta(minutes=1))
    script = WORKER.format(name=connection.settings_dict["NAME"], at=AT.isoformat())
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "mcu.settings")}
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    for _ in range(5):
        assert worker.stdout.readline() == "case\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    wait_for_its_locks()
    made.refresh_from_db()
    assert 4 <= made.done < CASES
    assert made.done == MessageEvent.objects.filter(code="term").count()
    run()
    made.refresh_from_db()
    assert (made.done, made.moved) == (CASES, CASES)
    assert moved_once()


def wait_for_its_locks() -> None:
    """The server notices a while later that the worker is gone."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


def test_people_work_on_while_their_cases_are_moved(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    cases_in_work(okt, 20, handed_over_at=NOW)
    change(okt, MOVE, code="im_agree", amount=5, now=AT - timedelta(minutes=1))

    def draft() -> None:
        try:
            scene.draft()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        moving, drafting = pool.submit(run), pool.submit(draft)
        moving.result()
        drafting.result()
    run()
    term = Deadline.objects.get(message=scene.message, kind="agree")
    assert term.due_at - term.started_at == timedelta(hours=5)
    assert Message.objects.get(pk=scene.message.pk).state == "drafting"


def test_two_people_changing_one_rule_at_once(okt: Cast) -> None:
    def made(name: str) -> str:
        try:
            change(okt, KEEP, by=name, code="im_agree", amount=4 if name == "head" else 6)
        except Exception as error:
            return type(error).__name__
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(made, ("head", "support")))
    # Whoever reads the rule after the other has changed it simply changes it once more.
    assert answers in (["", "Conflict"], ["", ""])
    assert RuleChange.objects.count() == answers.count("")
