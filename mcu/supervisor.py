"""Keeps the children of ``manage.py up`` alive: brings back what died, writes their logs, stops them in order."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import Formatter, LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mcu.embedded.errors import EmbeddedError
from mcu.embedded.processes import Process

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_GOOD_LIFE = 60.0  # seconds after which a child counts as healthy again
_LOG_BYTES, _LOG_FILES = 5 * 1024 * 1024, 5
_NEEDLESS = (
    "Memory overcommit must be enabled",  # Valkey's advice for one that keeps its data on disk; ours does not
    "Service Unavailable: /readyz",  # the watcher that asked has been told
    "FATAL:  the database system is ",  # starting, recovering: said to our own question whether it is up
)
_QUIET_SECONDS = 60.0
# What differs between two messages of a kind: times, numbers, identifiers, names in quotes.
_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\b[0-9a-fA-F-]{0,80}\d[0-9a-fA-F-]*")
_KIND_LENGTH, _MANY_KINDS = 120, 500
_IMPORTANT = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b")


class Journal:
    """One log file of one child, turned over by size; the important lines go to the console too.

    Of lines of one kind the console gets one a minute: a server that is away must not bury what is said once.
    ``clock`` gives seconds that only grow.
    """

    def __init__(
        self, name: str, folder: Path, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._say = say
        self._file = RotatingFileHandler(folder / f"{name}.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
        self._file.setFormatter(Formatter("%(message)s"))
        self._in_traceback = False
        self._clock = clock
        self._shown: dict[str, float] = {}  # kinds of lines, and when each was shown last
        self._held_back: Counter[str] = Counter()

    def write(self, line: str) -> None:
        """Keep a line and, if it matters, show it."""
        self._file.emit(LogRecord(self._name, 0, "", 0, line, None, None))
        if self._matters(line):
            self._show(line)

    def _show(self, line: str) -> None:
        kind, now = _PARTICULARS.sub("#", line)[:_KIND_LENGTH], self._clock()
        if now - self._shown.get(kind, -_QUIET_SECONDS) < _QUIET_SECONDS:
            self._held_back[kind] += 1
            return
        if len(self._shown) >= _MANY_KINDS:
            self._shown.clear()
            self._held_back.clear()
        more = self._held_back.pop(kind, 0)
        self._shown[kind] = now
        self._say(f"[{self._name}] {line}" + (f" (с прошлого раза ещё {more}, все — в журнале)" if more else ""))

    def _matters(self, line: str) -> bool:
        if line.startswith("Traceback "):
            self._in_traceback = True
            return False
        if self._in_traceback:  # of a traceback the console gets the line that names the error
            self._in_traceback = not line or line.startswith(" ")
            return not self._in_traceback
        return bool(_IMPORTANT.search(line)) and not any(words in line for words in _NEEDLESS)


@dataclass
class Child:
    """A child and what is needed to bring it back."""

    name: str
    start: Callable[[], Process]
    process: Process | None = None
    started_at: float = 0.0
    pause: float = _FIRST_PAUSE
    next_start_at: float | None = field(default=None)


class Supervisor:
    """The children in the order of their start. Times are seconds of the monotonic clock."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.children: list[Child] = []

    def add(self, name: str, start: Callable[[], Process], process: Process | None = None) -> None:
        """Take a child in: one that runs already, or start it now."""
        self.children.append(Child(name, start, process or start(), started_at=time.monotonic()))

    def dead(self, name: str) -> bool:
        """Whether the child of that name has ended."""
        return any(child.name == name and child.process and child.process.returncode() is not None for child in self.children)

    def look_after(self) -> None:
        """One round: bring back what died, each time after a longer pause."""
        now = time.monotonic()
        for child in self.children:
            if child.next_start_at is not None:
                if now >= child.next_start_at:
                    self._bring_back(child)
            elif child.process and child.process.returncode() is not None:
                self._note_death(child, now)

    def stop(self, names: tuple[str, ...], *, seconds: float) -> None:
        """Stop the named children at the same time; what is left after the seconds is killed."""
        wanted = [child.process for child in self.children if child.name in names and child.process]
        end = time.monotonic() + seconds
        for process in wanted:
            process.ask_to_stop()
        for process in wanted:
            process.stop(seconds=max(0.1, end - time.monotonic()))

    def _note_death(self, child: Child, now: float) -> None:
        if now - child.started_at > _GOOD_LIFE:
            child.pause = _FIRST_PAUSE
        code = child.process.returncode() if child.process else None
        self._say(f"Часть «{child.name}» остановилась (код {code}); новый запуск через {child.pause:.0f} с.")
        child.next_start_at = now + child.pause
        child.pause = min(child.pause * 2, _LONGEST_PAUSE)

    def _bring_back(self, child: Child) -> None:
        child.next_start_at = None
        child.started_at = time.monotonic()
        if child.process:
            child.process.stop(seconds=1)  # its own children may still be there
        try:
            child.process = child.start()
        except (EmbeddedError, OSError) as error:
            self._say(f"Часть «{child.name}» не запускается: {error}")
            child.next_start_at = time.monotonic() + child.pause
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)
        else:
            self._say(f"Часть «{child.name}» снова работает.")
