"""Under which system user the servers run: PostgreSQL refuses root, so root gets an unprivileged user of its own."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mcu.embedded.errors import EmbeddedError

NAME = "mcu-db"


@dataclass(frozen=True)
class Owner:
    """The system user of the servers; ``switch`` says whether we must change to it (we are root)."""

    uid: int
    gid: int
    switch: bool

    @property
    def user(self) -> int | None:
        """The user to change to in a child; None for ourselves."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """The group to change to in a child; None for our own."""
        return self.gid if self.switch else None

    @property
    def extra_groups(self) -> list[int] | None:
        """Root's further groups are dropped."""
        return [] if self.switch else None

    def give(self, path: Path) -> None:
        """Hand a file or folder of ours over to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can reach a folder through all its parents."""
        return self._succeeds("/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder))

    def can_run(self, program: Path) -> bool:
        """Whether this user can reach a program and it runs on this machine."""
        return self._succeeds(str(program), "--version")

    def _succeeds(self, *argv: str) -> bool:
        try:
            done = subprocess.run(
                argv,
                cwd="/",
                capture_output=True,
                check=False,
                env={"LC_ALL": "C"},
                user=self.user,
                group=self.group,
                extra_groups=self.extra_groups,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def server_owner() -> Owner:
    """Ourselves; for root the system user ``mcu-db``, created if there is none.

    Raises EmbeddedError when that user cannot be created or we may not change to it.
    """
    if os.geteuid() != 0:
        return Owner(uid=os.geteuid(), gid=os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _create_user()
        entry = pwd.getpwnam(NAME)
    owner = Owner(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    if not owner.can_enter(Path("/")):
        raise EmbeddedError(
            f"Не удалось запустить программу от имени пользователя «{NAME}»: система не разрешает сменить пользователя. "
            "Запустите программу от обычного пользователя или задайте DATABASE_URL и REDIS_URL."
        )
    return owner


def _create_user() -> None:
    """Make the system user with what the machine has: shadow's useradd or BusyBox's adduser."""
    if useradd := shutil.which("useradd", path=_admin_path()):
        argv = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        argv += ["--shell", "/bin/false", NAME]
    elif adduser := shutil.which("adduser", path=_admin_path()):
        argv = [adduser, "-S", "-D", "-H", "-s", "/bin/false", NAME]
    else:
        argv = ["false"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL не работает от имени root, а создать для него системного пользователя «{NAME}» не удалось"
            f"{': ' + done.stderr.strip() if done.stderr.strip() else ''}. Создайте его (useradd --system {NAME}), "
            "запустите программу от обычного пользователя или задайте DATABASE_URL и REDIS_URL."
        ) from None


def _admin_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
