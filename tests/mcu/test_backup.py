"""A copy of everything: whole or none, read back, rotated, seen by the technical desk."""

from __future__ import annotations

import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from mcu import backups
from mcu.models import Heartbeat
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    """A data folder with a key and a file of a case."""
    folder = tmp_path / "данные"
    (folder / "media" / "2026").mkdir(parents=True)
    (folder / "media" / "2026" / "scan").write_bytes(b"scan")
    (folder / "secret_key").write_text("secret")
    settings.VAR = folder
    return folder


def test_the_copy_holds_the_database_and_the_files_and_is_for_its_owner_only(var: Path, tmp_path: Path) -> None:
    said = StringIO()
    call_command("backup", "--to", str(tmp_path / "копии"), stdout=said)
    (copy,) = backups.copies(tmp_path / "копии")
    assert str(copy) in said.getvalue()
    listed = subprocess.run(
        [backups.program("pg_restore"), "--list", copy / backups.DUMP], capture_output=True, text=True, check=True
    )
    assert "mcu_messages_message" in listed.stdout
    with tarfile.open(copy / backups.FILES) as archive:
        assert {"secret_key", "media/2026/scan"} <= set(archive.getnames())
    assert {path.stat().st_mode & 0o777 for path in copy.iterdir()} == {0o600}
    beat = Heartbeat.objects.get(name="backup")
    assert (beat.data["folder"], beat.data["bytes"] > 0) == (str(copy), True)


def test_the_last_copies_stay(var: Path, tmp_path: Path) -> None:
    made = [backups.make(to=tmp_path, keep=2, now=NOW + timedelta(days=day)).folder for day in range(3)]
    assert backups.copies(tmp_path) == made[1:]


def test_a_failure_says_what_to_do_and_touches_no_older_copy(
    var: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = backups.make(to=tmp_path, keep=1, now=NOW).folder
    monkeypatch.setattr(backups, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="postgresql-client"):
        call_command("backup", "--to", str(tmp_path), "--keep", "1")
    assert list(tmp_path.glob("mcu-*")) == [older]
    assert "pg_dump" in Heartbeat.objects.get(name="failed:backup").data["error"]
    assert Heartbeat.objects.get(name="backup").at == datetime(2026, 11, 18, 5, tzinfo=UTC)


def test_half_a_copy_is_none(var: Path, tmp_path: Path, settings: Settings) -> None:
    settings.DATABASES = {"default": settings.DATABASES["default"] | {"NAME": "нет такой базы"}}
    with pytest.raises(backups.BackupFailed, match="Копия базы не сделана"):
        backups.make(to=tmp_path / "копии", keep=1, now=NOW)
    assert list((tmp_path / "копии").iterdir()) == []
