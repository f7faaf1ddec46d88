"""A known case brought to what a row says of it: one case a call, with its history and its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from blocks import actors
from mcu.errors import WrongState
from messages.exchange.story import Stage, Story
from messages.models import Applicant, Message, MessageEvent, Reply, Satisfaction
from messages.services import deadlines, history
from messages.services.case import move as make_move
from messages.services.imports.building import Move, brought, move_of, replies_of, score_of
from messages.services.imports.differing import Difference
from messages.services.imports.directory import Directory
from messages.services.intake import fast_track_of
from messages.services.new_case import Line
from messages.workflow import ASSIGN, TRANSITIONS, State

# From here a file may bring a case on: nobody has begun to write.
MOVABLE: Final = (State.RECEIVED, State.ASSIGNED)


@transaction.atomic
def bring_up(
    *, message: Message, story: Story, found: Sequence[Difference], directory: Directory, import_id: int, now: datetime
) -> Message:
    """Write the differences into the case, which the caller has locked. ``WrongState`` where a file may not move it."""
    values: dict[str, Any] = {}
    for one in found:
        if one.field in ("tags", "person", "score", "stage", "place"):
            continue
        values |= one.values
    if "topic" in values and story.fast_track is None:
        values["fast_track"] = message.fast_track or fast_track_of(directory.settings.fast_track_from, None, values["topic"])
    fields = {one.field for one in found}
    place = next((one.values for one in found if one.field == "place"), None)
    move = _move(message, story, values, directory, now) if "stage" in fields else None
    if move is not None:
        # The steps are told with their own moments; when it was handed over anew is not.
        values |= move.fields | {"state": move.state} | (place or {})
    elif place is not None and message.state not in MOVABLE:
        values |= place  # it is done: whose it was is put right, nothing is handed over
    Message.objects.filter(pk=message.pk).update(**values, changed_at=now)
    changed = Message.objects.select_related("center", "source", "topic", "block").get(pk=message.pk)
    _write(changed, move.lines if move else (), directory)
    if place is not None and move is None and message.state in MOVABLE:
        _hand_over(changed, place, directory, now)
    _said(changed, story, found, move, now)
    line = brought(directory, message.source, import_id=import_id, now=now, changed=tuple(one.title for one in found))
    history.record(message=changed, code=line.code, actor=directory.actor, now=now, grant=line.grant, data=line.data)
    deadlines.sync(changed, now=now, actor=directory.actor)
    return changed


def _move(message: Message, story: Story, values: dict[str, Any], directory: Directory, now: datetime) -> Move:
    closes = message.state == State.ANSWERED and story.stage is Stage.CLOSED
    if message.state not in MOVABLE and not closes:
        raise WrongState(f"Дело в состоянии «{State(message.state).label}»: файлом его не двигают.")
    if closes and not story.outcome:
        story = replace(story, outcome=directory.outcome_name(message.outcome))
    topic = values.get("topic", message.topic)
    regime = values.get("regime", message.regime)
    move = move_of(story, regime, topic, directory, came_from=State(message.state), now=now)
    keeps = {"block": message.block, "recipient": message.recipient} if message.block_id else {}
    kept: dict[str, Any] = {
        name: value for name, value in keeps.items() if value is not None and move.state != State.REDIRECTED
    }
    if message.registered_at is not None:
        kept["registered_at"] = message.registered_at
    if message.handed_over_at is not None:
        kept["handed_over_at"] = message.handed_over_at
    if closes:
        closing = {"closed_at": move.fields["closed_at"], "outcome": move.fields["outcome"]}
        return Move(move.state, closing, tuple(line for line in move.lines if line.code == "close"))
    return Move(move.state, move.fields | kept, move.lines)


def _hand_over(message: Message, place: dict[str, Any], directory: Directory, now: datetime) -> None:
    """Hand the case over within the Center, as the file says; the block's clock goes on, and nobody is told."""
    before = {"block": message.block_id, "recipient": message.recipient_id, "responsible": message.responsible_id}
    message.block, message.recipient, message.responsible = place["block"], place["recipient"], None
    message.submitted_at = message.submitted_by = message.sorted_by = message.sorted_at = None
    recipient = message.recipient.pk if message.recipient else None
    data = {"block": place["block"].pk, "recipient": recipient, "responsible": None, "before": before}
    make_move(
        message,
        ASSIGN,
        actor=actors.system(directory.center),
        now=now,
        apply=message.to_assigned,
        grant=None,
        data=data,
    )


def _write(message: Message, lines: Sequence[Line], directory: Directory) -> None:
    """What happened elsewhere, at its own time, but never before the last step that is known here: the program's lines."""
    if not lines:
        return
    system = actors.system(directory.center)
    steps = MessageEvent.objects.filter(message=message, code__in=TRANSITIONS).order_by("-at", "-pk")
    last = steps.values_list("at", flat=True).first()
    for line in lines:
        at = max(line.at, last) if last else line.at
        history.record(
            message=message,
            code=line.code,
            actor=system,
            now=at,
            from_state=line.from_state,
            to_state=line.to_state,
            data=line.data,
            note=line.note,
        )


def _said(message: Message, story: Story, found: Sequence[Difference], move: Move | None, now: datetime) -> None:
    fields = {one.field: one for one in found}
    if move is not None and any(line.code == "send" for line in move.lines):
        for reply in replies_of(story, move):
            version = (
                Reply.objects.filter(message=message).order_by("-version").values_list("version", flat=True).first()
            ) or 0
            Reply.objects.create(
                message=message,
                version=version + 1,
                text=reply.text,
                saved_at=reply.recorded_at,
                posted_at=reply.posted_at,
                recorded_at=reply.recorded_at,
                delivery=reply.delivery,
                completeness=reply.completeness,
            )
            Message.objects.filter(pk=message.pk).update(agreed_version=version + 1)
            message.agreed_version = version + 1
    if "score" in fields:
        _score(message, story, now)
    if "person" in fields:
        Applicant.objects.update_or_create(message=message, defaults=fields["person"].values)


def _score(message: Message, story: Story, now: datetime) -> None:
    given = score_of(story, Move(State(message.state), {}, ()), now=now)
    if given is not None:
        values = {"score": given.score, "at": given.at, "via": given.via, "settled_at": given.settled_at}
        Satisfaction.objects.update_or_create(message=message, cycle=message.cycle, defaults=values)
