"""PostgreSQL and Valkey for a test run: started once, in a folder of their own that goes away at the end.

Loaded by ``-p tests.servers`` before Django's settings are read, in the controlling process and in every xdist worker. A
given DATABASE_URL or REDIS_URL is used as it is instead.
"""

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings  # lazy: nothing is read before the environment is prepared

from mcu import embedded

_PREFIX = "mcu-test-"
_STALE_SECONDS = 3600


def _prepare_environment() -> None:
    """Choose the data folder of this run and, for a worker, its own numbered database of Redis."""
    if "MCU_TEST_VAR" not in os.environ:  # the controller, or a run without workers
        os.environ["MCU_TEST_VAR"] = tempfile.mkdtemp(prefix=_PREFIX)
        os.environ["MCU_TEST_PID"] = str(os.getpid())
    var = os.environ["MCU_VAR"] = os.environ["MCU_TEST_VAR"]
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
    url = os.environ.get("REDIS_URL") or embedded.redis_url(Path(var))
    os.environ["REDIS_URL"] = _numbered(url, number) if "PYTEST_XDIST_WORKER" in os.environ else os.environ.get("REDIS_URL", "")


def _numbered(url: str, number: int) -> str:
    """Workers must not count each other's requests: each gets a database of its own inside one Redis."""
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()


_prepare_environment()


def pytest_configure(config: pytest.Config) -> None:
    """Take what only costs time in tests out of the settings: hashed names of static files and slow password hashing."""
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Keep the servers up for the whole run, whatever way it ends."""
    if os.environ["MCU_TEST_PID"] != str(os.getpid()) or config.option.collectonly:
        return (yield)
    var = Path(os.environ["MCU_TEST_VAR"])
    _remove_stale(var.parent)
    servers = embedded.start(
        var, with_postgres=not os.environ.get("DATABASE_URL"), with_valkey=not os.environ.get("REDIS_URL"), durable=False
    )
    try:
        return (yield)
    finally:
        servers.stop()
        embedded.remove(var)


def _remove_stale(folder: Path) -> None:
    """Take away what runs that were killed left behind."""
    for old in folder.glob(f"{_PREFIX}*"):
        if old.stat().st_mtime < time.time() - _STALE_SECONDS and not embedded.is_running(old):
            with suppress(OSError, embedded.EmbeddedError):  # somebody else's, or just taken
                embedded.remove(old)
