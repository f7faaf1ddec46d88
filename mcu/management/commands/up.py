"""``manage.py up``: the whole product on one machine, as a demo or for real use, until Ctrl-C or SIGTERM."""

import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from mcu import embedded, folder
from mcu.embedded.processes import Process, Spec, stop_recorded
from mcu.supervisor import Journal, Supervisor
from mcu.text import system_words

# Together they stay under the 10 seconds in which everything must be down.
_APP_STOP_SECONDS, _SERVER_STOP_SECONDS = 5.0, 2.0
_HEALTH_SECONDS = 60
_ROUND_SECONDS = 0.25
_APPS = ("web", "worker", "beat")
_USUAL_PORT = 8000
_ANY = ("0.0.0.0", "::")


class _Stop(BaseException):
    """A signal asked us to end; not an error, so no ``except Exception`` may hold it up."""


class Command(BaseCommand):
    """Start what is not there, load what is missing, serve, look after the children, stop them all."""

    help = "Запустить программу на этой машине: с образцом (по умолчанию) или для работы (--no-demo)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="чистый запуск для настоящей работы")
        parser.add_argument(
            "--charters", default="", help="уставы новых Центров через запятую, например oktyabrsky,korsakovsky"
        )
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="где слушать; по умолчанию 127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT", str(_USUAL_PORT)), help="порт; по умолчанию 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        port = _port(str(options["port"]))
        run = _Run(self, demo=not options["no_demo"], charters=options["charters"], host=options["host"], port=port)
        _stop_on_signals()
        try:
            with folder.hold(run.var, url=run.url):
                run.until_stopped()
        except folder.FolderInUse as used:
            raise CommandError(
                f"Программа уже запущена на папке данных «{run.var}»: {used.url} (процесс {used.pid}). "
                f"Остановить её: kill {used.pid}\nAlready running at {used.url}"
            ) from None
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        except _Stop:
            pass


class _Run:
    """One run of the product on one data folder."""

    def __init__(self, command: BaseCommand, *, demo: bool, charters: str, host: str, port: int) -> None:
        self._command = command
        self._demo = demo
        self._charters = charters
        self._host = host
        self._port = port
        self._supervisor = Supervisor(self.say)
        self._servers: embedded.Servers | None = None
        self._held: socket.socket | None = None
        self._journals: dict[str, Journal] = {}
        self.var = Path(settings.VAR)

    @property
    def url(self) -> str:
        """The address to open: PUBLIC_URL if there is one."""
        local = "127.0.0.1" if self._host in _ANY else self._host
        return os.environ.get("PUBLIC_URL") or f"http://{f'[{local}]' if ':' in local else local}:{self._port}/"

    def say(self, line: str) -> None:
        """A line for the person at the console."""
        with suppress(BrokenPipeError):
            self._command.stdout.write(line)
            self._command.stdout.flush()

    def until_stopped(self) -> None:
        """Everything from the first check to the last child's end."""
        self._check_mode()
        (self.var / "logs").mkdir(mode=0o700, exist_ok=True)
        for name in _APPS:
            stop_recorded(self.var / "run" / f"{name}.json", signals=(signal.SIGTERM,), seconds=3)
        _check_port(self._host, self._port)
        self._held = _hold_port(self._host, self._port)
        try:
            self._start_servers()
            self._prepare()
            self._start_apps()
            self._announce()
            while True:
                self._supervisor.look_after()
                time.sleep(_ROUND_SECONDS)
        finally:
            self._stop()

    def _check_mode(self) -> None:
        mode = folder.mode_of(self.var)
        if self._demo and mode == "work":
            raise CommandError(
                f"Папка данных «{self.var}» начата для настоящей работы, образец в неё не загружается. Ничего не изменено. "
                "Продолжить работу: .venv/bin/python manage.py up --no-demo. Образец в другой папке: MCU_VAR=… make run"
            )
        if not self._demo and mode == "demo":
            raise CommandError(
                f"В папке данных «{self.var}» лежит образец с выдуманными людьми, для настоящей работы она не годится. "
                "Возьмите новую: MCU_VAR=/srv/mcu .venv/bin/python manage.py up --no-demo"
            )

    def _start_servers(self) -> None:
        own = {"postgres": not os.environ.get("DATABASE_URL"), "valkey": not os.environ.get("REDIS_URL")}
        if not any(own.values()):
            return
        self.say("Запускаются серверы базы данных и очереди …")
        servers = embedded.start(
            self.var,
            with_postgres=own["postgres"],
            with_valkey=own["valkey"],
            on_line=lambda server, line: self._journal(server).write(line),
        )
        self._servers = servers
        for name, process in servers.processes.items():
            self._supervisor.add(name, partial(servers.restart, name), process)

    def _prepare(self) -> None:
        """Migrate and load in a process of its own: its settings are read when the servers are there."""
        arguments = ["--demo"] if self._demo else ["--charters", self._charters]
        extra = {"MCU_DEMO_PASSWORD": self._password()} if self._demo else {}
        self.say("Готовится база данных …")
        process = self._child("prepare", ["manage.py", "prepare", *arguments], extra, on_line=self.say)()
        code = _wait(process)
        if code != 0:
            raise CommandError("Подготовка не удалась, программа не запущена; причина сказана выше.")
        folder.set_mode(self.var, "demo" if self._demo else "work")

    def _password(self) -> str:
        return folder.demo_password(self.var, os.environ.get("MCU_DEMO_PASSWORD", ""))

    def _start_apps(self) -> None:
        self._let_port_go()
        _check_port(self._host, self._port)
        celery = ["-m", "celery", "-A", "mcu.celery"]
        alone = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        schedule = str(self.var / "run" / "celerybeat-schedule")
        apps = {
            "web": ["-m", "gunicorn", "mcu.wsgi"],
            "worker": [*celery, "worker", "--concurrency", os.environ.get("WORKER_CONCURRENCY", "2"), *alone],
            # Not inside the worker, which would live on without it: then nobody sees that nothing is swept any more.
            "beat": [*celery, "beat", "--schedule", schedule, "--loglevel", "INFO"],
        }
        for name, arguments in apps.items():
            self._supervisor.add(name, self._child(name, arguments, {}, on_line=self._journal(name).write))
        end = time.monotonic() + _HEALTH_SECONDS
        while (status := self._health()) != 200:
            if status or self._supervisor.dead("web") or time.monotonic() > end:
                raise CommandError(f"Страницы не открываются; причина в журнале {self.var / 'logs' / 'web.log'}")
            time.sleep(0.2)

    def _health(self) -> int:
        """The status of /healthz; 0 while nobody answers."""
        connection = HTTPConnection("127.0.0.1" if self._host in _ANY else self._host, self._port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def _announce(self) -> None:
        if not self._demo:
            _wait(self._child("first_account", ["manage.py", "first_account"], {}, on_line=self.say)())
        self.say("")
        if self._demo:
            # At every start, whether it was made here or given: without it nobody can sign in.
            self.say(f"Пароль у всех людей образца один: {self._password()}")
        self.say(f"Данные и журналы: {self.var}. Остановить: Ctrl-C.")
        self.say(f"Программа работает: {self.url}")

    def _stop(self) -> None:
        """Apps first, then the servers they use; signals that come meanwhile change nothing."""
        _ignore_signals()
        self._let_port_go()
        self.say("Останавливаемся …")
        self._supervisor.stop(_APPS, seconds=_APP_STOP_SECONDS)
        if self._servers:
            self._servers.stop(seconds=_SERVER_STOP_SECONDS)
        self.say("Остановлено.")

    def _let_port_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def _child(
        self, name: str, arguments: list[str], extra: Mapping[str, str], *, on_line: Callable[[str], None]
    ) -> Callable[[], Process]:
        spec = Spec(
            name=name,
            argv=[sys.executable, *arguments],
            record=self.var / "run" / f"{name}.json",
            env={**self._environment(), **extra},
            cwd=Path(settings.BASE_DIR),
            on_line=on_line,
        )
        return partial(Process, spec)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "MCU_DEMO_PASSWORD"}
        return {
            **kept,
            "MCU_VAR": str(self.var),
            "MCU_DEMO": str(int(self._demo)),
            "HOST": self._host,
            "PORT": str(self._port),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }

    def _journal(self, name: str) -> Journal:
        if name not in self._journals:
            self._journals[name] = Journal(name, self.var / "logs", self.say)
        return self._journals[name]


def _wait(process: Process) -> int:
    """Wait for a child that ends by itself; a signal meanwhile stops it too."""
    try:
        while (code := process.returncode()) is None:
            time.sleep(0.05)
    finally:
        process.stop(seconds=2)
    return code


def _port(given: str) -> int:
    """The port as it was typed. Raises CommandError."""
    if given.isdecimal() and 0 < int(given) < 65536:
        return int(given)
    raise CommandError(f"Порт — число от 1 до 65535, а задано «{given}». Например: PORT={_USUAL_PORT} make run")


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 1 if 1023 < port < 65535 else _USUAL_PORT  # lower ones are the system's own
            raise CommandError(
                f"Нельзя слушать {host}:{port}: {system_words(error)}. Возьмите другой порт: PORT={other} make run"
            ) from error


def _hold_port(host: str, port: int) -> socket.socket | None:
    """Keep the port for the minutes in which nobody listens yet, so that another start is told at once, not at its end.

    Without SO_REUSEADDR nobody else can take it, and nobody is answered either. None just after another run, whose last
    connections still linger there: then the check before the pages start has to do.
    """
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.bind((host, port))
    except OSError:
        held.close()
        return None
    return held


def _stop_on_signals() -> None:
    """The first signal ends the run; those that come after it are ignored, the stop is under way."""

    def stop(number: int, frame: FrameType | None) -> None:
        _ignore_signals()
        raise _Stop

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)


def _ignore_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
