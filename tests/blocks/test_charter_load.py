"""Loading a charter: everything lands, a second run changes nothing, what disappears is closed and may come back."""

from __future__ import annotations

import copy
import io
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from blocks.charters import Charter, load, parse
from blocks.charters.reading import FOLDER
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
from blocks.services.charter_changes import ChangeKind
from blocks.services.load_charter import apply
from mcu.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_centers")]

NOW = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
DATA = tomllib.loads((FOLDER / "korsakovsky.toml").read_text(encoding="utf-8"))


def changed(change: Callable[[dict[str, Any]], object]) -> Charter:
    """The charter of Корсаковский район after a change of its tables."""
    data = copy.deepcopy(DATA)
    change(data)
    return parse(data, file="korsakovsky.toml")


def run(charter: Charter, *, now: datetime = NOW, dry_run: bool = False) -> list[str]:
    return [str(change) for change in apply(charter=charter, actor_label="тест", now=now, dry_run=dry_run)]


def test_everything_of_both_charters_lands() -> None:
    for name in ("oktyabrsky", "korsakovsky"):
        charter = load(name)
        run(charter)
        center = Center.objects.get(slug=name)
        assert center.settings == charter.settings.model_dump(mode="json")
        assert len(center.legal_grounds) == len(charter.grounds)
        assert len(center.outcomes) == len(charter.outcomes)
        assert len(center.notes) == len(charter.notes)
        indicators = charter.indicators.rows if charter.indicators else []
        expected = {
            RoleTitle: len(charter.roles),
            Settlement: len(charter.geography.settlements),
            Block: len(charter.blocks),
            Topic: len(charter.topics()),
            Recipient: len(charter.recipients),
            Source: len(charter.sources),
            DeadlineRule: len(charter.deadlines),
            Indicator: len(indicators),
            ReportDuty: len(charter.reports),
        }
        assert {model: model._default_manager.filter(center=center).count() for model in expected} == expected


def test_rows_hold_what_the_charter_says() -> None:
    run(load("oktyabrsky"))
    rule = DeadlineRule.objects.get(center__slug="oktyabrsky", code="im_agree")
    assert rule.source is not None
    assert (rule.source.code, rule.amount, rule.unit, rule.starts_on) == ("im", 3, "hours", "handed_over")
    assert rule.ladder == [
        {"to": "responsible", "after_hours": 0},
        {"to": "block_curator", "after_hours": 1},
        {"to": "head", "after_hours": 3},
    ]
    topic = Topic.objects.get(center__slug="oktyabrsky", code="potholes")
    assert (topic.block.code, topic.fast_track) == ("roads", True)
    recipient = Recipient.objects.get(center__slug="oktyabrsky", code="housing_department")
    assert set(recipient.blocks.values_list("code", flat=True)) == {"housing", "waste", "improvement"}
    assert Source.objects.get(center__slug="oktyabrsky", code="im").needs_head


def test_territorial_blocks_know_their_settlements() -> None:
    run(load("korsakovsky"))
    block = Block.objects.get(center__slug="korsakovsky", code="paramonovskoye")
    assert block.territorial
    assert block.settlement is not None
    assert block.settlement.name == "Парамоново"


def test_a_second_run_changes_nothing_and_leaves_no_record() -> None:
    charter = load("korsakovsky")
    assert run(charter)
    assert run(charter, now=LATER) == []
    assert CharterLoad.objects.count() == 1


def test_a_load_is_recorded_with_its_author_digest_and_changes() -> None:
    changes = run(load("korsakovsky"))
    record = CharterLoad.objects.get()
    assert (record.center.slug, record.at, record.by) == ("korsakovsky", NOW, "тест")
    assert len(record.digest) == 64
    assert record.changes == changes


def test_a_dry_run_tells_the_same_and_changes_nothing() -> None:
    charter = load("korsakovsky")
    told = run(charter, dry_run=True)
    assert not Center.objects.exists()
    assert not CharterLoad.objects.exists()
    assert run(charter) == told


def test_a_load_costs_a_bounded_number_of_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    charter = load("korsakovsky")
    with django_assert_max_num_queries(60):
        run(charter)
    with django_assert_max_num_queries(20):
        run(charter)


def test_a_new_name_is_taken_over_and_told_with_the_old_one() -> None:
    run(load("korsakovsky"))

    def rename(data: dict[str, Any]) -> None:
        data["blocks"][1]["name"] = "Сельское хозяйство"

    told = run(changed(rename))
    assert told == [
        "изменено: Блок agriculture «Сельское хозяйство и продовольствие», "
        "name: «Сельское хозяйство и продовольствие» → «Сельское хозяйство»"
    ]
    assert Block.objects.get(code="agriculture").name == "Сельское хозяйство"


def test_settings_references_and_lists_are_told_key_by_key() -> None:
    run(load("korsakovsky"))

    def change(data: dict[str, Any]) -> None:
        data["settings"]["close_after_days"] = 15
        data["settings"]["rating"].update(in_time=0.5, completeness=0.2)
        topic = data["blocks"][0]["topics"].pop(0)
        data["blocks"][1]["topics"].append(topic)
        data["recipients"][0]["blocks"] = ["economy", "culture"]
        data["deadlines"][3]["amount"] = 20

    told = run(changed(change))
    assert (
        "изменено: Центр korsakovsky «Муниципальный центр управления Корсаковского района», settings.close_after_days: 10 → 15"
        in told
    )
    assert any("settings.rating.in_time: 0.4 → 0.5" in line for line in told)
    assert "изменено: Тема heating_outage «Перебои в теплоснабжении», block: «economy» → «agriculture»" in told
    assert any("Получатель economy_department" in line and "blocks: economy → culture, economy" in line for line in told)
    assert any("Срок pos_answer" in line and "amount: 25 → 20" in line for line in told)
    assert Topic.objects.get(code="heating_outage").block.code == "agriculture"
    assert set(Recipient.objects.get(code="economy_department").blocks.values_list("code", flat=True)) == {"economy", "culture"}


def without_culture(data: dict[str, Any]) -> None:
    data["blocks"] = [row for row in data["blocks"] if row["code"] != "culture"]
    data["roles"] = [row for row in data["roles"] if row.get("block") != "culture"]
    for row in data["recipients"]:
        row["blocks"] = [code for code in row["blocks"] if code != "culture"] or ["social"]


def test_what_disappeared_is_closed_and_kept() -> None:
    run(load("korsakovsky"))
    before = Topic.objects.count()
    told = run(changed(without_culture), now=LATER)
    assert "закрыто: Блок culture «Культура»" in told
    assert "закрыто: Тема libraries «Библиотеки»" in told
    assert Block.objects.get(code="culture").closed_at == LATER
    assert Topic.objects.get(code="libraries").closed_at == LATER
    assert Topic.objects.count() == before
    assert run(changed(without_culture), now=LATER + timedelta(days=1)) == []
    assert Block.objects.get(code="culture").closed_at == LATER


def test_what_comes_back_is_opened_again() -> None:
    charter = load("korsakovsky")
    run(charter)
    run(changed(without_culture))
    told = run(charter, now=LATER)
    assert "снова открыто: Блок culture «Культура»" in told
    assert not Block.objects.filter(closed_at__isnull=False).exists()
    assert not Topic.objects.filter(closed_at__isnull=False).exists()


def test_a_legal_ground_is_closed_and_opened_like_a_row() -> None:
    run(load("korsakovsky"))

    def drop(data: dict[str, Any]) -> None:
        data["grounds"] = [row for row in data["grounds"] if row["code"] != "withdrawn"]

    told = run(changed(drop), now=LATER)
    assert any("legal_grounds.withdrawn.closed_at: нет →" in line for line in told)
    held = {row["code"]: row for row in Center.objects.get().legal_grounds}
    assert held["withdrawn"]["closed_at"] == LATER.isoformat()
    assert run(changed(drop), now=LATER + timedelta(days=1)) == []
    run(load("korsakovsky"))
    assert all("closed_at" not in row for row in Center.objects.get().legal_grounds)


def test_a_new_order_is_told_once_per_table() -> None:
    run(load("korsakovsky"))
    told = run(changed(lambda data: data["sources"].reverse()))
    assert told == ["изменено: Источник: порядок строк"]
    assert Source.objects.first() == Source.objects.get(code="accounts")


def test_a_prefix_of_another_center_is_refused() -> None:
    run(load("oktyabrsky"))
    with pytest.raises(Conflict, match="ОКТ"):
        run(changed(lambda data: data["center"].update(prefix="ОКТ")))
    assert Center.objects.count() == 1


def test_one_center_never_touches_the_rows_of_the_other() -> None:
    run(load("oktyabrsky"))
    run(load("korsakovsky"))
    run(changed(without_culture))
    assert not Block.objects.filter(center__slug="oktyabrsky", closed_at__isnull=False).exists()
    changes = apply(charter=load("oktyabrsky"), actor_label="тест", now=LATER)
    assert not [change for change in changes if change.kind != ChangeKind.ADDED]
    assert not changes


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("load_charter", *args, stdout=out)
    return out.getvalue()


def test_the_command_loads_shows_and_then_finds_nothing_to_do() -> None:
    assert "добавлено: Блок culture «Культура»" in command("korsakovsky", "--dry-run")
    assert not Center.objects.exists()
    assert "Устав загружен." in command("korsakovsky")
    assert "изменений нет" in command("korsakovsky")


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "closed"), [("нет\n", False), ("\n", False), ("да\n", True)])
def test_a_person_is_asked_before_something_is_closed(
    answer: str, closed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("korsakovsky")
    text = (FOLDER / "korsakovsky.toml").read_text(encoding="utf-8")
    rule = text[text.index('[[deadlines]]\ncode = "portal_answer"') : text.index('[[deadlines]]\ncode = "accounts_answer"')]
    path = tmp_path / "korsakovsky.toml"
    path.write_text(text.replace(rule, ""), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    shown = command(str(path))
    assert "закрыто: Срок portal_answer" in shown
    assert ("Оставлено как было." in shown) is not closed
    assert DeadlineRule.objects.filter(code="portal_answer", closed_at__isnull=False).exists() is closed


def test_the_command_tells_a_mistake_in_words(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(CommandError, match=r"empty\.toml, таблица \(верхний уровень\), ключ center"):
        command(str(path))
