"""The scene of the hand-worked weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from reports.periods import Week, parse_week
from tests.cast import Cast, make_korsakovsky, make_oktyabrsky
from tests.reports import scene
from tests.reports.story import Story


@dataclass
class Scene:
    """A Center with the cases of its scene, and the week counted."""

    cast: Cast
    cases: dict[str, Story] = field(default_factory=dict)
    code: str = "2026-W47"

    @property
    def week(self) -> Week:
        return parse_week(self.code, self.cast.center.tz)

    def names(self, ids: list[int]) -> set[str]:
        """Names of the cases in the scene's table."""
        found = {story.message.pk: name for name, story in self.cases.items()}
        return {found[pk] for pk in ids}


@pytest.fixture(scope="module")
def weeks(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Scene, Scene]]:
    """Both Centers' stories, told once a module and taken back at its end: each test works in a savepoint of its own."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            okt, kor = make_oktyabrsky(), make_korsakovsky()
            yield Scene(okt, scene.oktyabrsky(okt)), Scene(kor, scene.korsakovsky(kor))
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture
def okt_weeks(weeks: tuple[Scene, Scene], db: None) -> Scene:
    return weeks[0]


@pytest.fixture
def kor_weeks(weeks: tuple[Scene, Scene], db: None) -> Scene:
    return weeks[1]
