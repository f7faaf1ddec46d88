"""Answer templates: who keeps which, what they may name, in what order they are offered, what they become in an answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from blocks.models import Center, Topic
from mcu.errors import Invalid, NotAllowed, NotFound
from messages.answer_fields import fill, named, problem_of
from messages.models import AnswerTemplate, Applicant, ContactAccess, Message, WorkingCopy
from messages.selectors.answer_templates import suggested
from messages.services.answer_templates import Bounds, close_template, save_template, use_template
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import ANSWER, IM, Scene, bring

pytestmark = pytest.mark.django_db
TEXT = "Здравствуйте! Ваше сообщение {номер} рассмотрено, ответ до {срок}."


def keep(cast: Cast, who: str, name: str = "Общий", text: str = TEXT, **bounds: Any) -> AnswerTemplate:
    return save_template(center=cast.center, actor=cast.actor(who), name=name, text=text, bounds=Bounds(**bounds), now=NOW)


def topic_of(cast: Cast, block: str) -> Topic:
    found = Topic.objects.filter(center=cast.center, block=cast.block(block)).first()
    assert found
    return found


def test_fields_are_named_in_russian_and_unknown_ones_refused() -> None:
    assert named("{номер} и {Имя }, снова {номер}") == ("номер", "имя")
    assert problem_of(TEXT) == ""
    assert "{фио}" in problem_of("Уважаемый {фио}!")
    assert "без пары" in problem_of("Уважаемый {имя!")
    filled = fill("{Номер}: {имя}, {имя}", {"номер": "ОКТ-1"})
    assert (filled.text, filled.missing) == ("ОКТ-1: [имя], [имя]", ("имя",))


def test_what_a_value_holds_is_no_field() -> None:
    assert fill("{имя}", {"имя": "{номер}", "номер": "1"}).text == "{номер}"


@pytest.mark.parametrize(
    ("who", "bounds", "allowed"),
    [
        ("head", {}, True),
        ("support", {}, True),
        ("im", {}, False),
        ("im", {"source": "im"}, True),
        ("im", {"source": "pos"}, False),
        ("im", {"source": "im", "block": "roads"}, True),
        ("roads", {"block": "roads"}, True),
        ("roads", {"block": "housing"}, False),
        ("roads", {"source": "im"}, False),
        ("roads_curator", {"block": "roads"}, True),
        ("observer", {"block": "roads"}, False),
        ("tech", {}, False),
    ],
)
def test_everybody_keeps_what_is_theirs(okt: Cast, who: str, bounds: dict[str, str], allowed: bool) -> None:
    values: dict[str, Any] = {}
    for name, code in bounds.items():
        values[f"{name}_id"] = okt.source(code).pk if name == "source" else okt.block(code).pk
    if allowed:
        assert keep(okt, who, **values).pk
    else:
        with pytest.raises(NotAllowed):
            keep(okt, who, **values)


def test_a_template_is_not_taken_over_by_changing_its_bounds(okt: Cast) -> None:
    row = keep(okt, "head")
    with pytest.raises(NotAllowed):
        save_template(
            center=okt.center,
            actor=okt.actor("roads"),
            template_id=row.pk,
            name="Мой",
            text=TEXT,
            bounds=Bounds(block_id=okt.block("roads").pk),
            now=NOW,
        )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "Я" * 201}, "name"),
        ({"text": ""}, "text"),
        ({"text": "{фио}"}, "text"),
        ({"text": "я" * 20_001}, "text"),
        ({"source_id": 999_999}, "source"),
    ],
)
def test_wrong_input_is_named_by_its_field(okt: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(okt, "head", **values)
    assert field in refused.value.fields


def test_one_name_one_template_and_a_foreign_center_is_closed(okt: Cast, kor: Cast) -> None:
    row = keep(okt, "head")
    with pytest.raises(Invalid) as refused:
        keep(okt, "support")
    assert "уже есть" in refused.value.fields["name"]
    with pytest.raises(NotFound):
        close_template(center=kor.center, actor=kor.actor("head"), template_id=row.pk, now=NOW)
    close_template(center=okt.center, actor=okt.actor("head"), template_id=row.pk, now=NOW)
    assert keep(okt, "support").pk != row.pk


def test_a_topic_of_another_block_is_refused(okt: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        keep(okt, "head", block_id=okt.block("roads").pk, topic_id=topic_of(okt, "housing").pk)
    assert "topic" in refused.value.fields


def test_the_closest_fit_is_offered_first_then_what_is_used_most(
    okt: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    topic = topic_of(okt, "roads")
    scene = bring(okt, IM, "drafting")
    Message.objects.filter(pk=scene.message.pk).update(topic=topic)
    keep(okt, "head", "Для любых")
    keep(okt, "head", "Для любых, частый")
    AnswerTemplate.objects.filter(name="Для любых, частый").update(used=9)
    keep(okt, "head", "Источник", source_id=okt.source("im").pk)
    keep(okt, "head", "Блок", block_id=okt.block("roads").pk)
    keep(okt, "head", "Тема", topic_id=topic.pk)
    keep(okt, "head", "Тема и источник", topic_id=topic.pk, source_id=okt.source("im").pk)
    keep(okt, "head", "Чужой источник", source_id=okt.source("pos").pk)
    keep(okt, "head", "Чужой блок", block_id=okt.block("housing").pk)
    message = Message.objects.select_related("center").get(pk=scene.message.pk)
    with django_assert_num_queries(1):
        names = [one.template.name for one in suggested(message)]
    assert names == ["Тема и источник", "Тема", "Блок", "Источник", "Для любых, частый", "Для любых"]


def test_fields_are_filled_from_the_case_and_the_use_is_counted(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    row = keep(okt, "head", text="{номер} · {дата} · {блок} · {исполнитель} · {срок} · {адрес}")
    filled = scene.act(use, "roads", template_id=row.pk)
    number, day, block, person, due, _ = filled.text.split(" · ")
    assert (number, day) == (scene.message.number, "18 ноября 2026 года")
    assert block == okt.block("roads").name
    assert person == okt.people["roads"].short_name
    assert due.endswith("2026 года")
    assert filled.missing == ("адрес",)
    row.refresh_from_db()
    assert (row.used, row.used_at) == (1, scene.now)


def use(*, message_id: int, actor: Any, now: Any, template_id: int) -> Any:
    return use_template(message_id=message_id, template_id=template_id, actor=actor, now=now)


def test_the_name_is_a_showing_of_personal_data(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    Applicant.objects.create(message=scene.message, name="Сидорова Анна Петровна")
    plain, row = keep(okt, "head", "Без имени"), keep(okt, "head", "С именем", text="Уважаемая {имя}!")
    scene.act(use, "roads", template_id=plain.pk)
    assert not ContactAccess.objects.exists()
    filled = scene.act(use, "roads", template_id=row.pk)
    assert filled.text == "Уважаемая Сидорова Анна Петровна!"
    shown = ContactAccess.objects.get()
    assert (shown.user, shown.role) == (okt.people["roads"], "block_responsible")


def test_a_template_is_for_whoever_writes_now(okt: Cast) -> None:
    scene, row = bring(okt, IM, "drafting"), keep(okt, "head")
    with pytest.raises(NotAllowed):
        scene.act(use, "im", template_id=row.pk)
    with pytest.raises(NotFound):
        scene.act(use, "roads", template_id=row.pk + 1000)
    with pytest.raises(NotFound):
        scene.act(use, "housing", template_id=row.pk)


# By hand --------------------------------------------------------------------------------------------------------------


def at(center: Center, rest: str = "") -> str:
    return f"/{center.slug}/templates/{rest}"


def new(client: Client, center: Center, **values: Any) -> Any:
    return client.post(at(center, "new/"), {"name": "Яма", "text": TEXT, "source": "", "block": "", "topic": ""} | values)


def test_a_block_makes_shows_changes_and_takes_away_its_template(okt: Cast) -> None:
    roads, block = browser(okt, "roads"), okt.block("roads").pk
    assert f'<option value="{block}" selected>' in words(roads.get(at(okt.center, "new/")))
    seen = words(new(roads, okt.center, block=block, preview="1"))
    assert "Как это прочтёт заявитель" in seen
    assert "ОКТ-2026-000123" in seen
    assert not AnswerTemplate.objects.exists()
    assert new(roads, okt.center, block=block, text="{фио}").status_code == 400
    assert new(roads, okt.center).status_code == 403
    assert new(roads, okt.center, block=block).status_code == 302
    row = AnswerTemplate.objects.get()
    assert "Яма" in words(browser(okt, "im").get(at(okt.center)))
    assert browser(okt, "im").get(at(okt.center, f"{row.pk}/")).status_code == 404
    changed = roads.post(at(okt.center, f"{row.pk}/"), {"name": "Ямы", "text": TEXT, "block": block, "source": "", "topic": ""})
    assert changed.status_code == 302
    roads.post(at(okt.center, f"{row.pk}/close/"))
    assert "Шаблонов ещё нет" in words(roads.get(at(okt.center)))


def test_the_case_page_asks_for_templates_only_when_the_menu_opens(okt: Cast) -> None:
    scene, row = bring(okt, IM, "drafting"), keep(okt, "head", "Яма на дороге")
    roads = browser(okt, "roads")
    assert "Яма на дороге" not in words(roads.get(of_case(scene)))
    menu = words(roads.get(of_case(scene, "templates"), HTTP_HX_REQUEST="true"))
    assert "Яма на дороге" in menu
    assert f"templates/{row.pk}/" in menu
    assert "Взять" in words(roads.get(of_case(scene, "templates")))


def test_a_template_comes_below_what_was_written(okt: Cast) -> None:
    scene, row = bring(okt, IM, "drafting"), keep(okt, "head")
    address = f"{of_case(scene, 'templates')}{row.pk}/"
    page = words(browser(okt, "roads").post(address))
    assert f"{ANSWER}\n\nЗдравствуйте! Ваше сообщение {scene.message.number}" in page
    told = browser(okt, "roads").post(address, HTTP_ACCEPT="application/json").json()
    assert told["text"].startswith("Здравствуйте! Ваше сообщение")
    assert not WorkingCopy.objects.exists()


def test_an_empty_editor_holds_the_template_alone(okt: Cast) -> None:
    scene = Scene(okt, IM, okt.message("im"))
    scene.assign()
    row = keep(okt, "head", text="Здравствуйте!")
    page = words(browser(okt, "roads").post(f"{of_case(scene, 'templates')}{row.pk}/"))
    assert ">\nЗдравствуйте!</textarea>" in page
