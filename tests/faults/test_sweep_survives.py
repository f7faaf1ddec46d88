"""Every step exactly once: with workers killed, Redis away, PostgreSQL cut off and clocks that are wrong."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from random import Random
from typing import Any

from tests.faults.conftest import Form
from tests.faults.place import WORKERS, Place, wait_until

HOUR = 3600.0
DOWN_HOURS = 9  # before the terms of a scene: longer than any of them
_EARLY = "SELECT count(*) FROM mcu_messages_deadlinestep WHERE planned_at > clock_timestamp() OR made_at > clock_timestamp()"
_BEAT = "SELECT abs(extract(epoch FROM clock_timestamp() - at)) FROM mcu_heartbeat WHERE name = 'sweep'"


def test_workers_killed_again_and_again(place: Place, form: Form, chance: Random) -> None:
    filled = place.fill(form.terms, form.stretch, down_hours=DOWN_HOURS)
    inside = 0
    with place.working():
        for number in range(form.kills):
            victim = chance.randrange(WORKERS)
            time.sleep(chance.uniform(0, 1.5))
            if number % 2:  # the other half falls wherever it falls: into a start, a rest, a sweep
                wait_until(partial(place.in_work, victim))
                time.sleep(chance.uniform(0, 0.02))
            inside += place.in_work(victim)
            place.kill(victim)
            place.start_worker(victim)
        place.wait_until_done(filled)
    print(f"убито {form.kills}, из них посреди работы {inside}")
    _all_is_well(place, filled)


def test_redis_away(place: Place, form: Form) -> None:
    filled = place.fill(form.terms, form.stretch + form.away, down_hours=DOWN_HOURS)
    with place.working():
        time.sleep(form.stretch / 4)
        place.servers.processes["valkey"].stop(seconds=2)
        time.sleep(form.away)
        place.servers.restart("valkey")
        place.wait_until_done(filled)
    _all_is_well(place, filled)


def test_postgresql_cut_off_and_back(place: Place, form: Form, chance: Random) -> None:
    filled = place.fill(form.terms, form.stretch, down_hours=DOWN_HOURS)
    with place.working():
        for _ in range(form.restarts):
            wait_until(lambda: any(place.in_work(number) for number in range(WORKERS)))
            time.sleep(chance.uniform(0, 0.05))
            _cut_off(place)
            place.servers.restart("postgres")
            time.sleep(chance.uniform(1, form.stretch / form.restarts / 2))
        place.wait_until_done(filled)
    _all_is_well(place, filled)


def test_clocks_that_are_wrong(place: Place, form: Form) -> None:
    filled = place.fill(form.terms, form.stretch, down_hours=DOWN_HOURS)
    early = 0
    end = time.monotonic() + form.stretch
    with place.working(shifts={0: HOUR, 1: -HOUR, 2: 7.0}):
        while time.monotonic() < end:
            early += place.ask(_EARLY)
            time.sleep(0.2)
        place.wait_until_done(filled)
        assert place.ask(_BEAT) < 60, "the heartbeat has somebody's wrong time"
    assert not early, "a worker whose clock is fast swept what was not yet due"
    _all_is_well(place, filled)


def _cut_off(place: Place) -> None:
    """Immediate shutdown: no session ends its work, the next start reads the log anew."""
    server = place.servers.processes["postgres"]
    os.kill(server.pid, signal.SIGQUIT)
    wait_until(lambda: server.returncode() is not None)


def _all_is_well(place: Place, filled: dict[str, Any]) -> None:
    said = place.verdict(filled)
    print(f"шагов {said['steps']}, из них с опозданием {said['late']}, уведомлений {said['notices']}")
    assert said["problems"] == []
    assert said["steps"] > 0
