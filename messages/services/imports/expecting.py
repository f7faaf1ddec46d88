"""What a row will make of its case, in words for whoever decides about the file. Names nobody: no words of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from messages.exchange.story import Stage, Story
from messages.services.imports.differing import Difference, where
from messages.services.imports.directory import Directory, Place

TEXTLESS = "pos"  # its tables never hold the text


def expected(story: Story, directory: Directory, *, found: Sequence[Difference] | None = None) -> str:
    """Where the case will stand and what of the row was not recognised; of a known case only what ``found`` changes."""
    parts = [*_lands(story, directory, found), *_lost(story, directory, is_new=found is None)]
    words = "; ".join(parts)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _lands(story: Story, directory: Directory, found: Sequence[Difference] | None) -> Iterator[str]:
    fields = {one.field: one for one in found or ()}
    is_new = found is None
    if not is_new and "stage" not in fields and not (story.stage is Stage.OPEN and "place" in fields):
        return
    topic, _ = directory.topic_of(story)
    place = (directory.place_of if is_new else directory.moved_to)(story, topic)
    if "place" in fields:
        place = Place(**fields["place"].values)
    if story.stage is Stage.OPEN:
        if place.block is not None:
            yield f"передаётся в блок {where(place.block, place.recipient)}"
        elif is_new:
            yield "встаёт на разбор"
        return
    if story.stage is Stage.REDIRECTED:
        yield f"переадресовано{_day(story.left_at, directory)}"
        return
    if story.stage is Stage.DISMISSED:
        yield f"оставлено без ответа{_day(story.left_at, directory)}"
        return
    block = place.block or directory.by_topic(topic)
    yield f"отвечено{_day(story.answered_at, directory)}" + (f", блок {where(block, place.recipient)}" if block else "")
    outcome = directory.outcome_name(directory.outcome_of(story, ""))
    if story.stage is Stage.CLOSED:
        yield f"закрыто{_day(story.closed_at or story.answered_at, directory)}"
    if outcome:
        yield f"итог «{outcome}»"


def _lost(story: Story, directory: Directory, *, is_new: bool) -> Iterator[str]:
    topic, words = directory.topic_of(story)
    if story.stage is not Stage.REDIRECTED and (story.recipients or story.block):
        yield from _unplaced(story, directory, directory.moved_to(story, topic), is_new=is_new)
    if words:
        yield "тема не узнана, останется словами источника"
    if directory.settlement_of(story)[1]:
        yield "место не узнано, останется словами источника"
    if story.outcome and story.stage is Stage.ANSWERED and not directory.outcome_of(story, ""):
        yield "итог не узнан"
    if is_new and not story.text and directory.format != TEXTLESS:
        yield "текста нет: прочитайте сообщение в источнике"


def _unplaced(story: Story, directory: Directory, place: Place, *, is_new: bool) -> Iterator[str]:
    named = directory.recipient_of(story)
    if named is None:
        if place.block is None:
            yield "получатель не узнан"
    elif is_new and place.block is None:
        yield f"получатель «{named.short or named.name}» отвечает в нескольких блоках, а какой из них, не сказано"
    elif is_new and place.recipient is None:
        yield f"получатель «{named.short or named.name}» в этом блоке не отвечает: дело останется без получателя"


def _day(moment: datetime | None, directory: Directory) -> str:
    return f" {moment.astimezone(directory.center.tz):%d.%m.%Y}" if moment else ""
