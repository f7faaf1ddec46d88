"""Messages brought by files: looked at first, put in once, never over what people did here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from messages.models import Deadline, Message, MessageImport
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.import_files import DELO, IM, IM_ANSWERED, IM_DONE, POS, POS_ANSWERED, brought, kinds, put_in, sheet, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A folder of files of this test alone, one moment of time."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    with time_machine.travel(NOW, tick=False):
        yield


def test_looked_at_then_put_in(okt: Cast) -> None:
    row = brought(okt, "im", sheet("im", [IM, IM_DONE | {"number": 2247}]))
    assert (row.state, row.total, row.counts) == ("ready", 2, {"made": 2})
    assert not Message.objects.exists()
    done = put_in(okt, "im", [IM, IM_DONE | {"number": 2247}])
    assert done.counts == {"made": 2}
    assert not done.file
    first, second = Message.objects.order_by("external_id")
    assert (first.state, first.text) == (State.RECEIVED, "Иван, яма у школы\nкогда починят?")
    assert (second.state, second.outcome) == (State.CLOSED, "solved")
    assert second.satisfactions.get().score == 5
    assert second.replies.get().text == "Яму засыпали."
    assert first.applicant.name == "vk.com/id123"


def test_the_same_again_changes_nothing_and_what_is_new_is_added(okt: Cast) -> None:
    put_in(okt, "im", [IM])
    assert put_in(okt, "im", [IM]).counts == {"unchanged": 1}
    assert put_in(okt, "im", [IM_DONE]).counts == {"updated": 1}
    case = Message.objects.get()
    assert case.state == State.CLOSED
    assert [event.code for event in case.events.order_by("pk")][:2] == ["created", "imported"]
    assert put_in(okt, "im", [IM_DONE]).counts == {"unchanged": 1}


def test_pos_and_delo(okt: Cast) -> None:
    put_in(okt, "pos", [POS])
    row = put_in(okt, "pos", [POS_ANSWERED])
    assert row.counts == {"updated": 1}, words(row, 2)
    case = Message.objects.get()
    assert (case.state, case.fast_track, case.regime) == (State.ANSWERED, True, "message")
    assert list(Deadline.objects.filter(message=case, internal=False, breached_at=None).values_list("kind", flat=True))
    done = put_in(okt, "delo", [DELO | {"done_on": "09.11.2026"}, DELO | {"number": "К-13/26", "pos_number": "ПОС-77"}])
    assert done.counts == {"made": 1, "updated": 1}, words(done, 3)
    case.refresh_from_db(fields=["outside_number"])
    assert case.outside_number == "К-13/26"
