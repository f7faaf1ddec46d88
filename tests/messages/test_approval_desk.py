"""The approval desk by hand: one draft or several, what is refused stays with words, what has changed since the return."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.roles import Role
from messages.models import Message, Reply, WorkingCopy
from messages.services import approval, reply
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.scenes import ANSWER, IM, POS, Scene, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    """Two hours after the scenes begin; the head's second step has tests of its own."""
    settings.DEMO = True
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        yield


def state(scene: Scene) -> str:
    return str(Message.objects.get(pk=scene.message.pk).state)


def decide(client: Client, cast: Cast, *, json: bool = True, **values: Any) -> Any:
    """Press a button of the desk; keys like ``completeness`` with the case's id are written as the page writes them."""
    return client.post(page(cast, "decide"), values, headers={"Accept": "application/json"} if json else None)


def of(scene: Scene, **values: Any) -> dict[str, Any]:
    """Fields of one draft on the desk."""
    return {f"{name}-{scene.message.pk}": value for name, value in ({"version": 1} | values).items()}


def back(scene: Scene) -> dict[str, Any]:
    """The button that returns: its name is a word of Python."""
    return {"return": scene.message.pk}


def test_one_press_agrees_and_the_line_says_so(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "block_approval"), browser(okt, "roads_curator")
    told = decide(curator, okt, agree=scene.message.pk, **of(scene, completeness="1")).json()
    assert state(scene) == State.HEAD_APPROVAL
    assert Message.objects.get(pk=scene.message.pk).completeness == 1
    (result,) = told["results"]
    assert (result["done"], result["words"]) == (True, f"{scene.message.number}: ответ согласован, полнота 1")
    assert told["total"] == 0
    assert "judged" in result["html"]


def test_without_the_mark_nothing_is_agreed_and_the_draft_comes_back_with_words(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "block_approval"), browser(okt, "roads_curator")
    (result,) = decide(curator, okt, agree=scene.message.pk, **of(scene)).json()["results"]
    assert not result["done"]
    assert "Отметьте полноту" in result["html"]
    assert state(scene) == State.BLOCK_APPROVAL


def test_the_head_approves_in_one_press(okt: Cast) -> None:
    scene, head = bring(okt, IM, "head_approval"), browser(okt, "head")
    desk = words(head.get(page(okt, "approval")))
    assert "Куратор блока согласовал: в полном объёме" in desk
    assert f'name="completeness-{scene.message.pk}"' not in desk
    assert decide(head, okt, approve=scene.message.pk, **of(scene)).json()["results"][0]["done"]
    assert state(scene) == State.APPROVED


def test_a_newer_version_is_a_conflict_and_is_shown(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "block_approval"), browser(okt, "roads_curator")
    okt.add("second", Role.BLOCK_CURATOR, block="roads")
    scene.act(reply.save_draft, "second", text="Правка другого куратора.", base_version=1)
    (result,) = decide(curator, okt, agree=scene.message.pk, **of(scene, completeness="2")).json()["results"]
    assert not result["done"]
    assert "Текст изменился" in result["html"]
    assert "Правка другого куратора." in result["html"]
    assert re.search(r'value="2"\s+checked', result["html"])
    assert decide(curator, okt, agree=scene.message.pk, **of(scene, completeness="2", version=2)).json()["results"][0]["done"]


def test_several_are_agreed_each_by_itself(okt: Cast) -> None:
    scenes = [bring(okt, IM, "block_approval") for _ in range(3)]
    gone = bring(okt, IM, "approved")
    curator = browser(okt, "roads_curator")
    fields = of(scenes[0], completeness="2") | of(scenes[1], completeness="0") | of(scenes[2])
    marked = [scene.message.pk for scene in (*scenes, gone)]
    told = decide(curator, okt, several="1", case=marked, **fields).json()
    assert [result["done"] for result in told["results"]] == [True, True, False, False]
    assert [state(scene) for scene in scenes] == [State.HEAD_APPROVAL, State.HEAD_APPROVAL, State.BLOCK_APPROVAL]
    assert Message.objects.get(pk=scenes[1].message.pk).completeness == 0
    assert "Отметьте полноту" in told["results"][2]["html"]
    assert "уже не у вас" in told["results"][3]["html"]
    assert told["total"] == 1


def test_one_person_of_two_roles_agrees_and_approves_at_once(okt: Cast) -> None:
    okt.add("roads_curator", Role.HEAD)
    agreeing, approving = bring(okt, IM, "block_approval"), bring(okt, IM, "head_approval")
    fields = of(agreeing, completeness="2") | of(approving)
    marked = [agreeing.message.pk, approving.message.pk]
    decide(browser(okt, "roads_curator"), okt, several="1", case=marked, **fields)
    assert (state(agreeing), state(approving)) == (State.HEAD_APPROVAL, State.APPROVED)


def test_nothing_marked_is_said(okt: Cast) -> None:
    bring(okt, IM, "block_approval")
    curator = browser(okt, "roads_curator")
    assert decide(curator, okt, several="1").status_code == 400
    response = decide(curator, okt, json=False, several="1")
    assert response.status_code == 400
    assert "Ничего не отмечено" in words(response)


def test_a_return_takes_a_recent_remark_own_words_or_both(okt: Cast) -> None:
    curator = browser(okt, "roads_curator")
    first, second, third = (bring(okt, IM, "block_approval") for _ in range(3))
    assert "Недавние замечания" not in words(curator.get(page(okt, "approval")))
    decide(curator, okt, **back(first), **of(first, comment="Назовите срок."))
    assert "Недавние замечания" in words(curator.get(page(okt, "approval")))
    decide(curator, okt, **back(second), **of(second, reason="Назовите срок.", comment="И адрес."))
    assert [scene.message.events.get(code="return").note.text for scene in (first, second)] == [
        "Назовите срок.",
        "Назовите срок.\nИ адрес.",
    ]
    (result,) = decide(curator, okt, **back(third), **of(third)).json()["results"]
    assert "без замечания не возвращают" in result["html"]
    assert "<details" in result["html"]
    assert state(third) == State.BLOCK_APPROVAL


def test_remarks_at_hand_are_ones_own_and_different(okt: Cast) -> None:
    okt.add("second", Role.BLOCK_CURATOR, block="roads")
    said = ["Назовите срок.", "Назовите срок.", "Кто исполнитель?", "я" * 400]
    for text in said:
        bring(okt, IM, "block_approval").act(approval.return_, "roads_curator", comment=text)
    bring(okt, IM, "block_approval").act(approval.return_, "second", comment="Чужое замечание.")
    bring(okt, IM, "block_approval")
    items = browser(okt, "roads_curator").get(page(okt, "approval")).context["items"]
    assert items[0]["reasons"] == ["Кто исполнитель?", "Назовите срок."]


def test_what_has_changed_since_the_return_is_marked(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    scene.act(approval.return_, "roads_curator", comment="Назовите срок.")
    scene.draft(ANSWER.replace("вечером", "вечером 18 ноября"), base=1)
    scene.submit()
    curator = browser(okt, "roads_curator")
    desk = words(curator.get(page(okt, "approval")))
    assert "Назовите срок." in desk
    assert "добавлено: </span> 18 ноября</ins>" in desk
    assert "versions/?a=1&b=2" in desk


def test_an_unchanged_text_after_a_return_is_not_marked(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    scene.act(approval.return_, "roads_curator", comment="Назовите срок.")
    scene.submit()
    desk = words(browser(okt, "roads_curator").get(page(okt, "approval")))
    assert "<ins>" not in desk
    assert "Назовите срок." in desk


def test_the_approvers_change_is_a_version_of_his_and_is_then_agreed(okt: Cast) -> None:
    scene, curator = bring(okt, POS, "block_approval"), browser(okt, "roads_curator")
    address = page(okt, "edit_at_approval", scene.message.pk)
    told = curator.post(address, {"text": f"{ANSWER} Спасибо.", "version": "1"}, HTTP_ACCEPT="application/json").json()
    assert told["done"]
    assert "версия 2" in told["items"][str(scene.message.pk)]
    saved = Reply.objects.get(message=scene.message, version=2)
    assert (saved.author, saved.author_role) == (okt.people["roads_curator"], "block_curator")
    decide(curator, okt, agree=scene.message.pk, **of(scene, completeness="2", version=2))
    assert state(scene) == State.APPROVED


def test_a_change_upon_a_newer_version_keeps_what_was_typed(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "block_approval"), browser(okt, "roads_curator")
    okt.add("second", Role.BLOCK_CURATOR, block="roads")
    scene.act(reply.save_draft, "second", text="Правка другого куратора.", base_version=1)
    address = page(okt, "edit_at_approval", scene.message.pk)
    response = curator.post(address, {"text": "Моя правка.", "version": "1"})
    assert response.status_code == 409
    desk = words(response)
    assert ">Моя правка.</textarea>" in desk
    assert "Правка другого куратора." in desk
    assert WorkingCopy.objects.get().text == "Моя правка."
    assert ">Моя правка.</textarea>" in words(curator.get(page(okt, "approval")))


def test_without_a_script_the_same_buttons_lead_back_to_the_desk(okt: Cast) -> None:
    done, refused = bring(okt, IM, "block_approval"), bring(okt, IM, "block_approval")
    curator = browser(okt, "roads_curator")
    response = decide(curator, okt, json=False, agree=done.message.pk, **of(done, completeness="2"))
    assert response["Location"] == page(okt, "approval")
    assert "ответ согласован" in words(curator.get(page(okt, "approval")))
    response = decide(curator, okt, json=False, **back(refused), **of(refused, comment=" ", completeness="1"))
    assert response.status_code == 409
    assert "без замечания не возвращают" in words(response)
    assert re.search(r'value="1"\s+checked', words(response))


def test_a_colleague_was_faster(okt: Cast) -> None:
    scene, curator = bring(okt, IM, "block_approval"), browser(okt, "roads_curator")
    scene.act(approval.return_, "roads_curator", comment="Назовите срок.")
    (result,) = decide(curator, okt, agree=scene.message.pk, **of(scene, completeness="2")).json()["results"]
    assert not result["done"]
    assert "уже не у вас" in result["words"]
    response = curator.post(page(okt, "edit_at_approval", 999_999), {"text": "Правка.", "version": "1"})
    assert response.status_code == 404


@pytest.mark.parametrize("name", ["roads_curator", "head"])
def test_the_desk_costs_the_same_for_one_draft_and_ten(okt: Cast, name: str) -> None:
    client = browser(okt, name)
    states = (State.BLOCK_APPROVAL, State.HEAD_APPROVAL)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(page(okt, "approval")).status_code == 200
        return len(found)

    crowd(okt, 2, states=states)
    few = queries()
    crowd(okt, 40, states=states)
    assert queries() == few
    assert few <= 15
