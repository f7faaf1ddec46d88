"""Fixtures for everybody: the cast of both Centers, and a way to empty tables whose history refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pgtrigger
import pytest
from django.test import TransactionTestCase

from tests.cast import Cast, make_korsakovsky, make_oktyabrsky

_teardown = TransactionTestCase._fixture_teardown


def _teardown_past_the_triggers(self: Any) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which append-only tables refuse to everybody else."""
    with pgtrigger.ignore():
        _teardown(self)


@pytest.fixture(autouse=True, scope="session")
def _allow_cleaning() -> Iterator[None]:
    TransactionTestCase._fixture_teardown = _teardown_past_the_triggers  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[method-assign]


@pytest.fixture
def okt(db: None) -> Cast:
    return make_oktyabrsky()


@pytest.fixture
def kor(db: None) -> Cast:
    return make_korsakovsky()
