"""What people may write into an auto-rule: checked field by field against the Center's lists of today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from blocks.models import Recipient
from mcu.errors import Invalid
from mcu.models import User
from mcu.text import clean_text
from messages.automatic import phrase_of
from messages.models import LEAST_CONFIDENCE, AutoRule
from messages.selectors.auto_rule_names import Names
from messages.services import tags

MOST_PHRASES: Final = 100
LONGEST_PHRASE: Final = 100
LONGEST_NAME: Final = 120
LONGEST_SENDER: Final = 200
LISTS: Final = {"sources": "source", "topics": "topic", "settlements": "settlement"}
NO_CONDITION: Final = (
    "Назовите хотя бы одно условие: источник, тему, место, слова или отправителя. Без условий правило забрало бы все сообщения."
)
_REFUSED: Final = "Правило не записано: проверьте отмеченное. Набранное осталось в полях."


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRuleValues:
    """A rule as a person wrote it; ``tag`` is the word itself."""

    name: str
    sources: tuple[int, ...] = ()
    topics: tuple[int, ...] = ()
    settlements: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    sender: str = ""
    confidence: int | None = None
    block_id: int | None = None
    recipient_id: int | None = None
    responsible_id: int | None = None
    fast_track: bool = False
    tag: str = ""


def write(rule: AutoRule, values: AutoRuleValues, names: Names, rules: Iterable[AutoRule], *, keep_tag: bool = True) -> None:
    """Put the values into the row, checked against the Center's lists of today. Raises ``Invalid``."""
    wrong = {**_wrong_conditions(rule, values, names, rules), **_wrong_deeds(rule, values, names)}
    tag = ""
    try:
        tag = tags.tag_name(values.tag) if values.tag.strip() else ""
    except Invalid as error:
        wrong["tag"] = error.message
    if wrong:
        raise Invalid(_REFUSED, wrong)
    rule.name = _line(values.name)
    rule.sources, rule.topics, rule.settlements = list(values.sources), list(values.topics), list(values.settlements)
    rule.words, rule.without_words = phrases(values.words), phrases(values.without_words)
    rule.sender, rule.confidence = _line(values.sender), values.confidence
    rule.block_id, rule.recipient_id = values.block_id, values.recipient_id
    rule.responsible = User.objects.get(pk=values.responsible_id) if values.responsible_id else None
    rule.fast_track = values.fast_track
    rule.tag = tags.tag_of(rule.center, tag) if tag and keep_tag else None


def _wrong_conditions(rule: AutoRule, values: AutoRuleValues, names: Names, rules: Iterable[AutoRule]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    name = _line(values.name)
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = f"Назовите правило, до {LONGEST_NAME} знаков: так оно будет подписано в делах."
    elif any(one.name.casefold() == name.casefold() and one.pk != rule.pk for one in rules):
        wrong["name"] = "Правило с таким названием уже есть."
    for field, kind in LISTS.items():
        had = set(getattr(rule, field))
        if any(pk not in had and not names.is_open(kind, pk) for pk in getattr(values, field)):
            wrong[field] = "Выберите значения из списка."
    for field in ("words", "without_words"):
        if problem := _wrong_phrases(getattr(values, field)):
            wrong[field] = problem
    if len(_line(values.sender)) > LONGEST_SENDER:
        wrong["sender"] = f"Не длиннее {LONGEST_SENDER} знаков."
    if not _asks_anything(values):
        wrong["words"] = NO_CONDITION
    return wrong


def _asks_anything(values: AutoRuleValues) -> bool:
    said = (*values.sources, *values.topics, *values.settlements, *phrases(values.words), *phrases(values.without_words))
    return bool(said or _line(values.sender) or values.confidence)


def _wrong_phrases(lines: Iterable[str]) -> str:
    found = phrases(lines)
    if len(found) > MOST_PHRASES:
        return f"Не больше {MOST_PHRASES} строк."
    long = next((line for line in found if len(line) > LONGEST_PHRASE), "")
    if long:
        return f"Строка «{long[:30]}…» длиннее {LONGEST_PHRASE} знаков."
    empty = next((line for line in found if not phrase_of(line).parts), "")
    return f"В строке «{empty}» нет ни одного слова." if empty else ""


def _wrong_deeds(rule: AutoRule, values: AutoRuleValues, names: Names) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if values.block_id and not names.is_open("block", values.block_id):
        wrong["block"] = "Выберите блок из списка."
    elif values.block_id and values.confidence:
        wrong["block"] = "Либо блок, либо передача по подсказке: оставьте одно."
    elif not (values.block_id or values.confidence or values.fast_track or values.tag.strip()):
        wrong["block"] = "Скажите, что сделать: передать в блок или по подсказке, отметить фаст-трек, поставить метку."
    if values.confidence is not None and not LEAST_CONFIDENCE <= values.confidence <= 100:
        wrong["confidence"] = f"От {LEAST_CONFIDENCE} до 100 процентов."
    if values.recipient_id and (problem := _wrong_recipient(rule, values, names)):
        wrong["recipient"] = problem
    people = names.responsibles()
    if values.responsible_id and values.block_id not in people.get(values.responsible_id, ("", set()))[1]:
        wrong["responsible"] = "Этот человек сегодня не отвечает за выбранный блок. Выберите другого или оставьте блоку."
    return wrong


def _wrong_recipient(rule: AutoRule, values: AutoRuleValues, names: Names) -> str:
    if not values.block_id:
        return "Получателя выбирают вместе с блоком."
    if not names.is_open("recipient", values.recipient_id):
        return "Выберите получателя из списка."
    blocks = set(Recipient.blocks.through.objects.filter(recipient=values.recipient_id).values_list("block_id", flat=True))
    return "Этот получатель не относится к выбранному блоку." if blocks and values.block_id not in blocks else ""


def _line(value: str) -> str:
    return " ".join(clean_text(value).split())


def phrases(lines: Iterable[str]) -> list[str]:
    """Lines as they are kept: without empty ones, each once."""
    return list(dict.fromkeys(filter(None, map(_line, lines))))
