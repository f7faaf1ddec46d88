"""A place of its own for one run: real PostgreSQL and Valkey, real workers, and someone who keeps sending sweeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import psycopg
from celery import Celery

from mcu import embedded
from mcu.embedded import Places, Servers
from mcu.embedded.places import DATABASE, ROLE

ROOT: Final = Path(__file__).resolve().parents[2]
WORKERS: Final = 3
BATCH: Final = 20  # terms of a transaction: many of them, so that a kill falls into one
EVERY_SECONDS: Final = 0.5  # a sweep is asked for
WAIT_SECONDS: Final = 240
_STRANGERS: Final = {"DATABASE_URL", "REDIS_URL", "MCU_TEST_VAR", "MCU_TEST_PID", "PUBLIC_URL", "MCU_DEMO"}
_IN_WORK: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND xact_start IS NOT NULL"


@dataclass(slots=True)
class Place:
    """The servers, the workers by number, and who sends."""

    var: Path
    servers: Servers
    nursery: subprocess.Popen[str] | None = None
    """Where workers come from; see ``tests.faults.worker``."""
    workers: dict[int, int] = field(default_factory=dict)
    shifts: dict[int, float] = field(default_factory=dict)
    """Seconds by which the clock of a worker's machine is off."""
    stop: Event = field(default_factory=Event)

    @property
    def env(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in _STRANGERS}
        # Nothing listens there and nobody drains the outbox: what would leave is only written down.
        return {
            **own,
            "MCU_VAR": str(self.var),
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "SWEEP_BATCH": str(BATCH),
            "DJANGO_SETTINGS_MODULE": "mcu.settings",
            "PYTHONPATH": str(ROOT),
            "DATABASE_POOL": "2",
        }

    def run(self, *argv: str) -> str:
        """A command of the place, to its end; what it prints."""
        done = subprocess.run([sys.executable, *argv], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def fill(self, count: int, seconds: float, *, down_hours: float) -> dict[str, Any]:
        """Terms that come due from now on; see ``tests.faults.scene``."""
        filled: dict[str, Any] = json.loads(
            self.run("-m", "tests.faults.job", "scene", "fill", str(count), str(seconds), str(down_hours)).splitlines()[-1]
        )
        return filled

    def verdict(self, filled: dict[str, Any]) -> dict[str, Any]:
        """What was made, and what is wrong with it."""
        said: dict[str, Any] = json.loads(self.run("-m", "tests.faults.job", "verdict", json.dumps(filled)).splitlines()[-1])
        return said

    # --- Workers ------------------------------------------------------------------------------------------------------

    def start_worker(self, number: int) -> None:
        """Begin one, in place of the one that was killed."""
        assert self.nursery is not None
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"sweeper-{number} {self.shifts.get(number, 0.0)}\n")
        self.nursery.stdin.flush()
        said = self.nursery.stdout.readline()
        assert said, (self.var / "logs" / "workers.log").read_text()[-3000:]
        self.workers[number] = int(said)

    def kill(self, number: int) -> None:
        """Without a word, as a machine that loses its power."""
        os.kill(self.workers[number], signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{self.workers[number]}").exists())

    def in_work(self, number: int) -> bool:
        """Whether the worker is in a transaction now."""
        return bool(self.ask(_IN_WORK, f"sweeper-{number}"))

    @contextmanager
    def working(self, shifts: dict[int, float] | None = None) -> Iterator[None]:
        """Workers and whoever sends, for a while."""
        self.shifts = shifts or {}
        with self._nursery():
            for number in range(WORKERS):
                self.start_worker(number)
            self.stop.clear()
            sender = Thread(target=self._send)
            sender.start()
            try:
                yield
            finally:
                self.stop.set()
                sender.join()
                for number in list(self.workers):
                    self.kill(number)
                self.workers.clear()

    @contextmanager
    def _nursery(self) -> Iterator[None]:
        with (
            (self.var / "logs" / "workers.log").open("a") as log,
            subprocess.Popen(
                [sys.executable, "tests/faults/worker.py"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as self.nursery,
        ):
            yield

    def _send(self) -> None:
        """As beat does, only more often; with Redis down it goes on asking."""
        app = Celery(broker=embedded.broker_url(embedded.redis_url(self.var)))
        app.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}
        while not self.stop.wait(EVERY_SECONDS):
            with suppress(Exception):  # whatever the client makes of a server that is away
                app.send_task("messages.tasks.sweep", retry=False)
        app.close()

    # --- The database -------------------------------------------------------------------------------------------------

    def ask(self, statement: str, *values: object) -> Any:
        """The first value of one question to the place's own PostgreSQL."""
        places = Places.of(self.var)
        with psycopg.connect(
            host=str(places.sockets), user=ROLE, dbname=DATABASE, passfile=str(places.passfile), connect_timeout=5
        ) as connection:
            row = connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def wait_until_done(self, filled: dict[str, Any]) -> None:
        """Until everything due by the end of the stretch is made and told, and a sweep has ended after it."""
        until = datetime.fromisoformat(filled["until"])

        def done() -> bool:
            left = self.ask("SELECT count(*) FROM mcu_messages_deadline WHERE next_step_at <= %s", until)
            beat = self.ask("SELECT at FROM mcu_heartbeat WHERE name = 'sweep'")
            gathered = self.ask("SELECT count(*) FROM mcu_outbox WHERE gather")
            return not left and not gathered and bool(beat) and beat.astimezone(UTC) >= until

        wait_until(done)


def wait_until(condition: Callable[[], bool], *, seconds: float = WAIT_SECONDS) -> None:
    """Fails when it does not come to it in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to it in time"
        time.sleep(0.1)
