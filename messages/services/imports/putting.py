"""A batch of judged rows put into the register: new cases at once, known ones one by one, what the file said kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mcu.bulk import copy_in
from mcu.errors import Invalid
from messages.models import ImportedCopy, ImportRow, Message, Tag
from messages.services.imports.building import new_case
from messages.services.imports.differing import Difference
from messages.services.imports.directory import Directory
from messages.services.imports.judging import Judged
from messages.services.imports.updating import bring_up
from messages.services.storing import store_many
from messages.services.tags import tag_name
from messages.services.term_book import TermBook

Kind = ImportRow.Kind


def put(rows: Sequence[Judged], *, directory: Directory, book: TermBook, import_id: int, now: datetime) -> None:
    """Write what the rows were judged to be; within the caller's transaction. Each row then knows its case."""
    made = [(row, row.story) for row in rows if row.kind == Kind.MADE and row.story is not None]
    cases = []
    for _, story in made:
        source = directory.source_of(story)
        if source is not None:
            cases.append(new_case(story, source, directory, import_id=import_id, now=now))
    stored = store_many(center=directory.center, cases=cases, actor=directory.actor, book=book, now=now)
    tagged: list[tuple[Message, Iterable[str]]] = []
    for (row, story), message in zip(made, stored, strict=True):
        row.message = message
        tagged.append((message, story.tags))
    for row in rows:
        if row.kind == Kind.UPDATED and row.story is not None and row.message is not None:
            bring_up(message=row.message, story=row.story, found=row.found, directory=directory, import_id=import_id, now=now)
            tagged += [(row.message, _missing(one)) for one in row.found if one.field == "tags"]
    _tag(directory, tagged)
    _remember(directory, rows, now)


def _missing(one: Difference) -> Iterable[str]:
    return [str(name) for name in one.values["tags"]]


def _remember(directory: Directory, rows: Sequence[Judged], now: datetime) -> None:
    """What the file said of each case, so that the same again changes nothing. Three statements, one for new cases only.

    Of a conflict nothing is kept: it is shown again until the two say the same.
    """
    said = {
        row.message.pk: row.hash
        for row in rows
        if row.message is not None and row.story is not None and row.kind in (Kind.MADE, Kind.UPDATED, Kind.UNCHANGED)
    }
    before = [row.message.pk for row in rows if row.message is not None and row.kind != Kind.MADE]
    copies = ImportedCopy.objects.filter(message__in=before).values_list("message", "format", "hash")
    known = {pk: (code, hashed) for pk, code, hashed in copies}
    changed = {pk: hashed for pk, hashed in said.items() if known.get(pk) != (directory.format, hashed)}
    ImportedCopy.objects.filter(message__in=known.keys() & changed.keys()).delete()
    lines = ((pk, directory.format, hashed, now) for pk, hashed in changed.items())
    copy_in(ImportedCopy, ("message_id", "format", "hash", "at"), lines)


def _tag(directory: Directory, tagged: Iterable[tuple[Message, Iterable[str]]]) -> None:
    """Put the words of the file on their cases; a word the Center knows in other letters is that word."""
    pairs = {(message.pk, word) for message, names in tagged for name in names if (word := _word(name))}
    if not pairs:
        return
    wanted = {word for _, word in pairs}
    tags = {tag.name.casefold(): tag.pk for tag in Tag.objects.filter(center=directory.center)}
    missing = {word.casefold(): word for word in sorted(wanted) if word.casefold() not in tags}
    if missing:
        Tag.objects.bulk_create((Tag(center=directory.center, name=word) for word in missing.values()), ignore_conflicts=True)
        tags = {tag.name.casefold(): tag.pk for tag in Tag.objects.filter(center=directory.center)}
    through = Message.tags.through
    links = {(pk, tags[word.casefold()]) for pk, word in pairs}
    through.objects.bulk_create((through(message_id=pk, tag_id=tag) for pk, tag in sorted(links)), ignore_conflicts=True)


def _word(name: str) -> str:
    try:
        return tag_name(name)
    except Invalid:
        return ""
