"""Learning as a program of its own: its memory is given back, and whoever is ended by it is not the worker.

Reads ``{"examples": [[text, marks, block, topic, recipient], …], "names": {kind: {label: words}}}`` and writes a line of
accuracy, then the model. It knows nothing of the database and opens no file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Final

from messages.suggesting.keeping import to_bytes
from messages.suggesting.model import Letter
from messages.suggesting.training import Example, learn

MEMORY: Final = 3 * 1024 * 1024 * 1024  # of addresses, most of which the libraries only reserve
SECONDS: Final = 1800  # of processors


def main() -> None:
    """One task from standard input, its result on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    task = json.load(sys.stdin.buffer)
    examples = [Example(Letter(text, tuple(marks)), *labels) for text, marks, *labels in task["examples"]]
    learned = learn(examples, task["names"])
    told = {kind: accuracy.plain() for kind, accuracy in learned.accuracy.items()}
    blocks = [[one.label, one.right, one.named, one.hits] for one in learned.accuracy["block"].choices]
    sys.stdout.buffer.write(json.dumps({"accuracy": told, "blocks": blocks}).encode() + b"\n")
    sys.stdout.buffer.write(to_bytes(learned.model))


if __name__ == "__main__":
    main()
