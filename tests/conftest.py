"""Fixtures for everybody: the cast of both Centers, and a way to empty tables whose history refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pgtrigger
import pytest
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from blocks.models import (
    Block,
    Center,
    CharterLoad,
    DeadlineRule,
    Indicator,
    Recipient,
    ReportDuty,
    RoleTitle,
    Settlement,
    Source,
    Topic,
)
from tests.cast import Cast, load_center, make_korsakovsky, make_oktyabrsky

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("mcu", deadline=None)
hypothesis.settings.load_profile("mcu")


@pytest.fixture(autouse=True, scope="session")
def _allow_cleaning() -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which append-only tables refuse to everybody else."""
    clean = vars(TransactionTestCase)["_fixture_teardown"]

    def clean_past_the_triggers(self: Any) -> None:
        with pgtrigger.ignore():
            clean(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clean_past_the_triggers)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Both charters stand in the test database from the start: loading them for every test would cost most of its time.

    A test that commits empties the tables behind itself; ``load_center`` then loads a charter again where it is asked for.
    """
    with django_db_blocker.unblock():
        load_center("oktyabrsky")
        load_center("korsakovsky")


@pytest.fixture
def no_centers(db: None) -> None:
    """An installation where no charter has been loaded yet."""
    models = (CharterLoad, DeadlineRule, Topic, Recipient, Block, Settlement, Source, RoleTitle, Indicator, ReportDuty, Center)
    for model in models:
        model._default_manager.all().delete()


@pytest.fixture
def okt(db: None) -> Cast:
    return make_oktyabrsky()


@pytest.fixture
def kor(db: None) -> Cast:
    return make_korsakovsky()
