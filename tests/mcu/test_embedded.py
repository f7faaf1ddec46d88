"""The embedded servers: addresses, privacy, one holder at a time, and recovery after being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from mcu import embedded
from mcu.embedded import EmbeddedError, Places
from mcu.embedded.owner import server_owner
from mcu.embedded.postgres import cluster_folder
from mcu.embedded.processes import MARK, born, kill_marked, stop_recorded

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from mcu import embedded
servers = embedded.start(Path(sys.argv[1]))
print(*(process.pid for process in servers.processes.values()), flush=True)
time.sleep(600)
"""


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a space and Cyrillic letters in its path, removed with its database."""
    folder = tmp_path / "Мои данные" / "var"
    yield folder
    embedded.remove(folder)


def connect(var: Path, **changes: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection by the very address that settings use."""
    config = environ.Env.db_url_config(embedded.database_url(var))
    arguments = {"host": config["HOST"], "user": config["USER"], "dbname": config["NAME"], **config["OPTIONS"], **changes}
    return psycopg.connect(**arguments, autocommit=True)


def test_addresses_are_pure(tmp_path: Path) -> None:
    folder = tmp_path / ("очень длинная папка " * 6) / "var 100%"
    config = environ.Env.db_url_config(embedded.database_url(folder))
    places = Places.of(folder)
    assert config["HOST"] == str(places.sockets)
    assert config["OPTIONS"] == {"passfile": str(folder / "pgpass")}
    assert len(os.fsencode(places.postgres_socket)) <= 107
    assert embedded.redis_url(folder) == f"unix://{places.valkey_socket}"
    assert embedded.broker_url(embedded.redis_url(folder)) == f"redis+socket://{places.valkey_socket}"
    assert embedded.database_url(folder) == embedded.database_url(folder / ".." / folder.name)
    assert not folder.exists()
    assert not places.sockets.exists()


def test_the_servers_speak_russian_in_private_and_keep_the_data(var: Path) -> None:
    places = Places.of(var)
    servers = embedded.start(var, durable=False)
    try:
        assert embedded.is_running(var)
        with connect(var) as connection:
            row = connection.execute("SELECT lower('Ё'), to_tsvector('russian', 'ДОРОГИ')::text, 'ЯМА' ILIKE 'яма'").fetchone()
            assert row == ("ё", "'дорог':1", True)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('ямы')")
        assert places.sockets.stat().st_mode & 0o077 == 0
        assert places.passfile.stat().st_mode & 0o077 == 0
        assert redis.Redis(unix_socket_path=str(places.valkey_socket)).config_get("port") == {"port": "0"}
        with pytest.raises(psycopg.OperationalError):
            connect(var, user="postgres")
        with pytest.raises(psycopg.OperationalError):
            connect(var, passfile=os.devnull)
        with pytest.raises(EmbeddedError, match="уже запущены"):
            embedded.start(var)
        with pytest.raises(EmbeddedError, match="работают"):
            embedded.remove(var)
    finally:
        servers.stop()
    assert not embedded.is_running(var)
    assert not places.sockets.exists()
    with embedded.running(var, durable=False), connect(var) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("ямы",)


@pytest.mark.parametrize("servers_too", [False, True])
def test_recovery_after_kill_9(var: Path, *, servers_too: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(var)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as holder:
        assert holder.stdout is not None
        pids = [int(word) for word in holder.stdout.readline().split()]
        assert len(pids) == 2
        with connect(var) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
            for pid in [holder.pid, *(pids if servers_too else [])]:
                os.kill(pid, signal.SIGKILL)
    servers = embedded.start(var, durable=False)
    try:
        assert not any(born(pid) for pid in pids)
        with connect(var) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (1,)
    finally:
        servers.stop()


def test_a_stale_postmaster_pid_of_a_stranger_does_not_stop_the_start(var: Path) -> None:
    embedded.start(var, with_valkey=False, durable=False).stop()
    cluster = cluster_folder(Places.of(var), server_owner())
    # Our own number: it lives, but it is not a PostgreSQL of this cluster.
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n1\n5432\n\n\n\nready\n")
    embedded.start(var, with_valkey=False, durable=False).stop()


def test_a_number_used_again_by_a_stranger_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "web.json"
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        record.write_text(json.dumps({"pid": stranger.pid, "born": "another boot 1", "mark": "of nobody"}))
        assert not stop_recorded(record, signals=[signal.SIGTERM], seconds=1)
        assert stranger.poll() is None
        stranger.kill()


def test_what_a_killed_child_left_behind_is_known_by_its_mark() -> None:
    with (
        subprocess.Popen(["/bin/sleep", "60"], env={MARK: "ours"}) as ours,
        subprocess.Popen(["/bin/sleep", "60"], env={MARK: "ours2"}) as stranger,
    ):
        time.sleep(0.1)  # the environment is the parent's until exec
        assert kill_marked("ours")
        assert ours.wait(timeout=5) == -signal.SIGKILL
        assert stranger.poll() is None
        stranger.kill()


def test_a_foreign_socket_folder_is_refused(var: Path) -> None:
    places = Places.of(var)
    places.sockets.symlink_to("/nonexistent")
    try:
        with pytest.raises(EmbeddedError, match="занята другим пользователем"):
            embedded.start(var)
    finally:
        places.sockets.unlink()


def test_a_command_gets_the_servers_for_its_time(var: Path) -> None:
    question = (
        "from pathlib import Path; from mcu import embedded; raise SystemExit(7 if embedded.is_running(Path('{}')) else 1)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mcu.embedded", sys.executable, "-c", question.format(var)],
        cwd=ROOT,
        env={**os.environ, "MCU_VAR": str(var)},
        check=False,
    )
    assert done.returncode == 7
    assert not embedded.is_running(var)
