"""Child processes that are never left behind: recorded on disk, stopped with us, found again after a kill -9."""

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mcu.embedded.owner import Owner

MARK = "MCU_PROCESS"
_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Spec:
    """How a child is started and how it is stopped."""

    name: str
    argv: Sequence[str]
    record: Path
    env: Mapping[str, str]
    cwd: Path
    owner: Owner | None = None
    # The first signal asks, the second insists; what is left after it is killed.
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    log: Path | None = None
    on_line: Callable[[str], None] | None = field(default=None, compare=False)


class Process:
    """One running child of ours."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._mark = secrets.token_hex(8)
        self._asked = False
        self._child = self._spawn()
        self._write_record()
        self._reader = threading.Thread(target=self._read_lines, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    def returncode(self) -> int | None:
        """None while the child runs."""
        return self._child.poll()

    def ask_to_stop(self) -> None:
        """Send the first signal, once, and do not wait: to some programs a second one means "now"."""
        if self._child.poll() is None and not self._asked:
            self._asked = True
            self._child.send_signal(self.spec.signals[0])

    def stop(self, *, seconds: float) -> None:
        """Stop the child and what it started, by force when the seconds are over."""
        for number in self.spec.signals:
            if number == self.spec.signals[0]:
                self.ask_to_stop()
            else:
                self._child.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=seconds / len(self.spec.signals))
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        kill_marked(self._mark)
        self._reader.join(timeout=2)  # the last lines are read to the end
        self.spec.record.unlink(missing_ok=True)

    def _spawn(self) -> "subprocess.Popen[str]":
        spec, owner = self.spec, self.spec.owner
        output = subprocess.PIPE if spec.on_line else subprocess.DEVNULL
        log = spec.log.open("a") if spec.log else None
        try:
            return subprocess.Popen(
                list(spec.argv),
                cwd=spec.cwd,
                env={**spec.env, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log or output,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                user=owner.user if owner else None,
                group=owner.group if owner else None,
                extra_groups=owner.extra_groups if owner else None,
                umask=0o077,
                # Ctrl-C goes to the whole group of the terminal; children are stopped by us, in order.
                start_new_session=True,
                preexec_fn=_die_with_parent(spec.signals[0]),
            )
        finally:
            if log:
                log.close()

    def _write_record(self) -> None:
        record = {"name": self.spec.name, "pid": self.pid, "born": born(self.pid), "mark": self._mark}
        temporary = self.spec.record.with_suffix(".new")
        temporary.write_text(json.dumps(record))
        temporary.replace(self.spec.record)

    def _read_lines(self) -> None:
        if self._child.stdout is not None and self.spec.on_line is not None:
            for line in self._child.stdout:
                self.spec.on_line(line.rstrip("\n"))


def stop_recorded(record: Path, *, signals: Sequence[signal.Signals], seconds: float) -> bool:
    """Stop what an earlier start recorded and left behind; True if something was still running.

    A process is ours only if it was born at the recorded moment (numbers are used again), and its children are known
    by a mark in their environment, so that nothing of anybody else is ever touched.
    """
    try:
        known = json.loads(record.read_text())
        pid, moment, mark = int(known["pid"]), str(known["born"]), str(known["mark"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    found = moment != "" and born(pid) == moment
    for number in (*signals, signal.SIGKILL):
        if found and born(pid) == moment:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            _wait_until(lambda: born(pid) != moment, seconds=seconds / len(signals))
    found = kill_marked(mark) or found
    record.unlink(missing_ok=True)
    return found


def kill_marked(mark: str) -> bool:
    """Kill every process whose environment carries the mark of one of our children; True if there was any."""
    wanted = f"{MARK}={mark}".encode()
    found = False
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                found = True
    return found


def born(pid: int) -> str:
    """When a process was born, in a form that is only good for comparing; empty if there is no such process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _born_by_ps(pid)
    state, ticks = fields[0], fields[19]
    return "" if state in "ZX" else f"{boot} {ticks}"


def _born_by_ps(pid: int) -> str:
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return done.stdout.strip()


def _wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel itself signals the child when we are killed (prctl PR_SET_PDEATHSIG); elsewhere records serve."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # we were killed between the fork and this line
            os._exit(1)

    return before_exec
