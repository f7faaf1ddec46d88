"""The data folder of one installation: who uses it now, whether it holds a demo, the demo's password."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Mode = Literal["demo", "work"]
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks alike


class FolderInUse(Exception):
    """The program already runs on this data folder."""

    def __init__(self, *, url: str, pid: int) -> None:
        super().__init__(url)
        self.url = url
        self.pid = pid


@contextmanager
def hold(var: Path, *, url: str) -> Iterator[None]:
    """Use the data folder alone; the kernel lets it go when the process ends, however it ends. Raises FolderInUse."""
    (var / "run").mkdir(parents=True, exist_ok=True)
    with (var / "run" / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = json.loads(file.read() or '{"url": "", "pid": 0}')
            raise FolderInUse(url=holder["url"], pid=holder["pid"]) from None
        file.truncate(0)
        file.write(json.dumps({"url": url, "pid": os.getpid()}))
        file.flush()
        yield
        file.truncate(0)


def mode_of(var: Path) -> Mode | None:
    """What the folder was started for; None for a fresh one."""
    try:
        words = (var / "mode").read_text().strip()
    except FileNotFoundError:
        return None
    return "demo" if words == "demo" else "work"


def set_mode(var: Path, mode: Mode) -> None:
    """Remember what the folder is for, before the first row is written."""
    (var / "mode").write_text(f"{mode}\n")


def demo_password(var: Path, given: str) -> str:
    """The password of the demo's people: the given one, or one made once; kept in ``demo_password``, mode 0600."""
    path = var / "demo_password"
    if not given and path.exists():
        return path.read_text().strip()
    password = given or "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    return password
