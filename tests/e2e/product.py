"""Starts the whole product in a folder of its own, with a space and Cyrillic letters in its name, and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from mcu import embedded

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Образец-для-проверки-1"
START_SECONDS = 300
STOP_SECONDS = 10


@dataclass(frozen=True)
class Product:
    """A running product with its demo."""

    url: str
    var: Path

    def manage(self, *arguments: str) -> str:
        """Run a ``manage.py`` command beside the running product; its output. A failure shows what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment(self.var),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client_key(self, center: str, *sources: str) -> str:
        """A key of a new API client."""
        bound = [part for source in sources for part in ("--source", source)]
        name = f"Проверка {center} {time.monotonic_ns()}"
        printed = self.manage("create_client", "--center", center, "--name", name, *bound)
        return next(word for word in printed.split() if word.startswith("mcu_"))

    def push(self, key: str, **fields: object) -> str:
        """Push one message over REST; its number."""
        answer = httpx.post(f"{self.url}/api/v1/messages/", json=fields, headers={"Authorization": f"Bearer {key}"}, timeout=20)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of a stranger: none of the test run's own servers."""
    ours = {"DATABASE_URL", "REDIS_URL", "MCU_VAR", "MCU_TEST_VAR", "MCU_TEST_PID", "PORT", "PUBLIC_URL", "MCU_DEMO"}
    return {key: value for key, value in os.environ.items() if key not in ours} | {"MCU_VAR": str(var), **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[Product]:
    """The product from its first start to its stop by Ctrl-C, which must leave nothing running within ten seconds."""
    with tempfile.TemporaryDirectory(prefix="МЦУ проверка ") as folder:
        var, port = Path(folder) / "данные", free_port()
        log = Path(folder) / "up.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=environment(var, PORT=str(port), MCU_DEMO_PASSWORD=PASSWORD),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait(process, f"http://127.0.0.1:{port}", log)
            yield Product(f"http://127.0.0.1:{port}", var)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
            embedded.remove(var)  # the database may lie outside the folder


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200 and "Программа работает" in log.read_text():
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"the product did not start in {START_SECONDS} s:\n{log.read_text()}")
