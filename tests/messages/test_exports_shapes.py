"""Exports in the tables of other systems, and for ССТУ.РФ: the columns are theirs, and reading a file back changes nothing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from openpyxl import load_workbook
from pytest_django import Settings

from blocks.models import Recipient, Topic
from mcu.errors import Invalid, NotAllowed
from messages import tasks
from messages.documents import sstu
from messages.exchange import im, pos, sheets
from messages.models import Applicant, ContactAccess, Export, ImportRow, Message, Regime
from messages.services import exports
from messages.services.imports.directory import directory_of
from messages.services.imports.judging import Judge
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, page, words
from tests.messages.scenes import IM, POS, Chain, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
FZ59 = Chain("fz59", "roads", "fz59", "roads", "roads_curator", "fz59", "source_curator", needs_head=False)


@pytest.fixture(autouse=True)
def _place(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.DEMO = True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}},
    }
    with time_machine.travel(LATER, tick=False):
        yield


def made(cast: Cast, form: str, query: str = "state=all", by: str = "head", **values: Any) -> Export:
    export = exports.ask(center=cast.center, actor=cast.actor(by), query=query, format=form, now=LATER, **values)
    assert tasks.make_exports() >= 1
    export.refresh_from_db()
    assert export.state == Export.State.DONE, export.error
    return export


def file_of(export: Export) -> Path:
    return Path(default_storage.path(str(export.file.name)))


def table(export: Export) -> tuple[list[str], list[dict[str, Any]]]:
    header, *rows = load_workbook(io.BytesIO(file_of(export).read_bytes())).worksheets[0].iter_rows(values_only=True)
    return [str(cell) for cell in header], [dict(zip(map(str, header), row, strict=True)) for row in rows]


def known(message: Message, **values: Any) -> Message:
    """The case as a source knows it."""
    Message.objects.filter(pk=message.pk).update(**values)
    Applicant.objects.create(message=message, name="Тестова Проба Петровна", phone="+7 900 000-00-02")
    return message


def test_the_columns_are_those_of_the_other_system(okt: Cast) -> None:
    for chain, number in ((IM, "2246"), (POS, "П-1")):
        known(bring(okt, chain, "closed").message, external_id=number)
    for form, columns, sheet in (("im", im.COLUMNS, "Лист1"), ("pos", pos.COLUMNS, "Sheet0")):
        export = made(okt, form)
        assert load_workbook(io.BytesIO(file_of(export).read_bytes())).sheetnames == [sheet]
        header, (row,) = table(export)
        assert header == [column.title for column in columns]
        if form == "im":
            assert row["Номер инцидента"] == 2246
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["Дата создания"])
            assert (row["Текущий шаг инцидента"], row["Итог"]) == ("Готово", "Решено")
            assert isinstance(row["Время с даты создания инцидента до времени первого ответа"], timedelta | object)
            assert row["Текст инцидента"].startswith("'На улице")
            assert row["URL автора"] is None
        else:
            assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", row["Дата поступления"])
            assert (row["Статус"], row["Просрочено"], row["Тип решения"]) == ("Отправлен ответ заявителю", "Нет", "Решено")
    assert ContactAccess.objects.count() == 0


@pytest.mark.parametrize(
    ("form", "chain", "states"),
    [
        ("im", IM, ("received", "drafting", "answered", "closed", "dismissed", "redirected")),
        ("pos", POS, ("received", "answered", "closed", "redirected")),
    ],
)
def test_a_file_read_back_changes_nothing(okt: Cast, form: str, chain: Chain, states: tuple[str, ...]) -> None:
    topic = Topic.objects.filter(center=okt.center, block__code="roads")[0]
    for number, state in enumerate(states):
        known(bring(okt, chain, state).message, external_id=str(number + 1), topic=topic, address="ул. Ленина, 5")
    for with_contacts in (False, True):
        export = made(okt, form, f"state=all&source={chain.source}", with_contacts=with_contacts)
        assert read_back(okt, export) == dict.fromkeys((str(number + 1) for number in range(len(states))), "unchanged")


def read_back(okt: Cast, export: Export) -> dict[str, str]:
    """What would become of each row, by its number in the source."""
    opened = sheets.read(str(file_of(export)), "xlsx", export.format)
    directory = directory_of(okt.center, export.format, okt.actor("head"))
    rows = Judge(directory, opened.layout, LATER).judge([(line, cells) for line, cells in opened.lines])
    return {row.key: row.kind if row.kind == ImportRow.Kind.UNCHANGED else row.words for row in rows}


@pytest.mark.parametrize(("form", "chain"), [("im", IM), ("pos", POS)])
def test_the_block_that_a_case_is_in_outlives_a_change_of_its_topic(okt: Cast, form: str, chain: Chain) -> None:
    """The recipient serves several blocks: the column of blocks says which, or nothing says that it is another now."""
    both = Recipient.objects.create(center=okt.center, code="both", kind="institution", name="МКУ на два блока")
    both.blocks.set([okt.block("roads"), okt.block("housing")])
    topic = Topic.objects.filter(center=okt.center, block__code="roads")[0]
    for number, state in enumerate(("assigned", "answered")):
        known(bring(okt, chain, state).message, external_id=str(number), topic=topic, recipient=both)
    export = made(okt, form)
    Topic.objects.filter(pk=topic.pk).update(block=okt.block("housing"))
    assert read_back(okt, export) == {"0": "unchanged", "1": "unchanged"}


def test_the_words_of_the_platform_come_back_as_they_were(okt: Cast) -> None:
    """Also where they are none and the category is the name of the block."""
    said = ("", "Неведомое", "Неведомое / Тёмное", okt.block("roads").name)
    for number, words_said in enumerate(said):
        for state in ("received", "assigned"):
            known(bring(okt, POS, state).message, external_id=f"{number} {state}", topic=None, topic_words=words_said)
    assert set(read_back(okt, made(okt, "pos")).values()) == {"unchanged"}


def test_the_table_of_a_system_holds_its_own_messages_alone(okt: Cast) -> None:
    cases = {form: known(bring(okt, chain, "assigned").message, external_id=form) for form, chain in (("im", IM), ("pos", POS))}
    bring(okt, FZ59, "assigned")
    for form, title in (("im", "Номер инцидента"), ("pos", "Номер")):
        _, rows = table(made(okt, form))
        assert [row[title] for row in rows] == [form]
        _, rows = table(made(okt, form, only=[case.pk for case in cases.values()]))
        assert [row[title] for row in rows] == [form]
    export = exports.ask(center=okt.center, actor=okt.actor("head"), query="source=im", format="pos", now=LATER)
    tasks.make_exports()
    export.refresh_from_db()
    assert (export.state, export.file.name) == (Export.State.FAILED, "")
    assert "В файл «как выгрузка ПОС» идут только сообщения этого источника, а в отборе их нет." in export.error


@pytest.mark.parametrize("form", ["im", "pos"])
def test_nothing_runs_as_a_formula(okt: Cast, form: str) -> None:
    evil = '=HYPERLINK("http://x")'
    known(okt.message(form, text=evil), topic_words=evil, address=evil, external_id=evil)
    for row in load_workbook(io.BytesIO(file_of(made(okt, form, with_contacts=True)).read_bytes())).worksheets[0].iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert not cell.hyperlink


# --- ССТУ.РФ -----------------------------------------------------------------------------------------------------------


def archive(export: Export) -> tuple[dict[str, dict[str, Any]], str]:
    with zipfile.ZipFile(file_of(export)) as found:
        appeals = {name: json.loads(found.read(name)) for name in found.namelist() if name.endswith(".json")}
        return {appeal["number"]: appeal for appeal in appeals.values()}, found.read(sstu.LEAF).decode()


STATES = {
    "received": "NotRegistered",
    "drafting": "InWork",
    "answered": "Answered",
    "closed": "Supported",
    "redirected": "Transferred",
    "dismissed": "LeftWithoutAnswer",
}
# Dates that each status has, by formats seen in programs that fill the interface.
DATES = {
    "NotRegistered": set(),
    "InWork": {"registrationDate"},
    "Answered": {"registrationDate", "responseDate"},
    "Supported": {"registrationDate", "responseDate"},
    "LeftWithoutAnswer": {"responseDate"},
    "Transferred": set(),
}


def test_each_appeal_has_its_status_and_its_dates(okt: Cast) -> None:
    cases = {state: known(bring(okt, FZ59, state).message) for state in STATES}
    topic = Topic.objects.exclude(classifier_code="").filter(center=okt.center)[0]
    Message.objects.filter(pk=cases["closed"].pk).update(topic=topic)
    known(okt.message("im"))  # no appeal
    export = made(okt, "sstu")
    appeals, leaf = archive(export)

    assert len(appeals) == len(STATES)
    for state, status in STATES.items():
        appeal = appeals[cases[state].number]
        (question,) = appeal["questions"]
        assert appeal["format"] == "Other"
        assert appeal["name"] == "Тестова Проба Петровна"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", appeal["createDate"])
        assert question["status"] == status
        assert DATES[status] <= set(question) - {"code", "status", "incomingDate"}
        assert {"departmentId", "isDirect"} <= set(appeal["_unknown"])
        assert not {"departmentId", "isDirect", "attachment"} & {*appeal, *question}
        assert ("code" in question) == (state == "closed")
    assert f"Обращений в архиве: {len(STATES)}" in leaf
    assert "departmentId" in leaf
    assert set(ContactAccess.objects.values_list("message", flat=True)) == {case.pk for case in cases.values()}


def test_an_extended_appeal_says_so(okt: Cast) -> None:
    message = known(bring(okt, FZ59, "drafting").message, extended_at=NOW, extension_days=30)
    appeals, _ = archive(made(okt, "sstu"))
    assert appeals[message.number]["questions"][0]["isExtend"] is True


def test_who_may_not_see_applicants_gets_no_appeals(okt: Cast) -> None:
    bring(okt, FZ59, "received")
    with pytest.raises(NotAllowed, match="Технической роли"):
        exports.ask(center=okt.center, actor=okt.actor("tech"), query="", format="sstu", now=LATER)
    with pytest.raises(Invalid, match="вида файла"):
        exports.ask(center=okt.center, actor=okt.actor("head"), query="", format="doc", now=LATER)
    appeals, leaf = archive(made(okt, "sstu"))
    assert appeals == {}
    assert "не назван" in leaf


def test_the_form_offers_the_formats_and_gives_the_file_its_name(okt: Cast) -> None:
    known(okt.message("fz59", regime=Regime.APPEAL))
    client = browser(okt, "head")
    assert "обращения по 59-ФЗ для ССТУ.РФ" in words(client.get(page(okt, "exports")))
    assert "для ССТУ.РФ, архив" not in words(browser(okt, "tech").get(page(okt, "exports")))
    client.post(page(okt, "exports"), {"query": "", "which": "shown", "format": "sstu"})
    export = Export.objects.get()
    assert (export.format, export.with_contacts) == ("sstu", True)
    tasks.make_exports()
    answer = client.get(page(okt, "export-file", export.pk))
    assert answer.headers["Content-Type"] == "application/zip"
    assert ".zip" in answer.headers["Content-Disposition"]
    assert "Скачать ZIP" in words(client.get(page(okt, "export", export.pk)))
