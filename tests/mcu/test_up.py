"""``manage.py up``: one command starts everything, nothing is left behind, a demo and real work never mix."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from mcu import embedded, folder
from mcu.embedded import Places
from mcu.embedded.processes import Process, Spec
from mcu.management.commands import up
from mcu.models import Heartbeat
from mcu.supervisor import Journal, Supervisor

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS = 300, 10


class Run:
    """A running ``manage.py up`` on a data folder of its own, on a free port."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        strangers = {"DATABASE_URL", "REDIS_URL", "MCU_TEST_VAR", "MCU_TEST_PID", "PUBLIC_URL"}
        self._env = {name: value for name, value in os.environ.items() if name not in strangers}
        self._env |= {"MCU_VAR": str(var), "PORT": str(self.port), "WEB_CONCURRENCY": "1", "WORKER_CONCURRENCY": "1"}
        self.output = var.parent / "output.txt"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", "up", *arguments]

    def once(self, *arguments: str) -> tuple[int, str]:
        """A start that is expected to end by itself."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start and wait for the address to be announced."""
        with self.output.open("w") as file:
            process = subprocess.Popen(
                self.command(*arguments), cwd=ROOT, env=self._env, stdout=file, stderr=file, text=True, start_new_session=True
            )
        until(lambda: "Программа работает" in self.said() or process.poll() is not None, seconds=START_SECONDS)
        assert process.poll() is None, self.said()
        return process

    def said(self) -> str:
        return self.output.read_text()

    def healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        with suppress(OSError, HTTPException):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        return False

    def processes(self) -> set[int]:
        """All that runs on this data folder: the children carry it in their environment, the servers in their arguments."""
        words = (f"MCU_VAR={self.var}".encode(), str(Places.of(self.var).sockets).encode())
        found = set()
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                state = (path / "stat").read_text().rpartition(")")[2].split()[0]
                text = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
                if state != "Z" and any(word in text for word in words):
                    found.add(int(path.name))
        return found

    def child(self, words: str) -> int:
        """The first process of this run whose arguments hold the words."""
        for pid in sorted(self.processes()):
            with suppress(OSError):
                if words.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "):
                    return pid
        raise AssertionError(f"no process with {words}")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    (tmp_path / "Мои данные").mkdir()
    run = Run(tmp_path / "Мои данные" / "var")
    yield run
    for pid in run.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not embedded.is_running(run.var), seconds=5)
    embedded.remove(run.var)


def until(condition: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_life_of_an_installation(run: Run) -> None:
    """Real use: charters named first, then start, crash of a part, kill -9 of all, recovery, an orderly end."""
    code, words = run.once("--no-demo")
    assert code != 0
    assert "manage.py up --no-demo --charters korsakovsky,oktyabrsky" in words
    assert not run.processes()
    assert folder.mode_of(run.var) is None  # nothing is decided yet

    first = run.start("--no-demo", "--charters", "oktyabrsky")
    assert run.healthy()
    assert f"http://127.0.0.1:{run.port}" in run.said()
    assert "Загружен устав: Муниципальный центр управления Октябрьского района." in run.said()
    assert "ссылка действует один раз" in run.said()
    code, words = run.once("--no-demo")
    assert code != 0
    assert f"уже запущена на папке данных «{run.var}»: http://127.0.0.1:{run.port}/" in words

    os.kill(run.child("gunicorn"), signal.SIGKILL)
    until(lambda: "Часть «web» снова работает" in run.said() and run.healthy(), seconds=60)

    beat = run.child("celery beat")
    os.kill(beat, signal.SIGKILL)
    until(lambda: "Часть «beat» снова работает" in run.said() and run.child("celery beat") != beat, seconds=10)

    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = run.start("--no-demo", "--charters", "oktyabrsky")
    assert run.healthy()
    assert "Загружен устав" not in run.said()

    started = time.monotonic()
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=STOP_SECONDS + 5) == 0
    assert time.monotonic() - started <= STOP_SECONDS
    assert not run.processes()
    assert not Places.of(run.var).sockets.exists()
    assert not embedded.is_running(run.var)

    code, words = run.once()
    assert code != 0
    assert "начата для настоящей работы" in words


def test_the_demo_says_at_each_start_who_signs_in_and_with_what(run: Run) -> None:
    """Password and sign-ins stand before the words that a start is over."""
    for _ in range(2):
        process = run.start()
        said, _, last = run.said().partition("Программа работает: ")
        password = (run.var / "demo_password").read_text().strip()
        assert f"Пароль у всех людей образца один: {password}\n" in said
        assert "okt.head" in said
        assert last == f"http://127.0.0.1:{run.port}/\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STOP_SECONDS + 5) == 0


def test_a_taken_port_is_told(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", run.port))
        other.listen()
        code, words = run.once()
    assert code != 0
    assert f"Нельзя слушать 127.0.0.1:{run.port}" in words
    assert f"PORT={run.port + 1}" in words


@pytest.mark.parametrize("given", ["70000", "0", "-1", "восемь", ""])
def test_a_port_that_is_none_is_told_in_words(given: str) -> None:
    with pytest.raises(CommandError, match=f"Порт — число от 1 до 65535, а задано «{given}»"):
        call_command("up", port=given)


def test_the_port_is_kept_while_nobody_listens_yet(tmp_path: Path) -> None:
    """Two starts on one port: the second is told at once, not after its minutes of loading."""
    port = Run(tmp_path).port
    held = up._hold_port("127.0.0.1", port)
    assert held is not None
    with held, pytest.raises(CommandError, match=f"PORT={port + 1}"):
        up._check_port("127.0.0.1", port)
    up._check_port("127.0.0.1", port)


def test_a_folder_with_a_demo_is_refused_for_work(run: Run) -> None:
    run.var.mkdir()
    folder.set_mode(run.var, "demo")
    code, words = run.once("--no-demo", "--charters", "oktyabrsky")
    assert code != 0
    assert "лежит образец" in words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("found", "arguments", "words"),
    [("demo", ["--charters", "oktyabrsky"], "лежит образец"), ("work", ["--demo"], "начата для настоящей работы")],
)
def test_a_database_of_the_other_kind_is_refused(found: str, arguments: list[str], words: str) -> None:
    Heartbeat.objects.create(name=found, at=timezone.now())
    with pytest.raises(CommandError, match=words):
        call_command("prepare", *arguments, stdout=StringIO())
    assert list(Heartbeat.objects.values_list("name", flat=True)) == [found]


@pytest.mark.django_db
def test_a_database_left_halfway_through_the_former_migrations_is_refused() -> None:
    MigrationRecorder.Migration.objects.filter(app="reports", name="0006_signed_stays_whole").delete()
    with pytest.raises(CommandError, match="ранняя сборка"):
        call_command("prepare", "--no-static", "--charters", "korsakovsky", stdout=StringIO())
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("kor")
def test_prepare_leaves_a_charter_that_is_there_alone() -> None:
    said = StringIO()
    call_command("prepare", "--no-static", "--charters", "korsakovsky", stdout=said)
    assert said.getvalue() == ""
    assert Heartbeat.objects.filter(name="work").exists()


@pytest.mark.django_db
def test_prepare_names_a_charter_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("prepare", "--no-static", "--charters", "nowhere", stdout=StringIO())


def test_the_demo_password_is_made_once_and_kept_to_ourselves(tmp_path: Path) -> None:
    made = folder.demo_password(tmp_path, "")
    assert folder.demo_password(tmp_path, "") == made
    assert folder.demo_password(tmp_path, "given by hand") == "given by hand"
    assert folder.demo_password(tmp_path, "") == "given by hand"
    assert (tmp_path / "demo_password").stat().st_mode & 0o077 == 0


def test_the_console_shows_what_matters_and_the_log_keeps_all(tmp_path: Path) -> None:
    shown: list[str] = []
    journal = Journal("web", tmp_path, shown.append)
    lines = ["INFO all is well", "Traceback (most recent call last):", "  File x", "ValueError: bad", "WARNING look"]
    for line in lines:
        journal.write(line)
    assert shown == ["[web] ValueError: bad", "[web] WARNING look"]
    assert (tmp_path / "web.log").read_text().splitlines() == lines


def test_the_console_gets_a_kind_of_message_once_a_minute(tmp_path: Path) -> None:
    shown: list[str] = []
    now = 0.0
    journal = Journal("worker", tmp_path, shown.append, clock=lambda: now)

    def trouble(second: int) -> list[str]:
        at = f"2026-11-16 09:30:{second:02},{second * 7:03}"
        head = f"[{at}: ERROR/MainProcess] consumer: Cannot connect, trying again ({second}/100)"
        return [
            head,
            "Traceback (most recent call last):",
            "  File x",
            f"redis.exceptions.ConnectionError: Error 2 at {second}",
        ]

    for second in range(60):
        now = float(second)
        for line in trouble(second):
            journal.write(line)
    journal.write("[2026-11-16 09:30:59,999: ERROR/MainProcess] beat: something else")
    assert shown == [
        f"[worker] {trouble(0)[0]}",
        f"[worker] {trouble(0)[-1]}",
        "[worker] [2026-11-16 09:30:59,999: ERROR/MainProcess] beat: something else",
    ]
    now = 60.0
    journal.write(trouble(0)[0])
    assert shown[-1].endswith("(с прошлого раза ещё 59, все — в журнале)")
    assert len((tmp_path / "worker.log").read_text().splitlines()) == 60 * 4 + 2


def test_a_child_that_keeps_dying_is_brought_back_more_and_more_rarely(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    spec = Spec(name="web", argv=["/bin/false"], record=tmp_path / "web.json", env={}, cwd=tmp_path)
    supervisor.add("web", lambda: Process(spec))
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        supervisor.look_after()
        time.sleep(0.01)
    supervisor.stop(("web",), seconds=1)
    assert [line for line in said if "остановилась" in line] == [
        "Часть «web» остановилась (код 1); новый запуск через 1 с.",
        "Часть «web» остановилась (код 1); новый запуск через 2 с.",
    ]
    assert not (tmp_path / "web.json").exists()
