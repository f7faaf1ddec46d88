"""A charter with other terms is loaded while cases are open: the command shows which would move and asks."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from blocks.charters.reading import FOLDER
from blocks.models import DeadlineRule
from mcu.clock import utc_now
from messages.models import Deadline, Message, RuleChange
from messages.services.deadlines import sync
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


class Thinking:
    """Somebody at a terminal who takes a while to answer; the Center works on meanwhile."""

    def __init__(self, lines: str, meanwhile: Callable[[], object]) -> None:
        self.keyboard, self.meanwhile = Keyboard(lines), [meanwhile]

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        while self.meanwhile:
            self.meanwhile.pop()()
        return self.keyboard.readline()


@pytest.fixture
def thinking(okt: Cast, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Scene]]:
    """An hour passes before the answers; in it one more case is handed over."""

    def answers(lines: str) -> list[Scene]:
        late: list[Scene] = []

        def hour() -> None:
            moment = NOW.replace(hour=10)
            monkeypatch.setattr("messages.management.commands.load_charter.utc_now", lambda: moment)
            late.append(bring(okt, POS, "assigned", received_at=NOW.replace(hour=9, minute=30)))

        monkeypatch.setattr("sys.stdin", Thinking(lines, hour))
        return late

    return answers


def test_a_case_of_the_time_of_the_question_stays_where_all_were_left(
    okt: Cast, scene: Scene, shorter: str, thinking: Callable[[str], list[Scene]]
) -> None:
    late = thinking("нет\n")
    assert "изменились. Ничего ещё" not in command(shorter)
    move_open_cases(clock=utc_now)
    assert RuleChange.objects.get().choice == "keep"
    for one in (scene, *late):  # any later step counts the terms anew
        sync(Message.objects.get(pk=one.message.pk), now=NOW.replace(hour=11), actor=okt.actor("head"))
    assert [days(one) for one in (scene, *late)] == [25, 25]
    assert DeadlineRule.objects.get(code="pos_answer", amount=12).since == NOW.replace(hour=10)


def test_a_case_of_the_time_of_the_question_is_shown_and_asked_about_before_it_moves(
    scene: Scene, shorter: str, thinking: Callable[[str], list[Scene]]
) -> None:
    late = thinking("да\nда\n")
    said = command(shorter)
    assert said.count("Перевести и открытые дела") == 2
    _, again = said.split("Пока вы отвечали, открытые дела изменились. Ничего ещё не сделано.")
    assert "изменились бы: 2" in again
    assert late[0].message.number in again
    move_open_cases(clock=utc_now)
    assert [days(one) for one in (scene, *late)] == [12, 12]
    assert RuleChange.objects.get().total == 2


def test_without_open_cases_nothing_is_asked(okt: Cast, shorter: str) -> None:
    assert "Устав загружен." in command(shorter)
    assert RuleChange.objects.get().finished_at is not None
