"""Both servers of one data folder together: one holder at a time, recovery first, stopped in order."""

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mcu.embedded import postgres, valkey
from mcu.embedded.errors import EmbeddedError
from mcu.embedded.owner import Owner, server_owner
from mcu.embedded.places import Places
from mcu.embedded.processes import Process
from mcu.embedded.programs import find_programs

_LOG_BYTES = 5 * 1024 * 1024


class Servers:
    """The running servers of a data folder; ``restart`` brings one back that died."""

    def __init__(self, places: Places, lock: TextIO, starters: dict[str, Callable[[], Process]]) -> None:
        self._places = places
        self._lock = lock
        self._starters = starters
        self.processes: dict[str, Process] = {}

    def restart(self, name: str) -> Process:
        """Start one server (again). Raises EmbeddedError."""
        if name in self.processes:
            self.processes.pop(name).stop(seconds=2)
        process = self.processes[name] = self._starters[name]()
        return process

    def stop(self, *, seconds: float = 5) -> None:
        """Stop both within the seconds, take away the sockets and let the data folder go."""
        for process in self.processes.values():
            process.ask_to_stop()
        for process in self.processes.values():
            process.stop(seconds=seconds)
        self.processes.clear()
        _remove_sockets(self._places)
        self._lock.close()


def start(
    var: Path,
    *,
    with_postgres: bool = True,
    with_valkey: bool = True,
    durable: bool = True,
    on_line: Callable[[str, str], None] | None = None,
) -> Servers:
    """Start the servers of a data folder, making it if need be, and wait until they answer.

    What an earlier, killed start left behind is stopped first. ``on_line(server, line)`` gets what they write; without it
    they write to the folder's logs. ``durable=False`` is for tests. Raises EmbeddedError, also when the servers of this
    folder already run.
    """
    places = Places.of(var)
    owner = server_owner()
    make_data_folder(places, owner)
    lock = _lock(places)
    starters: dict[str, Callable[[], Process]] = {}
    servers = Servers(places, lock, starters)
    try:
        postgres.stop_leftover(places)
        valkey.stop_leftover(places)
        programs = find_programs(owner)
        _make_socket_folder(places, owner)
        if with_postgres:
            starters["postgres"] = lambda: postgres.start(
                places, programs, owner, durable=durable, on_line=_line_reader(on_line, "postgres")
            )
        if with_valkey:
            starters["valkey"] = lambda: valkey.start(places, programs, owner, on_line=_line_reader(on_line, "valkey"))
        for name in starters:
            servers.restart(name)
    except BaseException:
        servers.stop()
        raise
    return servers


def is_running(var: Path) -> bool:
    """Whether somebody holds the servers of this data folder (a running ``up``, a test run)."""
    places = Places.of(var)
    try:
        with (places.run / "servers.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def running(var: Path, *, durable: bool = True) -> Iterator[None]:
    """The servers of a data folder for a while: those that run already, or ours, stopped at the end."""
    if is_running(var):
        yield
        return
    servers = start(var, durable=durable)
    try:
        yield
    finally:
        servers.stop()


def remove(var: Path) -> None:
    """Delete a data folder for good, with the database wherever it lies and what a killed start left running.

    Raises EmbeddedError while somebody holds its servers.
    """
    places = Places.of(var)
    if is_running(var):
        raise EmbeddedError(f"Серверы папки данных «{places.var}» работают: сначала остановите их.")
    postgres.stop_leftover(places)
    valkey.stop_leftover(places)
    _remove_sockets(places)
    shutil.rmtree(postgres.cluster_folder(places, server_owner()), ignore_errors=True)
    shutil.rmtree(places.var, ignore_errors=True)


def make_data_folder(places: Places, owner: Owner) -> None:
    """The data folder, closed to others. Root's may be walked through (not listed): PostgreSQL's user has its data inside."""
    try:
        places.var.mkdir(parents=True, exist_ok=True)
        places.var.chmod(0o711 if owner.switch else 0o700)
        for folder in (places.logs, places.run):
            folder.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise EmbeddedError(
            f"Папка данных «{places.var}» принадлежит другому пользователю ({error.strerror}). Запустите программу от того же "
            "пользователя, что и раньше, или задайте другую папку: MCU_VAR=…"
        ) from error
    for log in places.logs.glob("*.log"):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))


def _lock(places: Places) -> TextIO:
    """Take the data folder for ourselves; the kernel lets it go when we end, however we end."""
    file = (places.run / "servers.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise EmbeddedError(f"Серверы папки данных «{places.var}» уже запущены другим процессом.") from None
    return file


def _make_socket_folder(places: Places, owner: Owner) -> None:
    """The folder of the sockets, ours and nobody else's: /tmp is open to all, so whose it is gets checked."""
    folder = places.sockets
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or (found.st_uid not in (os.geteuid(), owner.uid) and os.geteuid() != 0):
            raise EmbeddedError(
                f"Папка «{folder}» для связи с серверами занята другим пользователем. Удалите её или задайте другую папку "
                "данных: MCU_VAR=…"
            ) from None
        folder.chmod(0o700)
    owner.give(folder)


def _remove_sockets(places: Places) -> None:
    if places.sockets.is_dir() and not places.sockets.is_symlink():
        for path in places.sockets.iterdir():
            path.unlink()
        places.sockets.rmdir()


def _line_reader(on_line: Callable[[str, str], None] | None, server: str) -> Callable[[str], None] | None:
    return None if on_line is None else lambda line: on_line(server, line)
