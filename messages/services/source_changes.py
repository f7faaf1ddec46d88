"""What a source may still change in a message it has passed on: by the client that did, never over the staff's decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from blocks.actors import Actor, ActorKind
from blocks.models import CenterRow, Topic
from mcu.errors import Conflict, Invalid, NotFound, WrongState
from mcu.text import clean_text
from messages.models import Applicant, Message, MessageEvent
from messages.services import control, deadlines, notices
from messages.services.case import locked
from messages.services.history import record
from messages.services.intake import TEXT_MAX, fast_track_heard, fast_track_of
from messages.services.matching import settlement_of, topic_of
from messages.workflow import IN_BLOCK, State

TEXT_IN: Final = (State.RECEIVED,)
# Until the answer is agreed. A merged one waits for another's answer and may still learn whom to send it to.
REST_IN: Final = (State.RECEIVED, State.ASSIGNED, State.DRAFTING, State.BLOCK_APPROVAL, State.MERGED)
# Shown in the history by their codes and references; what else was changed is only named there: it may be personal.
_CODED: Final = ("topic", "settlement", "fast_track")
_PLAIN: Final = ("address", "lat", "lon", "url")
_APPLICANT: Final = ("name", "email", "phone", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanges:
    """The fields that were named, with types already normalised: ``said`` of the message, ``applicant`` of who wrote.

    "" and None take away what was there. ``topic`` and ``settlement`` are codes or names, as at intake.
    """

    said: dict[str, Any] = field(default_factory=dict)
    applicant: dict[str, str] = field(default_factory=dict)


class SetByHand(Conflict):
    """The staff has decided otherwise about these fields, and nothing was changed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.fields = dict.fromkeys(names, "Поставлено сотрудником Центра: источник этого не меняет.")
        named = ", ".join(f"«{name}»" for name in self.fields)
        super().__init__(f"Не изменено ничего: {named} уже поставили сотрудники Центра.")


@transaction.atomic
def change(
    *,
    message_id: int,
    actor: Actor,
    changes: SourceChanges,
    now: datetime,
    unless: Callable[[Message], None] | None = None,
) -> Message:
    """Change what was named, all or nothing; what is so already is no change. ``unless`` may refuse the case as it stands.

    NotFound: another client's. WrongState: too late for it. Invalid: nothing is left of the text. SetByHand: a person has
    set the topic, the settlement, fast-track or the control meanwhile. The hash of the first push stays.
    """
    message = locked(message_id=message_id, actor=actor)
    if message.client_id is None or message.client_id != actor.client_id:
        raise NotFound("Среди сообщений, переданных этим клиентом, такого номера нет.")
    if unless is not None:
        unless(message)
    by_hand = _by_hand(message, changes)
    wanted, applicant = _wanted(message, changes, by_hand), _applicant_of(message)
    differing = {name for name, value in wanted.items() if getattr(message, name) != value}
    contacts = {name: words for name, words in _contacts(changes).items() if getattr(applicant, name) != words}
    if not differing and not contacts:
        return message
    _in_time(message, differing, contacts)
    if conflicting := by_hand & {name.removesuffix("_words") for name in differing}:
        raise SetByHand(sorted(conflicting))
    before = {name: getattr(message, name) for name in wanted}
    for name, value in wanted.items():
        setattr(message, name, value)
    for name, words in contacts.items():
        setattr(applicant, name, words)
    _save(message, applicant, before, differing, contacts=bool(contacts), actor=actor, now=now)
    return message


def _by_hand(message: Message, changes: SourceChanges) -> set[str]:
    """What a person has set: by changing the fields, at sorting, or by marking the control. One query or none."""
    if not changes.said.keys() & {*_CODED, "control"}:
        return set()
    rows = MessageEvent.objects.filter(message=message, actor_kind=ActorKind.PERSON, code__in=("fields", "assign", "control"))
    found: set[str] = set()
    for code, data in rows.values_list("code", "data"):
        # Whoever sorts sees topic and fast-track before him and hands the case over with them.
        found |= {"topic", "fast_track"} if code == "assign" else {"control"} if code == "control" else set(data)
    return found


def _wanted(message: Message, changes: SourceChanges, by_hand: set[str]) -> dict[str, Any]:
    """The values that the row is to have for what was named. Two queries at most."""
    said, center = changes.said, message.center
    wanted: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
    wanted |= {name: clean_text(value) for name, value in wanted.items() if isinstance(value, str)}
    if "text" in said:
        wanted["text"] = _text(said["text"])
    if "control" in said:
        wanted["control"] = said["control"]
    if "topic" in said:
        wanted |= _matched("topic", message, *topic_of(center, clean_text(said["topic"])))
    if "settlement" in said:
        wanted |= _matched("settlement", message, *settlement_of(center, clean_text(said["settlement"])))
    if "fast_track" in said or ("topic" in wanted and "fast_track" not in by_hand):
        wanted["fast_track"] = _fast_track(message, said.get("fast_track"), wanted.get("topic", message.topic))
    return wanted


def _matched(name: str, message: Message, row: CenterRow | None, words: str) -> dict[str, Any]:
    """The row that the words mean, or the words. The same unknown words again say nothing against what the staff chose."""
    if row is None and words and words == getattr(message, f"{name}_words"):
        return {}
    return {name: row, f"{name}_words": words}


def _text(words: str) -> str:
    text = clean_text(words)
    problem = "Текст сообщения пуст." if not text else f"Текст длиннее {TEXT_MAX} знаков." if len(text) > TEXT_MAX else ""
    if problem:
        raise Invalid(problem, {"text": problem})
    return text


def _fast_track(message: Message, said: bool | None, topic: Topic | None) -> bool:
    """As at intake; where nothing is said of it, a new topic decides only if the former one did."""
    heard = fast_track_heard(message.center)
    if said is None and message.fast_track != fast_track_of(heard, None, message.topic):
        return message.fast_track
    return fast_track_of(heard, said, topic)


def _applicant_of(message: Message) -> Applicant:
    return Applicant.objects.filter(message=message).first() or Applicant(message=message)


def _contacts(changes: SourceChanges) -> dict[str, str]:
    return {name: clean_text(changes.applicant[name]) for name in _APPLICANT if name in changes.applicant}


def _in_time(message: Message, differing: set[str], contacts: dict[str, str]) -> None:
    state = State(message.state)
    if "text" in differing and state not in TEXT_IN:
        raise WrongState(
            f"Текст больше не меняется: дело {message.number} уже в состоянии «{state.label}». Не изменено ничего; "
            "новые сведения передайте файлом к сообщению или новым сообщением."
        )
    if (differing or contacts) and state not in REST_IN:
        raise WrongState(
            f"Сведения больше не меняются: дело {message.number} уже в состоянии «{state.label}», "
            "ответ согласован или работа закончена. Не изменено ничего."
        )


def _save(
    message: Message,
    applicant: Applicant,
    before: dict[str, Any],
    differing: set[str],
    *,
    contacts: bool,
    actor: Actor,
    now: datetime,
) -> None:
    if "control" in differing:
        wanted, message.control = message.control, before["control"]
        control.set_control(message, wanted, actor=actor, now=now)
    message.changed_at = now
    message.save()
    if contacts:
        applicant.save()
    named = sorted({_group(name) for name in differing - {*_CODED, "control"}} | ({"applicant"} if contacts else set()))
    coded = [name for name in _CODED if name in differing]
    data: dict[str, Any] = {name: [_plain(before[name]), _plain(getattr(message, name))] for name in coded}
    if named:
        data["said"] = named
    if data:
        note = f"Прежний текст: {before['text']}" if "text" in differing else ""
        event = record(message=message, code="fields", actor=actor, now=now, data=data, note=note)
        if message.state in IN_BLOCK:
            subject = "источник уточнил сведения"
            notices.tell_holders(message=message, event=event, subject=subject, actor=actor, now=now)
    if differing & {"topic", "fast_track"}:
        deadlines.sync(message, now=now, actor=actor)


def _group(name: str) -> str:
    return {"lat": "place", "lon": "place"}.get(name, name)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else value.pk if value else None
