"""Many clients push the same messages at once, clients and web workers are killed: each message is one whole case."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from tests.faults.conftest import Form
from tests.faults.place import ROOT, Place, wait_until

MESSAGES = 2000
PUSHERS = 20


class Web:
    """gunicorn with two workers on a port of its own."""

    def __init__(self, place: Place) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log = place.var / "logs" / "web.log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "mcu.wsgi"],
            cwd=ROOT,
            env={**place.env, "HOST": "127.0.0.1", "PORT": str(self.port), "WEB_CONCURRENCY": "2", "API_RATE": "1000000/min"},
            stdout=self.log.open("a"),
            stderr=subprocess.STDOUT,
        )

    def workers(self) -> list[int]:
        said = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in said.split()]

    def get(self, path: str, key: str) -> dict[str, Any]:
        """Raises whatever a killed worker leaves."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise OSError(body)
        return body

    def is_up(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@pytest.fixture
def web(place: Place) -> Iterator[Web]:
    served = Web(place)
    try:
        wait_until(served.is_up)
        yield served
    finally:
        served.process.terminate()
        served.process.wait(30)


class Follower:
    """Reads the changes feed from its beginning, as a client does, while messages come."""

    def __init__(self, web: Web, key: str) -> None:
        self.web, self.key = web, key
        self.read: list[dict[str, Any]] = []
        self.after = 0
        self.stop = Event()

    def step(self) -> bool:
        """Whether there is more."""
        page = self.web.get(f"/api/v1/changes/?after={self.after}&limit=300", self.key)
        self.read += page["changes"]
        self.after = page["next"]
        return bool(page["more"])

    @contextmanager
    def following(self) -> Iterator[None]:
        thread = Thread(target=self._follow)
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join()

    def _follow(self) -> None:
        while not self.stop.wait(0.1):
            with suppress(OSError, ValueError):
                self.step()


def test_pushed_by_twenty_at_once_each_message_is_one_whole_case(place: Place, web: Web, form: Form, chance: Random) -> None:
    key: str = json.loads(place.run("-m", "tests.faults.job", "intake", "prepare").splitlines()[-1])["key"]
    tag = f"П{secrets.token_hex(4)}-"
    messages = [
        {
            "source": "im",
            "external_id": f"{tag}{number}",
            "text": f"Не горит фонарь у дома {number}.",
            "received_at": "2026-02-03T10:00:00+03:00",
            "applicant": {"name": f"Заявитель {number}"},
        }
        for number in range(MESSAGES)
    ]
    path = place.var / "pushed.json"
    path.write_text(json.dumps(messages))

    def start(seed: int) -> subprocess.Popen[str]:
        argv = [sys.executable, "tests/faults/pushing.py", str(web.port), key, str(path), str(seed)]
        return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    crew = [start(number) for number in range(PUSHERS)]
    follower = Follower(web, key)
    killed = 0
    try:
        with follower.following():
            for number in range(form.kills):
                time.sleep(chance.uniform(0.1, 1.0))
                victim = chance.randrange(PUSHERS)
                if number % 2 and crew[victim].poll() is None:
                    crew[victim].kill()
                    crew[victim].communicate()
                    crew[victim] = start(victim)
                elif workers := web.workers():
                    with suppress(ProcessLookupError):
                        os.kill(chance.choice(workers), signal.SIGKILL)
                killed += 1
            told = [json.loads(pusher.communicate(timeout=600)[0]) for pusher in crew]
    finally:
        for pusher in crew:
            pusher.kill()
            pusher.wait()
    while follower.step():
        pass

    said = json.loads(place.run("-m", "tests.faults.job", "intake", "verdict", tag).splitlines()[-1])
    print(f"убито {killed}, сроков у дела {said['terms']}, изменений прочитано {len(follower.read)}")
    assert [one["wrong"] for one in told] == [[]] * PUSHERS
    assert said["cases"] == said["outside"] == MESSAGES
    assert said["terms"] > 0
    assert not any(said["broken"].values()), said["broken"]
    assert said["gaps"] == []
    assert all(one["numbers"] == said["numbers"] for one in told)
    places = [change["position"] for change in follower.read]
    assert places == sorted(set(places))
    seen = [change["number"] for change in follower.read if change["external_id"].startswith(tag)]
    assert len(seen) == MESSAGES
    assert set(seen) == set(said["numbers"].values())
