"""Where the embedded servers live: pure functions of the data folder, with no side effects."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "mcu"
ROLE = "mcu"


@dataclass(frozen=True)
class Places:
    """Every path that belongs to one data folder."""

    var: Path

    @classmethod
    def of(cls, var: Path) -> "Places":
        """The places of a data folder; the folder need not exist."""
        return cls(Path(var).resolve())

    @property
    def key(self) -> str:
        """A short name of the data folder: the same path always gives the same one."""
        return hashlib.sha256(str(self.var).encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """The private folder of both sockets. A socket's path may take 107 bytes at most, the data folder's may be longer."""
        return Path("/tmp") / f"mcu-{self.key}"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def passfile(self) -> Path:
        """The database password in libpq's own form, mode 0600; libpq reads it when it connects."""
        return self.var / "pgpass"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def run(self) -> Path:
        """Locks and process records of what runs on this data folder."""
        return self.var / "run"


def database_url(var: Path) -> str:
    """The address of the embedded PostgreSQL of a data folder, whether it runs or not.

    The form is the one that django-environ reads for a socket: HOST is the folder, NAME and USER are ``mcu`` and
    OPTIONS is ``{"passfile": …}``: keep that key when adding options. No password stands in the address: libpq takes it
    from the file at the moment it connects, so settings may be read before the first start has made it.
    """
    places = Places.of(var)
    return (
        f"postgres://{ROLE}@/{quote(str(places.sockets), safe='')}/{DATABASE}?passfile={quote(str(places.passfile), safe='')}"
    )


def redis_url(var: Path) -> str:
    """The address of the embedded Valkey of a data folder, in redis-py's form; ``broker_url`` turns it into Celery's."""
    return f"unix://{Places.of(var).valkey_socket}"


def broker_url(url: str) -> str:
    """A redis-py address in the form that Celery understands (it calls a socket ``redis+socket://``)."""
    return "redis+socket://" + url.removeprefix("unix://") if url.startswith("unix://") else url
