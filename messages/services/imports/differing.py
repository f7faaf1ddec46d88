"""What a row says otherwise than the register: one difference a field, with both values where they name nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from blocks.models import Block, Recipient
from messages.exchange.story import Stage, Story
from messages.masking import mask_contacts
from messages.models import Applicant, Message, Regime
from messages.services.imports.building import control_of
from messages.services.imports.directory import Directory
from messages.workflow import State

# Formats that tell days, not moments.
BY_DAY: Final = frozenset({"pos", "delo"})
_MINUTE: Final = 60
_STAGES: Final = {
    State.ANSWERED.value: Stage.ANSWERED,
    State.CLOSED.value: Stage.CLOSED,
    State.REDIRECTED.value: Stage.REDIRECTED,
    State.DISMISSED.value: Stage.DISMISSED,
}
# What the system cannot tell apart: ПОС closes nothing, «Инцидент Менеджмент» knows no sending away. Ours, theirs.
_AS_ONE: Final = {"pos": (Stage.CLOSED, Stage.ANSWERED), "im": (Stage.REDIRECTED, Stage.DISMISSED)}
_STAGE_RU: Final = {
    Stage.OPEN: "в работе",
    Stage.ANSWERED: "ответ направлен",
    Stage.CLOSED: "закрыто",
    Stage.REDIRECTED: "переадресовано",
    Stage.DISMISSED: "оставлено без ответа",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that a row tells otherwise. ``fills``: the register has nothing there. ``values``: what to write."""

    field: str
    title: str
    fills: bool
    values: dict[str, Any]
    ours: str = ""
    theirs: str = ""

    @property
    def words(self) -> str:
        """Both values, where they may be shown."""
        if not (self.ours or self.theirs):
            return self.title if self.fills else f"{self.title}: отличается"
        return f"{self.title}: у нас {self.ours or 'пусто'}, в файле {self.theirs or 'пусто'}"


def differences(message: Message, story: Story, directory: Directory, *, score: int | None, tags: set[str]) -> list[Difference]:
    """What the row says otherwise. Wants the case with its topic, settlement, block, recipient and applicant. No query."""
    if story.joined and message.source_id != getattr(directory.source_of(story), "pk", None):
        return list(_joined(message, story, directory))
    return [
        *_words(message, story, directory),
        *_moments(message, story, directory),
        *_places(message, story, directory),
        *_told(message, story, directory, score, tags),
    ]


def _joined(message: Message, story: Story, directory: Directory) -> Iterator[Difference]:
    """A ПОС message that was registered in «Дело»: its registration there, its text and its applicant."""
    yield from _outside(message, story)
    if story.registered_at and message.registered_at is None:
        yield Difference("registered_at", "дата регистрации", True, {"registered_at": story.registered_at})
    if story.text and not message.text:
        yield Difference("text", "текст", True, {"text": story.text})
    yield from _person(message, story)
    if story.stage is Stage.ANSWERED and message.state not in _STAGES:
        yield Difference("stage", "состояние", False, {}, "в работе", _STAGE_RU[story.stage])


def _words(message: Message, story: Story, directory: Directory) -> Iterator[Difference]:
    for field, title, said in (
        ("text", "текст", story.text),
        ("address", "адрес", story.address[:500]),
        ("url", "ссылка", story.url),
    ):
        known = str(getattr(message, field))
        if said and said != known and said != mask_contacts(known):
            yield Difference(field, title, not known, {field: said})
    yield from _outside(message, story)
    topic, words = directory.topic_of(story)
    if topic is not None or not directory.names_only_blocks(story):
        yield from _listed("topic", "тема", message, topic, words)
    place, words = directory.settlement_of(story)
    yield from _listed("settlement", "место", message, place, words)
    control = control_of(story.control)
    if control and control != message.control:
        yield Difference("control", "контроль решения", not message.control, {"control": control})


def _listed(field: str, title: str, message: Message, theirs: Any, said: str) -> Iterator[Difference]:
    ours, words = getattr(message, field), str(getattr(message, f"{field}_words"))
    if theirs is not None and (ours is None or ours.pk != theirs.pk):
        known = ours.name if ours else ""
        yield Difference(field, title, ours is None, {field: theirs, f"{field}_words": ""}, _short(known), _short(theirs.name))
    elif theirs is None and said and ours is None and said != words and said != mask_contacts(words):
        yield Difference(f"{field}_words", f"{title} словами источника", not words, {f"{field}_words": said})


def _moments(message: Message, story: Story, directory: Directory) -> Iterator[Difference]:
    titles = {"received_at": "поступило", "registered_at": "зарегистрировано", "answered_at": "отвечено"}
    for field, title in titles.items():
        ours, theirs = getattr(message, field), getattr(story, field)
        if theirs is None or (field == "answered_at" and ours is None):  # an answer is told by the state
            continue
        if ours is None or not _same(ours, theirs, directory):
            values = {field: theirs, **({"sent_recorded_at": theirs} if field == "answered_at" else {})}
            yield Difference(field, title, ours is None, values, _moment(ours, directory), _moment(theirs, directory))
    ours, theirs = _STAGES.get(message.state, Stage.OPEN), story.stage
    if ours is not theirs and (ours, theirs) != _AS_ONE.get(directory.format):
        shown = State(message.state).label.lower() if ours is Stage.OPEN else _STAGE_RU[ours]
        said = f"{_STAGE_RU[theirs]} («{story.step}»)" if story.step and theirs is Stage.OPEN else _STAGE_RU[theirs]
        yield Difference("stage", "состояние", False, {}, shown, said)


def _places(message: Message, story: Story, directory: Directory) -> Iterator[Difference]:
    if story.regime and story.regime != message.regime:
        label = {value: str(label) for value, label in Regime.choices}
        values = {"regime": story.regime}
        yield Difference("regime", "правовой режим", False, values, label[message.regime], label[story.regime])
    if story.fast_track is not None and story.fast_track != message.fast_track:
        said = {True: "да", False: "нет"}
        values_fast = {"fast_track": story.fast_track}
        yield Difference("fast_track", "фаст-трек", False, values_fast, said[message.fast_track], said[story.fast_track])
    yield from _handed_over(message, story, directory)


_NOBODYS: Final = (State.MERGED, State.REDIRECTED, State.DISMISSED)


def _handed_over(message: Message, story: Story, directory: Directory) -> Iterator[Difference]:
    """Where the case is by the file. What is merged goes with its leading one; what was sent away or dismissed is nobody's."""
    topic = directory.topic_of(story)[0] or message.topic
    place = directory.moved_to(story, topic, stays_in=message.block if topic == message.topic else None)
    if place.block is None or story.stage is Stage.REDIRECTED or message.state in _NOBODYS:
        return
    is_other = message.block_id != place.block.pk
    if not is_other and (place.recipient is None or message.recipient_id == place.recipient.pk):
        return
    values = {"block": place.block, "recipient": place.recipient}
    if message.block_id is None:
        if message.state in _STAGES:
            yield Difference("block", "блок", True, values, "", where(place.block, place.recipient))
        elif story.stage is Stage.OPEN:
            shown, theirs = State(message.state).label.lower(), f"передано в блок {where(place.block, place.recipient)}"
            yield Difference("stage", "состояние", False, {}, shown, theirs)
    elif not is_other and message.recipient is None:
        yield Difference("recipient", "получатель", True, values, "", _name(place.recipient))
    elif is_other:
        ours, theirs = where(message.block, message.recipient), where(place.block, place.recipient)
        yield Difference("place", "блок", False, values, ours, theirs)
    else:
        yield Difference("place", "получатель", False, values, _name(message.recipient), _name(place.recipient))


def where(block: Block | None, recipient: Recipient | None) -> str:
    """The block, and the recipient in it, by their short names."""
    return f"{_name(block)}, получатель {_name(recipient)}" if recipient else _name(block)


def _outside(message: Message, story: Story) -> Iterator[Difference]:
    if story.outside_number and story.outside_number != message.outside_number:
        values = {"outside_number": story.outside_number}
        ours, theirs = message.outside_number, story.outside_number
        yield Difference("outside_number", "№ в СЭД", not ours, values, ours, theirs)


def _told(message: Message, story: Story, directory: Directory, score: int | None, tags: set[str]) -> Iterator[Difference]:
    yield from _person(message, story)
    is_answered = story.stage in (Stage.ANSWERED, Stage.CLOSED)
    if story.score is not None and is_answered and story.score != score:
        yield Difference("score", "оценка", score is None, {}, "" if score is None else str(score), str(story.score))
    outcome = directory.outcome_of(story, "") if is_answered and message.state in (State.ANSWERED, State.CLOSED) else ""
    if outcome and outcome != message.outcome:
        ours, theirs = (_short(directory.outcome_name(code)) for code in (message.outcome, outcome))
        yield Difference("outcome", "итог", not message.outcome, {"outcome": outcome}, ours, theirs)
    if missing := [tag for tag in story.tags if tag.casefold() not in tags]:
        yield Difference("tags", "метки", True, {"tags": missing})


def _person(message: Message, story: Story) -> Iterator[Difference]:
    if story.person is None:
        return
    known: Applicant | None = getattr(message, "applicant", None)
    said = {name: value for name in ("name", "email", "phone") if (value := getattr(story.person, name))}
    other = {name: value for name, value in said.items() if known is None or getattr(known, name) != value}
    if other:
        fills = known is None or not any(getattr(known, name) for name in other)
        yield Difference("person", "заявитель", fills, other)


def _same(ours: datetime, theirs: datetime, directory: Directory) -> bool:
    if directory.format in BY_DAY:
        tz = directory.center.tz
        return ours.astimezone(tz).date() == theirs.astimezone(tz).date()
    return abs((ours - theirs).total_seconds()) < _MINUTE


def _moment(moment: datetime | None, directory: Directory) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(directory.center.tz)
    return f"{local:%d.%m.%Y}" if directory.format in BY_DAY else f"{local:%d.%m.%Y %H:%M}"


def _name(row: Any) -> str:
    return _short(row.short or row.name) if row else ""


def _short(words: str) -> str:
    return f"«{words if len(words) <= 60 else words[:59] + '…'}»" if words else ""
