"""Author and approver in one person («совмещение»), also across a substitution; in which of several roles a step is made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from pytest_django import Settings

from blocks.models import Membership, Substitution
from blocks.roles import Role
from mcu.errors import NotAllowed
from messages.models import MessageEvent
from messages.selectors.case import case_page
from messages.services import approval
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, page, words
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)
MARK = "в истории будет отметка «совмещение»"
FORBIDDEN = "по правилам Центра ответ согласует не его автор"


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(LATER, tick=False):
        yield


def lend(cast: Cast, absent: str, stand_in: str) -> None:
    for row in Membership.objects.filter(user=cast.people[absent], center=cast.center):
        day = LATER.date()
        Substitution.objects.create(membership=row, substitute=cast.people[stand_in], since=day, until=day)


def forbid(cast: Cast) -> None:
    cast.center.settings["same_person_may_agree"] = False
    cast.center.save()


def agree(scene: Scene, by: str) -> MessageEvent:
    scene.act(approval.agree, by, version=1, completeness=2)
    return MessageEvent.objects.get(message=scene.message, code="agree")


def test_a_substitute_who_wrote_the_draft_combines_and_the_history_says_all_of_it(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    lend(okt, "roads_curator", "roads")
    event = agree(scene, "roads")
    assert event.data["combined"] is True
    assert (event.role, event.acting_for) == ("block_curator", okt.people["roads_curator"])
    line = case_page(message=scene.message, center=okt.center).history[0]
    assert "совмещение" in line.title
    assert line.person == "Проверкин R. Т. (замещение: Проверкин R. Т.), куратор блока"


def test_the_absent_author_s_text_agreed_by_the_substitute_is_not_combining(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    lend(okt, "roads", "roads_curator")
    assert "combined" not in agree(scene, "roads_curator").data


def test_where_it_is_allowed_both_pages_say_so_before(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    lend(okt, "roads_curator", "roads")
    for address in (of_case(scene), page(okt, "approval")):
        shown = words(browser(okt, "roads").get(address))
        assert MARK in shown
        assert "Согласовать</button>" in shown
    assert MARK not in words(browser(okt, "roads_curator").get(of_case(scene)))


def test_where_the_charter_forbids_it_the_button_is_words_and_the_service_refuses(okt: Cast) -> None:
    forbid(okt)
    scene = bring(okt, IM, "block_approval")
    lend(okt, "roads_curator", "roads")
    client = browser(okt, "roads")
    for address in (of_case(scene), page(okt, "approval")):
        shown = words(client.get(address))
        assert FORBIDDEN in shown
        assert "Согласовать</button>" not in shown
        assert "Вернуть" in shown
    with pytest.raises(NotAllowed, match="согласует не его автор"):
        agree(scene, "roads")
    pressed = {"agree": scene.message.pk, f"version-{scene.message.pk}": 1, f"completeness-{scene.message.pk}": "2"}
    assert FORBIDDEN in words(client.post(reverse("messages:decide", args=[okt.center.slug]), pressed))
    assert not MessageEvent.objects.filter(message=scene.message, code="agree").exists()
    assert "combined" not in agree(scene, "roads_curator").data


def test_a_step_is_made_in_the_own_role_where_it_allows_it(okt: Cast) -> None:
    """The lent role was given earlier: it comes first by its number, not in rights."""
    scene = bring(okt, IM, "block_approval")
    okt.add("housing", Role.BLOCK_CURATOR, block="roads")
    lend(okt, "roads_curator", "housing")
    event = agree(scene, "housing")
    assert (event.role, event.acting_for) == ("block_curator", None)
