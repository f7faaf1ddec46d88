"""Valkey (a free continuation of Redis) of one data folder: broker, cache and counters, nothing that must outlive it."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import redis

from mcu.embedded.errors import EmbeddedError
from mcu.embedded.owner import Owner
from mcu.embedded.places import Places
from mcu.embedded.processes import Process, Spec, stop_recorded
from mcu.embedded.programs import Programs

SIGNALS = (signal.SIGTERM,)
_START_SECONDS = 10


def start(places: Places, programs: Programs, owner: Owner, *, on_line: Callable[[str], None] | None) -> Process:
    """Start on a private socket with no TCP port and wait until it answers. Raises EmbeddedError."""
    places.valkey_socket.unlink(missing_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.sockets),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",  # the cache may be thrown out, the queue of tasks has no term and stays
    }
    process = Process(
        Spec(
            name="valkey",
            argv=[str(programs.valkey), *(part for name, value in settings.items() for part in (f"--{name}", value))],
            record=places.run / "valkey.json",
            env={"LC_ALL": "C", "TZ": "UTC"},
            cwd=Path("/"),
            owner=owner,
            signals=SIGNALS,
            log=None if on_line else places.logs / "valkey.log",
            on_line=on_line,
        )
    )
    if not wait_ready(places, process):
        process.stop(seconds=2)
        raise EmbeddedError(f"Valkey не запустился; причина в журнале {places.logs / 'valkey.log'}")
    return process


def stop_leftover(places: Places) -> bool:
    """Stop the Valkey that an earlier start left behind on this data folder; True if there was one."""
    return stop_recorded(places.run / "valkey.json", signals=SIGNALS, seconds=2)


def wait_ready(places: Places, process: Process) -> bool:
    """Wait until the server answers; False if it ended instead or takes too long."""
    end = time.monotonic() + _START_SECONDS
    while process.returncode() is None and time.monotonic() < end:
        if answers(places):
            return True
        time.sleep(0.02)
    return False


def answers(places: Places) -> bool:
    """Whether the server of this data folder answers now."""
    client = redis.Redis(unix_socket_path=str(places.valkey_socket), socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
