"""The product as ``manage.py up`` serves it, and requests to it with their times."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any, Final

from django.conf import settings

from mcu.embedded.processes import Process, Spec

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 60


class Refused(Exception):
    """The product did not answer as it should; a time of such an answer would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    seconds: float
    body: bytes


class Site:
    """A running product. One connection a thread, kept alive, as a browser does."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> HTTPConnection:
        return HTTPConnection(_HOST, self.port, timeout=60)

    def get(self, connection: HTTPConnection, path: str, cookie: str) -> Answer:
        """One page, read to its end. Raises Refused for anything but 200."""
        return _ask(connection, "GET", path, headers={"Cookie": cookie, "Accept-Encoding": "identity"})

    def push(self, messages: Iterable[Any], key: str, *, threads: int) -> list[float]:
        """Push every message, or list of messages, once from so many clients at a time; the seconds of each."""
        waiting = iter([(_address(message), json.dumps(message, ensure_ascii=False).encode()) for message in messages])
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        times: list[float] = []
        problems: list[Exception] = []

        def work() -> None:
            connection = self.connect()
            try:
                for (path, expected), body in waiting:  # a list's iterator gives each item to one thread
                    times.append(_ask(connection, "POST", path, headers=headers, body=body, expected=expected).seconds)
            except (Refused, OSError) as problem:
                problems.append(problem)
            finally:
                connection.close()

        crew = [Thread(target=work) for _ in range(threads)]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        if problems:
            raise problems[0]
        return times


def _address(message: Any) -> tuple[str, int]:
    """Where it is pushed, and what is answered when it was taken."""
    return ("/api/v1/messages/bulk/", 200) if isinstance(message, list) else ("/api/v1/messages/", 201)


@contextmanager
def served() -> Iterator[Site]:
    """gunicorn on a free port of this machine with the workers of ``manage.py up``, stopped at the end."""
    port = _free_port()
    run = Path(settings.VAR) / "run"
    run.mkdir(exist_ok=True)
    spec = Spec(
        name="bench-web",
        argv=[sys.executable, "-m", "gunicorn", "mcu.wsgi"],
        record=run / "bench-web.json",
        env={**os.environ, "HOST": _HOST, "PORT": str(port), "PYTHONUTF8": "1"},
        cwd=Path(settings.BASE_DIR),
        log=Path(settings.VAR) / "logs" / "web.log",
    )
    process = Process(spec)
    try:
        site = Site(port)
        _wait(site, process)
        yield site
    finally:
        process.stop(seconds=5)


def _wait(site: Site, process: Process) -> None:
    end = time.monotonic() + _START_SECONDS
    while process.returncode() is None and time.monotonic() < end:
        try:
            _ask(site.connect(), "GET", "/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Refused(f"Страницы не открываются; журнал: {process.spec.log}")


def _ask(
    connection: HTTPConnection,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    expected: int = 200,
) -> Answer:
    begun = time.perf_counter()
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    content = response.read()
    seconds = time.perf_counter() - begun
    if response.status != expected:
        raise Refused(f"{method} {path}: {response.status} вместо {expected}\n{content.decode(errors='replace')[:1000]}")
    return Answer(seconds, content)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
