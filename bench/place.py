"""A place of its own to measure in: a database made for the occasion and removed whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

import environ
import psycopg
from psycopg import sql

from mcu import embedded

_PREFIX: Final = "mcu-bench-"
_DATABASE: Final = "mcu_bench_"
_STALE_SECONDS: Final = 60
_LIKE_OURS: Final = "SELECT datcollate, datctype, datlocprovider::text FROM pg_database WHERE datname = current_database()"


@contextmanager
def made() -> Iterator[dict[str, str]]:
    """What must be put into the environment before settings are read. Servers that are given are used, others started."""
    _stop_on_signals()
    _remove_stale(Path(tempfile.gettempdir()))
    var = Path(tempfile.mkdtemp(prefix=_PREFIX))
    given = os.environ.get("DATABASE_URL", "")
    servers = embedded.start(var, with_postgres=not given, with_valkey=not os.environ.get("REDIS_URL"))
    try:
        with _database(given) as url:
            yield {"MCU_VAR": str(var), **({"DATABASE_URL": url} if url else {})}
    finally:
        servers.stop()
        embedded.remove(var)


@contextmanager
def _database(given: str) -> Iterator[str]:
    """A new database beside the one of the given address; with no address the whole server is ours."""
    if not given:
        yield ""
        return
    config = environ.Env.db_url_config(given)
    arguments = {"host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"]}
    known = {name: value for name, value in arguments.items() if value}
    name = f"{_DATABASE}{os.getpid()}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(dbname=config["NAME"], autocommit=True, **known, **config.get("OPTIONS", {})) as connection:
        _drop_stale(connection)
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'{}").format(
            sql.Identifier(name), _locale(connection)
        ))  # fmt: skip
        parts = urlsplit(given)
        try:
            yield parts._replace(path=f"{parts.path.rpartition('/')[0]}/{name}").geturl()
        finally:
            connection.execute(drop)


def _locale(connection: psycopg.Connection[tuple[str, ...]]) -> sql.Composable:
    """The words of a locale as the given database has it, so that Russian words are compared the same way."""
    row = connection.execute(_LIKE_OURS).fetchone()
    if row is None or row[2] != "c":
        return sql.SQL("")
    return sql.SQL(" LC_COLLATE {} LC_CTYPE {}").format(sql.Literal(row[0]), sql.Literal(row[1]))


def _drop_stale(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    """Databases of runs that were killed."""
    names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_DATABASE]).fetchall()
    for (name,) in names:
        pid = name.removeprefix(_DATABASE)
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _remove_stale(folder: Path) -> None:
    """Data folders of runs that were killed; their servers died with them."""
    for old in folder.glob(f"{_PREFIX}*"):
        if old.stat().st_mtime < time.time() - _STALE_SECONDS and not embedded.is_running(old):
            embedded.remove(old)
            shutil.rmtree(old, ignore_errors=True)


def _stop_on_signals() -> None:
    """SIGTERM ends the run as Ctrl-C does, so that what was made is removed."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
