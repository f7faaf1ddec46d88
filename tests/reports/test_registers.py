"""The registers as people keep them: each is listed, written, corrected, voided and remembered by the same pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.models import RoadmapMeasure
from mcu.errors import Invalid
from mcu.models import Outbox
from reports.models import RegisterEvent, ResidentDecision
from reports.registers import checking
from reports.registers.definitions import REGISTERS
from reports.services import registers as service
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, words
from tests.reports.register_rows import CHANGED, typed, values

pytestmark = pytest.mark.django_db
QUERIES = 15
ALL = pytest.mark.parametrize("code", REGISTERS)


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def at(cast: Cast, code: str, *more: object) -> str:
    """The address of the register or of something in it."""
    return "/".join([f"/{cast.center.slug}/reports/registers/{code}", *(str(one) for one in more), ""])


def write(cast: Cast, code: str, who: str = "support", **more: str) -> Any:
    """Fill in the form and send it."""
    return browser(cast, who).post(at(cast, code, "new"), typed(cast, code) | more)


def only(code: str) -> Any:
    """The register's single row."""
    return REGISTERS[code].rows.get()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200, address
    return len(caught)


@ALL
def test_a_row_is_written_listed_and_read(okt: Cast, code: str) -> None:
    register = REGISTERS[code]
    assert write(okt, code).status_code == 302
    row = only(code)
    listed = words(browser(okt, "head").get(at(okt, code)))
    assert str(getattr(row, register.head)) in listed
    shown = words(browser(okt, "head").get(at(okt, code, row.number)))
    assert "Запись внесена" in shown
    assert okt.people["support"].short_name in shown
    for name in register.fields:
        assert register.title(name) in shown


@ALL
def test_an_empty_form_says_what_is_missing_and_keeps_what_was_typed(okt: Cast, code: str) -> None:
    register = REGISTERS[code]
    long = next(name for name in register.search if name != "url")
    response = browser(okt, "support").post(at(okt, code, "new"), {long: "Осталось в поле"})
    assert response.status_code == 422
    text = words(response)
    assert "Заполните это поле." in text
    assert "Осталось в поле" in text
    assert not register.rows.exists()


@ALL
def test_a_change_is_remembered_before_and_after(okt: Cast, code: str) -> None:
    write(okt, code)
    row, (name, value) = only(code), CHANGED[code]
    form = typed(okt, code) | {"version": "1", name: value}
    assert browser(okt, "head").post(at(okt, code, row.number, "edit"), form).status_code == 302
    changed = only(code)
    assert changed.version == 2
    event = RegisterEvent.objects.order_by("-pk")[0]
    assert (event.kind, event.role, [one["field"] for one in event.changes]) == ("changed", "head", [name])
    assert "Запись изменена" in words(browser(okt, "support").get(at(okt, code, row.number)))


@ALL
def test_saving_without_a_change_leaves_no_trace(okt: Cast, code: str) -> None:
    write(okt, code)
    row = only(code)
    browser(okt, "head").post(at(okt, code, row.number, "edit"), typed(okt, code) | {"version": "1"})
    assert only(code).version == 1
    assert RegisterEvent.objects.count() == 1


@ALL
def test_of_two_at_once_the_second_sees_what_the_first_saved_and_loses_nothing(okt: Cast, code: str) -> None:
    write(okt, code)
    row, (name, value) = only(code), CHANGED[code]
    register = REGISTERS[code]
    address = at(okt, code, row.number, "edit")
    long = next(one for one in register.search if one not in ("url", "case_number") and one != name)
    browser(okt, "head").post(address, typed(okt, code) | {"version": "1", name: value})
    mine = typed(okt, code) | {"version": "1", long: "Моё слово второго"}
    response = browser(okt, "support").post(address, mine)
    assert response.status_code == 409
    text = words(response)
    assert "сохранил другой человек" in text
    assert okt.people["head"].short_name in text
    assert register.title(name) in text
    assert "Моё слово второго" in text
    assert browser(okt, "support").post(address, mine | {"version": "2"}).status_code == 302
    assert getattr(only(code), long) == "Моё слово второго"


@ALL
def test_a_voided_row_is_read_but_counts_nowhere(okt: Cast, code: str) -> None:
    write(okt, code)
    row, register = only(code), REGISTERS[code]
    client = browser(okt, "support")
    assert client.post(at(okt, code, row.number, "void"), {"reason": " "}).status_code == 400
    assert client.post(at(okt, code, row.number, "void"), {"reason": "Внесена дважды"}).status_code == 302
    assert not register.rows.valid().exists()
    link = f'href="{at(okt, code, row.number)}"'
    assert link not in words(client.get(at(okt, code)))
    assert link in words(client.get(at(okt, code) + "?voided=1"))
    assert "Внесена дважды" in words(client.get(at(okt, code, row.number)))
    gone = client.get(at(okt, code, row.number, "edit"))
    assert gone.status_code == 409
    assert "Запись уже изменилась" in words(gone)
    assert f'href="{at(okt, code, row.number)}"' in gone.content.decode()
    assert client.post(at(okt, code, row.number, "void"), {"reason": "ещё"}).status_code == 409


@ALL
def test_every_role_reads_and_writes_as_it_should(okt: Cast, code: str) -> None:
    write(okt, code)
    row, register = only(code), REGISTERS[code]
    writers = {"head", "support"} | ({"roads", "roads_curator"} if register.by_blocks else set())
    if code == "consultations":
        writers |= {"im", "pos", "fz59", "other"}
    hidden = {"housing", "housing_curator"} if register.model.BOUNDED else set()
    for name in okt.people:
        client = browser(okt, name)
        closed = name == "observer" and not register.model.FOR_OBSERVERS
        assert client.get(at(okt, code)).status_code == (403 if closed else 200), name
        status = 403 if closed else 404 if name in hidden else 200
        assert client.get(at(okt, code, row.number)).status_code == status, name
        edit = 403 if closed else 404 if name in hidden else 200 if name in writers else 403
        assert client.get(at(okt, code, row.number, "edit")).status_code == edit, name
        new = 200 if name in writers or (register.by_blocks and name.startswith("housing")) else 403
        assert client.get(at(okt, code, "new")).status_code == new, name
        assert client.get(at(okt, code, "file")).status_code == new, name


@ALL
def test_a_person_of_another_center_finds_nothing(okt: Cast, kor: Cast, code: str) -> None:
    write(okt, code)
    row = only(code)
    stranger = browser(kor, "head")
    for address in (at(okt, code), at(okt, code, row.number), at(kor, code, row.number), at(okt, code, "export", "csv")):
        assert stranger.get(address).status_code == 404
    assert stranger.post(at(kor, code, row.number, "void"), {"reason": "чужая"}).status_code == 404
    assert only(code).voided_at is None


@ALL
def test_the_list_costs_the_same_however_long_it_is(okt: Cast, code: str) -> None:
    write(okt, code)
    client, address = browser(okt, "head"), at(okt, code)
    few = queries(client, address)
    assert few <= QUERIES
    register, row = REGISTERS[code], only(code)
    copies = []
    for number in range(2, 62):
        copy = register.model(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
        copy.pk, copy.number = None, number
        copies.append(copy)
    register.model._default_manager.bulk_create(copies)
    assert queries(client, address) == few
    assert queries(client, address + "?page=2") == few
    assert queries(client, at(okt, code, 1)) <= QUERIES
    assert queries(client, at(okt, code, 1, "edit")) <= QUERIES
    assert queries(client, f"/{okt.center.slug}/reports/registers/") <= QUERIES


@ALL
def test_filters_find_and_nonsense_in_them_breaks_nothing(okt: Cast, code: str) -> None:
    write(okt, code)
    row, register = only(code), REGISTERS[code]
    client, link = browser(okt, "head"), f'href="{at(okt, code, row.number)}"'
    word = str(getattr(row, register.search[0])).split()[0]
    assert link in words(client.get(at(okt, code), {"q": word.upper()}))
    assert link not in words(client.get(at(okt, code), {"q": "такогосло́ванет"}))
    assert link in words(client.get(at(okt, code), {"since": "2026-01-01", "until": "2026-12-31"}))
    assert link not in words(client.get(at(okt, code), {"since": "2030-01-01"}))
    for name in register.filters:
        value = getattr(row, f"{name}_id", getattr(row, name))
        value = {True: "1", False: "0"}.get(value, value) if isinstance(value, bool) else value
        if value not in (None, ""):
            assert link in words(client.get(at(okt, code), {name: value})), name
    for query in ("page=0", "page=99999999999", "page=²", "since=вчера", "q=%00", "block=0", "topic=9999999999999999999999",
                  "wait=нет", "q=" + "9" * 400, "until=0001-01-01", "level=%00"):  # fmt: skip
        assert client.get(f"{at(okt, code)}?{query}").status_code == 200, query


@ALL
def test_what_waits_is_told_on_the_page_of_all(okt: Cast, code: str) -> None:
    write(okt, code)
    client = browser(okt, "head")
    text = words(client.get(f"/{okt.center.slug}/reports/registers/"))
    assert REGISTERS[code].name in text
    for one in REGISTERS[code].attention:
        assert client.get(f"{at(okt, code)}?wait={one.code}").status_code == 200


def test_personal_data_is_not_taken(okt: Cast) -> None:
    for text in ("Звонила жительница, 8 922 123-45-67", "Пишет ivanova@example.ru", "Паспорт 67 10 № 123456"):
        response = write(okt, "consultations", summary=text)
        assert response.status_code == 422
        assert "Личных данных в реестр не пишут" in words(response)
    assert write(okt, "consultations", summary="Подробности: https://okt.example.ru/news/89221234567").status_code == 302


@pytest.mark.parametrize(
    "text",
    [
        "СНИЛС 112-233-445 95",
        "СНИЛС: 11223344595",
        "снилс заявителя 112 233 445 95",
        "112-233-445-95",
        "8·922·123·45·67",
        "8 • 922 • 123 • 45 • 67",
        "+7_922_123_45_67",
        "8\u200b922\u200b123\u200b45\u200b67",
        "89221\u2060234567",
        "８９２２１２３４５６７",
        "ivanova\u200b@example.ru",
        "67\u00ad 10 № 123456",
    ],
)
def test_a_number_of_a_person_is_known_in_any_dress(text: str) -> None:
    assert "Личных данных" in checking.personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Решение № 123/45/67 от 01.02.2026",
        "Размеры 5*10*20, всего 112 233 445 рублей",
        "С 01.10.2026 по 31.12.2026, кадастровый номер 86:07:0101001:123",
        "Приняли 7 · 15 · 20 человек",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert checking.personal(text) == ""


def test_an_official_telephone_stands_in_a_campaign(okt: Cast) -> None:
    assert write(okt, "campaigns", explanation="Звоните в ЕДДС: 8 (34678) 2-00-00").status_code == 302


def test_a_day_that_has_not_come_is_no_fact(okt: Cast) -> None:
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    assert "ещё не наступил" in words(write(okt, "risks", noticed_on=tomorrow))
    assert write(okt, "roadmaps", due_on="2027-05-01").status_code == 302


@pytest.mark.parametrize(
    ("code", "typed_more", "said"),
    [
        ("risks", {"closed_on": "2026-11-17"}, "чем закончилось"),
        ("risks", {"closed_on": "2026-11-01", "result": "Сняли"}, "раньше, чем замечен"),
        ("proposals", {"decision": "accepted"}, "когда решили"),
        ("proposals", {"result": "Сделали"}, "Сначала выберите решение"),
        ("roadmaps", {"done_on": "2026-11-17"}, "что сделано"),
        ("publications", {"url": ""}, "Дайте ссылку"),
        ("publications", {"url": "javascript:alert(1)"}, "ссылку целиком"),
        ("decisions", {"announced_on": "2026-11-01", "announcement_url": "https://vk.com/w"}, "когда оно исполнено"),
        ("campaigns", {"ends_on": "2026-10-01"}, "кончается раньше"),
        ("assessments", {"score": "6"}, "больше наибольшей"),
        ("hearings", {"participants": "-1"}, ""),
        ("hearings", {"participants": "99999999999"}, "проверьте его"),
        ("hearings", {"settlement": "999999"}, ""),
    ],
)
def test_what_does_not_agree_is_told_beside_its_field(okt: Cast, code: str, typed_more: dict[str, str], said: str) -> None:
    response = write(okt, code, **typed_more)
    assert response.status_code == 422
    assert said in words(response)
    assert not REGISTERS[code].rows.exists()


def test_people_of_a_block_write_about_their_block_only(okt: Cast) -> None:
    foreign = {"block": str(okt.block("housing").pk)}
    assert write(okt, "risks", who="roads", **foreign).status_code == 422
    assert write(okt, "risks", who="roads", block="").status_code == 422
    assert write(okt, "risks", who="roads").status_code == 302
    with_foreign = values(okt, "risks") | {"block": okt.block("housing")}
    with pytest.raises(Invalid):
        service.create(register=REGISTERS["risks"], center=okt.center, actor=okt.actor("roads"), values=with_foreign, now=NOW)


def test_the_keeper_of_accounts_writes_publications_and_nothing_else(kor: Cast) -> None:
    client = browser(kor, "accounts")
    assert client.get(at(kor, "publications", "new")).status_code == 200
    assert client.get(at(kor, "risks", "new")).status_code == 403


def test_the_head_is_told_of_a_high_risk_once(okt: Cast) -> None:
    write(okt, "risks")
    assert not Outbox.objects.filter(kind="risk").exists()
    form = typed(okt, "risks") | {"version": "1", "level": "high"}
    browser(okt, "roads").post(at(okt, "risks", 1, "edit"), form)
    notice = Outbox.objects.get(kind="risk")
    assert notice.user == okt.people["head"]
    assert notice.path == at(okt, "risks", 1)
    browser(okt, "roads").post(at(okt, "risks", 1, "edit"), form | {"version": "2", "informing": "Ещё раз разъяснить"})
    assert Outbox.objects.filter(kind="risk").count() == 1


def test_the_blocks_curator_approves_the_roadmap_whole(okt: Cast) -> None:
    write(okt, "roadmaps")
    write(okt, "roadmaps", measure="Купить отвал")
    write(okt, "roadmaps", roadmap="Другая карта", measure="Третье")
    address = f"/{okt.center.slug}/reports/roadmaps/1/approve/"
    for name in ("head", "roads", "support"):
        assert browser(okt, name).post(address).status_code == 403
    assert browser(okt, "roads_curator").post(address).status_code == 302
    rows = {row.measure: row.approved_on for row in REGISTERS["roadmaps"].rows}
    assert rows == {
        "Заключить договор на второй грейдер": date(2026, 11, 18),
        "Купить отвал": date(2026, 11, 18),
        "Третье": None,
    }
    again = browser(okt, "roads_curator").post(address)
    assert again.status_code == 409
    assert "Запись уже изменилась" in words(again)
    # Somebody else changes what was approved: it waits again; what was done may be noted by anybody.
    done = typed(okt, "roadmaps") | {"version": "2", "done_on": "2026-11-17", "result": "Договор заключён"}
    browser(okt, "support").post(at(okt, "roadmaps", 1, "edit"), done)
    assert REGISTERS["roadmaps"].rows.get(number=1).approved_on is not None
    browser(okt, "support").post(at(okt, "roadmaps", 1, "edit"), done | {"version": "3", "due_on": "2026-12-31"})
    assert REGISTERS["roadmaps"].rows.get(number=1).approved_on is None


def test_an_observer_reads_without_names(okt: Cast) -> None:
    write(okt, "risks")
    text = words(browser(okt, "observer").get(at(okt, "risks", 1)))
    assert okt.people["support"].short_name not in text
    assert "обеспечение деятельности" in text


def test_the_history_cannot_be_rewritten(okt: Cast) -> None:
    write(okt, "risks")
    with pytest.raises(Exception, match="append"):
        RegisterEvent.objects.update(role="")


def test_numbers_run_in_each_center_by_themselves(okt: Cast, kor: Cast) -> None:
    for cast in (okt, kor):
        for number in (1, 2):
            row = service.create(
                register=REGISTERS["hearings"],
                center=cast.center,
                actor=cast.system,
                values={"held_on": date(2026, 10, number), "title": f"Слушания {number}"},
                now=NOW,
            )
            assert row.number == number


def test_a_publication_tells_residents_of_a_decision(okt: Cast) -> None:
    """Indicator 4: the note on the decision or the publication that names it, once it was executed."""
    write(okt, "decisions", executed_on="2026-11-01", execution="Сквер открыт")
    decision = only("decisions")
    assert not ResidentDecision.objects.announced().exists()
    assert "не сообщено" in words(browser(okt, "head").get(at(okt, "decisions")))
    write(okt, "publications", decision=str(decision.pk), published_on="2026-10-30")
    assert not ResidentDecision.objects.announced().exists()
    write(okt, "publications", decision=str(decision.pk), published_on="2026-11-02", title="Сквер открыт")
    assert ResidentDecision.objects.announced().get() == decision
    assert not ResidentDecision.objects.announced(until=date(2026, 11, 1)).exists()
    assert "жителям сообщено" in words(browser(okt, "head").get(at(okt, "decisions")))
    assert at(okt, "decisions", 1) not in words(browser(okt, "head").get(at(okt, "decisions") + "?wait=untold"))


def test_a_measure_covers_its_topic_and_territory(okt: Cast) -> None:
    """Indicator 5: a measure without a settlement is for the whole district, one not done or voided for nobody."""
    write(okt, "roadmaps", done_on="2026-11-10", result="Договор заключён")
    measure = only("roadmaps")
    done = RoadmapMeasure.objects.done_by(date(2026, 11, 30))
    assert done.covering(topic=measure.topic, settlement=None).exists()
    assert done.covering(topic=measure.topic, settlement=1).exists()
    assert not RoadmapMeasure.objects.done_by(date(2026, 11, 9)).exists()
    browser(okt, "support").post(at(okt, "roadmaps", 1, "void"), {"reason": "Внесено дважды"})
    assert not done.all().exists()
