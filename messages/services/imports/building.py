"""From what a row says to a case as it is to stand: its state, its moments, its history, its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from blocks import actors
from blocks.models import Source, Topic
from messages.exchange.story import Stage, Story
from messages.models import Control, Message, Regime
from messages.services.imports.directory import Directory, Place
from messages.services.incoming import IncomingApplicant
from messages.services.intake import fast_track_of
from messages.services.new_case import GivenReply, GivenScore, Line, NewCase
from messages.workflow import State

# Where no ground of the charter is named, its place holds words.
GROUNDS: Final = {"im": "Закрыто в «Инцидент Менеджмент» без ответа", "pos": "Отклонено модератором ПОС"}
GROUND: Final = "Оставлено без ответа в источнике"
LEFT_TO: Final = "вышестоящая организация"
NO_TEXT: Final = "Текст ответа в файле не передан."
_STATES: Final = {
    Stage.ANSWERED: State.ANSWERED,
    Stage.CLOSED: State.CLOSED,
    Stage.REDIRECTED: State.REDIRECTED,
    Stage.DISMISSED: State.DISMISSED,
}
_CONTROLS: Final = {str(label).casefold(): value for value, label in Control.choices}


@dataclass(frozen=True, slots=True)
class Move:
    """How far the row brings a case: the fields of its state, and the lines of history that lead there."""

    state: State
    fields: dict[str, Any]
    lines: tuple[Line, ...]


def new_case(story: Story, source: Source, directory: Directory, *, import_id: int, now: datetime) -> NewCase:
    """The case that a row of history makes. No query."""
    center, system = directory.center, actors.system(directory.center)
    topic, topic_words = directory.topic_of(story)
    settlement, settlement_words = directory.settlement_of(story)
    regime = story.regime or source.regime
    move = move_of(story, regime, topic, directory, came_from=State.RECEIVED, now=now)
    message = Message(
        center=center,
        source=source,
        external_id=story.key,
        regime=regime,
        fast_track=fast_track_of(directory.settings.fast_track_from, story.fast_track, topic),
        state=move.state,
        text=story.text,
        topic=topic,
        topic_words=topic_words,
        settlement=settlement,
        settlement_words=settlement_words,
        address=story.address[:500],
        url=story.url,
        control=control_of(story.control),
        outside_number=story.outside_number,
        received_at=story.received_at,
        created_at=now,
        changed_at=now,
        **move.fields,
    )
    created = {"source": source.code, "regime": regime, "fast_track": message.fast_track, "by": "file"}
    lines = (
        Line(code="created", at=story.received_at, data=created, note=story.note, actor=system),
        *(replace(line, actor=system) for line in move.lines),
        brought(directory, source, import_id=import_id, now=now),
    )
    return NewCase(
        message=message,
        events=lines,
        applicant=applicant_of(story),
        replies=replies_of(story, move),
        satisfaction=score_of(story, move, now=now),
        quiet=True,
    )


def brought(directory: Directory, source: Source, *, import_id: int, now: datetime, changed: tuple[str, ...] = ()) -> Line:
    """The line that says who brought the file, and which words of the case it changed."""
    data: dict[str, Any] = {"import": import_id, "format": directory.format}
    grant = directory.rights.get(source.pk)
    return Line(code="imported", at=now, data=data | ({"changed": list(changed)} if changed else {}), grant=grant)


def move_of(story: Story, regime: str, topic: Topic | None, directory: Directory, *, came_from: State, now: datetime) -> Move:
    """The state that the row tells, with what the state needs, from where the case stands now."""
    place = directory.place_of(story, topic)
    if story.stage is Stage.OPEN:
        return _open(story, regime, place, came_from, now)
    block = place.block or directory.by_topic(topic)
    end = story.answered_at or story.left_at or story.received_at
    fields: dict[str, Any] = {"block": block, "recipient": place.recipient}
    fields["registered_at"] = _registered(story, regime, default=story.handed_over_at or end)
    lines = list(_handed(story, place, came_from)) if block and story.handed_over_at else []
    if block is not None and story.handed_over_at is not None:
        fields["handed_over_at"] = story.handed_over_at
    before = lines[-1].to_state if lines else came_from
    more = {Stage.REDIRECTED: _redirected, Stage.DISMISSED: _dismissed}.get(story.stage, _answered)
    found, said = more(story, directory, str(before))
    return Move(_STATES[story.stage], fields | found, (*lines, *said))


def control_of(words: str) -> str:
    """The mark of control by its name."""
    return str(_CONTROLS.get(words.casefold(), ""))


def applicant_of(story: Story) -> IncomingApplicant | None:
    """Who wrote, if the row says it."""
    person = story.person
    return IncomingApplicant(name=person.name, email=person.email, phone=person.phone) if person else None


def replies_of(story: Story, move: Move) -> tuple[GivenReply, ...]:
    """The answer that was given; a text that the file does not pass on is said to be missing."""
    if story.answered_at is None or move.state not in (State.ANSWERED, State.CLOSED):
        return ()
    text = story.answer or NO_TEXT
    return (
        GivenReply(
            text=text,
            posted_at=story.answered_at,
            recorded_at=story.answered_at,
            delivery=story.delivery[:300] or "как указано в источнике",
            completeness=story.completeness,
        ),
    )


def score_of(story: Story, move: Move, *, now: datetime) -> GivenScore | None:
    """What the applicant said; of a closed case nobody has to decide any more."""
    if story.score is None or move.state not in (State.ANSWERED, State.CLOSED):
        return None
    at = story.scored_at or story.answered_at or now
    return GivenScore(score=story.score, at=at, settled_at=at if move.state == State.CLOSED else None)


def _open(story: Story, regime: str, place: Place, came_from: State, now: datetime) -> Move:
    registered = _registered(story, regime, default=None)
    if place.block is None or came_from != State.RECEIVED:
        return Move(came_from, {"registered_at": registered} if registered else {}, ())
    # A source that does not tell when the block got it: it gets it now, here.
    handed = story.handed_over_at or now
    fields = {
        "block": place.block,
        "recipient": place.recipient,
        "registered_at": registered or handed,
        "handed_over_at": handed,
    }
    lines = tuple(_handed(replace(story, handed_over_at=handed), place, came_from))
    return Move(State.ASSIGNED, fields, lines)


def _registered(story: Story, regime: str, *, default: datetime | None) -> datetime | None:
    """An appeal is registered on the day of the file, else when it came; a message when somebody took it in hand."""
    return story.registered_at or (story.received_at if regime == Regime.APPEAL else default)


def _handed(story: Story, place: Place, came_from: State) -> tuple[Line, ...]:
    if place.block is None or story.handed_over_at is None or came_from == State.ASSIGNED:
        return ()
    before = {"block": None, "recipient": None, "responsible": None}
    recipient = place.recipient.pk if place.recipient else None
    data = {"block": place.block.pk, "recipient": recipient, "responsible": None, "before": before}
    return (Line(code="assign", at=story.handed_over_at, from_state=came_from, to_state=State.ASSIGNED, data=data),)


def _answered(story: Story, directory: Directory, before: str) -> tuple[dict[str, Any], tuple[Line, ...]]:
    answered = story.answered_at or story.received_at
    agreed = story.agreed_at or answered
    fields: dict[str, Any] = {
        "submitted_at": story.submitted_at,
        "agreed_at": agreed,
        "agreed_version": 1,
        "approved_at": agreed,
        "answered_at": answered,
        "sent_recorded_at": answered,
        "completeness": story.completeness,
        "outcome": directory.outcome_of(story, ""),  # kept until the case is closed: closing by itself takes it
    }
    data = {"version": 1, "posted_at": answered.isoformat(), "delivery": story.delivery[:300], "url": ""}
    lines = [Line(code="send", at=answered, from_state=before, to_state=State.ANSWERED, data=data)]
    if story.stage is Stage.CLOSED:
        closed, default = story.closed_at or answered, directory.settings.close_outcome
        outcome = directory.outcome_of(story, default)
        fields |= {"closed_at": closed, "outcome": outcome}
        closing = {"outcome": outcome}
        lines.append(Line(code="close", at=closed, from_state=State.ANSWERED, to_state=State.CLOSED, data=closing))
    return fields, tuple(lines)


def _redirected(story: Story, directory: Directory, before: str) -> tuple[dict[str, Any], tuple[Line, ...]]:
    at, where = story.left_at or story.received_at, (story.left_to or LEFT_TO)[:300]
    line = Line(
        code="redirect", at=at, from_state=before, to_state=State.REDIRECTED, data={"applicant_told": False}, note=where
    )
    return {"redirected_at": at, "redirected_to": where, "block": None, "recipient": None}, (line,)


def _dismissed(story: Story, directory: Directory, before: str) -> tuple[dict[str, Any], tuple[Line, ...]]:
    at, ground = story.left_at or story.received_at, GROUNDS.get(directory.format, GROUND)
    line = Line(code="dismiss", at=at, from_state=before, to_state=State.DISMISSED, data={"ground": ground})
    return {"dismissed_at": at, "dismissal_ground": ground}, (line,)
