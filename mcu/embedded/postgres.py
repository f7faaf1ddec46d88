"""PostgreSQL of one data folder: made once, started on a private socket, reached by a scram password only."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from mcu.embedded.errors import EmbeddedError
from mcu.embedded.owner import Owner
from mcu.embedded.places import DATABASE, ROLE, Places
from mcu.embedded.processes import Process, Spec, stop_recorded
from mcu.embedded.programs import SYSTEM_FOLDER, Programs

# Fast shutdown first (sessions are cut, nothing is lost), then immediate (the next start replays the log).
SIGNALS = (signal.SIGINT, signal.SIGQUIT)
_START_SECONDS = 60
# An odd locale of the machine must not stop initdb, and must not change how words are compared.
_ENV = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    # Statements hold citizens' words, names and telephones, so none is written down, whatever becomes of it.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


def start(places: Places, programs: Programs, owner: Owner, *, durable: bool, on_line: Callable[[str], None] | None) -> Process:
    """Make the cluster if there is none, start it and wait until it answers.

    ``durable=False`` is for tests only: a power cut may then lose data. Raises EmbeddedError.
    """
    cluster = cluster_folder(places, owner)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster, places, programs, owner, durable=durable)
    _check_version(cluster, programs)
    _drop_foreign_pid(cluster)
    settings = {**_SETTINGS, "unix_socket_directories": str(places.sockets), **({} if durable else _NOT_DURABLE)}
    spec = Spec(
        name="postgres",
        argv=[str(programs.postgres), "-D", str(cluster), *(f"--{name}={value}" for name, value in settings.items())],
        record=places.run / "postgres.json",
        env=_ENV,
        cwd=Path("/"),
        owner=owner,
        signals=SIGNALS,
        log=None if on_line else places.logs / "postgres.log",
        on_line=on_line,
    )
    # After a kill -9 the last sessions of the old server may hold its memory for a moment: try again.
    for _ in range(5):
        process = Process(spec)
        if wait_ready(places, process):
            return process
        process.stop(seconds=2)
        time.sleep(1)
    raise EmbeddedError(f"PostgreSQL не запустился; причина в журнале {places.logs / 'postgres.log'}")


def cluster_folder(places: Places, owner: Owner) -> Path:
    """Where the data of PostgreSQL lie: in the data folder, unless the servers' user cannot go there.

    Root may keep the product where nobody else may enter (/root/…). Then the data lie under /var/lib/mcu, and the file
    ``postgres.path`` of the data folder says where.
    """
    pointer = places.var / "postgres.path"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    inside = places.var / "postgres"
    if inside.exists() or owner.can_enter(places.var):
        return inside
    outside = SYSTEM_FOLDER / f"postgres-{places.key}-{secrets.token_hex(4)}"
    try:
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        pointer.write_text(str(outside))
    except OSError as error:
        raise EmbeddedError(
            f"Пользователю PostgreSQL недоступна папка данных «{places.var}», а завести данные в «{SYSTEM_FOLDER}» не удалось: "
            f"{error}. Задайте MCU_VAR=/srv/mcu или DATABASE_URL."
        ) from error
    return outside


def stop_leftover(places: Places) -> bool:
    """Stop the PostgreSQL that an earlier start left behind on this data folder; True if there was one."""
    return stop_recorded(places.run / "postgres.json", signals=SIGNALS, seconds=8)


def wait_ready(places: Places, process: Process) -> bool:
    """Wait until the server lets us in; False if it ended instead or takes too long (a long recovery is said to the log)."""
    end = time.monotonic() + _START_SECONDS
    while process.returncode() is None and time.monotonic() < end:
        if answers(places):
            return True
        time.sleep(0.05)
    return False


def answers(places: Places) -> bool:
    """Whether the server of this data folder lets us in now."""
    try:
        with psycopg.connect(
            host=str(places.sockets), user=ROLE, dbname=DATABASE, passfile=str(places.passfile), connect_timeout=2
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _make_cluster(cluster: Path, places: Places, programs: Programs, owner: Owner, *, durable: bool) -> None:
    """Make the cluster beside its place and move it there when it is whole: a start cut short leaves nothing half made."""
    building = cluster.with_name(f"{cluster.name}.new")
    _remove(building)
    building.mkdir(mode=0o700)
    owner.give(building)
    password = secrets.token_urlsafe(32)
    _run(
        [
            str(programs.initdb),
            f"--pgdata={building}",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--text-search-config=russian",
            "--auth=reject",
            "--no-instructions",
            "--no-sync",
        ],
        owner,
    )
    # Nobody ever signs in as the superuser; the product has a role of its own.
    (building / "pg_hba.conf").write_text(f"local all {ROLE} scram-sha-256\n")
    _run(
        [str(programs.postgres), "--single", "-D", str(building), "postgres"],
        owner,
        stdin=f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n",
    )
    _write_passfile(places, password)
    if durable:
        os.sync()
    building.rename(cluster)


def _write_passfile(places: Places, password: str) -> None:
    temporary = places.passfile.with_name("pgpass.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"*:*:*:{ROLE}:{password}\n")
    temporary.replace(places.passfile)


def _check_version(cluster: Path, programs: Programs) -> None:
    ours = _run([str(programs.postgres), "--version"], None).split()[2].partition(".")[0]
    theirs = (cluster / "PG_VERSION").read_text().strip()
    if ours != theirs:
        raise EmbeddedError(
            f"Данные в «{cluster}» записаны PostgreSQL {theirs}, а установлен PostgreSQL {ours}. Данные не тронуты. "
            "Выгрузите их прежней версией программы и загрузите в новую папку: docs/operations.md, «Новая версия PostgreSQL»."
        )


def _drop_foreign_pid(cluster: Path) -> None:
    """Forget a stale postmaster.pid whose number now belongs to a stranger: PostgreSQL would wait for him for ever.

    We hold the lock of the data folder and have stopped our own leftover, so a living PostgreSQL of this cluster can only
    be one that somebody started by hand; that one works in the cluster's folder and is left to PostgreSQL's own check.
    """
    stale = cluster / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        pid = int(stale.read_text().split()[0])
        if Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/cwd").resolve() != cluster.resolve():
            stale.unlink()


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _run(argv: list[str], owner: Owner | None, *, stdin: str = "") -> str:
    """Run one of PostgreSQL's own programs; its complaint becomes an EmbeddedError."""
    done = subprocess.run(
        argv,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=_ENV,
        user=owner.user if owner else None,
        group=owner.group if owner else None,
        extra_groups=owner.extra_groups if owner else None,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL не удалось подготовить ({Path(argv[0]).name}): {done.stderr.strip()[-2000:]}")
    return done.stdout
