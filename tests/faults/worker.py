"""``python tests/faults/worker.py``: makes workers by forking, so that one is back in a moment after it was killed.

Reads lines ``NAME SECONDS`` and answers each with the process's number: the product's own worker on a machine whose clock
is so far off.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import time_machine

from mcu.celery import app


def main() -> None:
    """Until there is nobody left to ask."""
    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are forgotten at once
    for line in sys.stdin:
        name, shift = line.split()
        pid = os.fork()
        if pid == 0:
            work(name, float(shift))
        print(pid, flush=True)


def work(name: str, shift: float) -> None:
    """A worker, until it is killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ["PGAPPNAME"] = name
    if shift:
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=shift), tick=True).start()
    options = ["--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--hostname", f"{name}@place"]
    app.worker_main(["worker", *options])
    sys.exit()


if __name__ == "__main__":
    main()
