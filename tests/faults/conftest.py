"""The place of a run, and how long it may take: ``FAULTS=short`` for every change, long by default."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from mcu import embedded
from tests.faults.place import Place


@dataclass(frozen=True, slots=True)
class Form:
    """How much is done."""

    terms: int
    stretch: float
    """Seconds over which the terms come due."""
    kills: int
    away: float
    """Seconds without Redis."""
    restarts: int


LONG = Form(terms=20_000, stretch=100, kills=50, away=60, restarts=5)
SHORT = Form(terms=4_000, stretch=20, kills=10, away=6, restarts=1)


@pytest.fixture(scope="session")
def form() -> Form:
    return SHORT if os.environ.get("FAULTS") == "short" else LONG


@pytest.fixture
def chance() -> Random:
    """Printed, so that a failure can be had again: FAULTS_SEED=…"""
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(1_000_000))
    print(f"FAULTS_SEED={seed}")
    return Random(seed)


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """Servers as a machine has them, not those of the other tests: they are stopped and cut off here."""
    var = Path(tempfile.mkdtemp(prefix="mcu-test-faults-"))
    servers = embedded.start(var)
    try:
        made = Place(var, servers)
        made.run("manage.py", "migrate", "--verbosity", "0")
        made.run("-m", "tests.faults.job", "scene", "prepare")
        yield made
    finally:
        servers.stop()
        embedded.remove(var)
