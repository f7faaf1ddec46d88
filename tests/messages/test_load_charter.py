"""A charter with other terms is loaded while cases are open: the command shows which would move and asks."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from blocks.charters.reading import FOLDER
from blocks.models import DeadlineRule
from mcu.clock import utc_now
from messages.models import Deadline, RuleChange
from messages.services.rule_moves import move_open_cases
from tests.cast import NOW, Cast
from tests.messages.scenes import POS, Scene, bring

pytestmark = pytest.mark.django_db


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shorter(tmp_path: Path) -> str:
    """The charter of Октябрьский район in which an answer on the platform has twelve days instead of 25."""
    text = (FOLDER / "oktyabrsky.toml").read_text(encoding="utf-8")
    rule = text[text.index('code = "pos_answer"') : text.index('code = "pos_answer_fast_track"')]
    path = tmp_path / "oktyabrsky.toml"
    path.write_text(text.replace(rule, rule.replace("amount = 25", "amount = 12")), encoding="utf-8")
    return str(path)


@pytest.fixture
def scene(okt: Cast) -> Scene:
    return bring(okt, POS, "assigned")


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The command looks at the clock; the cases of the cast came in on 18 November 2026."""
    monkeypatch.setattr("messages.management.commands.load_charter.utc_now", lambda: NOW.replace(hour=9))
    return NOW


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("load_charter", *args, stdout=out)
    return out.getvalue()


def days(scene: Scene) -> int:
    term = Deadline.objects.get(message=scene.message, kind="answer")
    return (term.due_at - term.started_at).days


def test_a_script_must_say_what_becomes_of_open_cases(scene: Scene, shorter: str) -> None:
    with pytest.raises(CommandError, match="--open-cases keep"):
        command(shorter)
    assert not RuleChange.objects.exists()
    assert DeadlineRule.objects.filter(code="pos_answer", amount=12).count() == 0


def test_which_cases_would_move_and_by_how_much_is_shown(scene: Scene, shorter: str) -> None:
    shown = command(shorter, "--dry-run")
    assert "Сроки открытых дел, которые изменились бы: 1 (раньше — 1" in shown
    assert f"{scene.message.number}, ответ заявителю: 13.12.2026 23:59 → 30.11.2026 23:59 (на 13 д раньше)" in shown
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(("choice", "length"), [("keep", 25), ("move", 12)])
def test_open_cases_become_what_was_said(scene: Scene, shorter: str, choice: str, length: int) -> None:
    command(shorter, "--open-cases", choice)
    move_open_cases(clock=utc_now)
    assert days(scene) == length
    made = RuleChange.objects.get()
    assert (made.choice, made.kinds, made.by.startswith("командная строка")) == (choice, ["answer"], True)
    assert any("25 календарных дней → 12 календарных дней" in line.replace("\xa0", " ") for line in made.changes)
    assert "изменений нет" in command(shorter)


@pytest.mark.parametrize(("answer", "choice"), [("да\n", "move"), ("нет\n", "keep"), ("\n", "keep")])
def test_a_person_at_the_keyboard_is_asked(
    scene: Scene, shorter: str, answer: str, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert "Перевести и открытые дела" in command(shorter)
    assert RuleChange.objects.get().choice == choice


def test_without_open_cases_nothing_is_asked(okt: Cast, shorter: str) -> None:
    assert "Устав загружен." in command(shorter)
    assert RuleChange.objects.get().finished_at is not None
