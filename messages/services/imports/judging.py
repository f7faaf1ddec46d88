"""Rows of a file against the register, a batch at a time: new, known and the same, known and changed, in conflict, wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Max, Q

from blocks.actors import ActorKind
from messages.exchange import delo
from messages.exchange.columns import Layout, Wrong
from messages.exchange.formats import FORMATS
from messages.exchange.story import Story
from messages.models import ImportRow, Message, MessageEvent, Satisfaction, Tag
from messages.services.imports.differing import Difference, differences
from messages.services.imports.directory import Directory, in_future
from messages.services.imports.expecting import expected
from messages.services.imports.updating import MOVABLE
from messages.workflow import State

Kind = ImportRow.Kind
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Lines of a person that leave what a file tells alone.
_TOUCH_NOTHING: Final = ("imported", "comment", "files_added", "file_removed")


@dataclass(slots=True)
class Judged:
    """A row and what became, or would become, of it."""

    line: int
    key: str
    kind: str
    words: str = ""
    story: Story | None = None
    message: Message | None = None
    found: Sequence[Difference] = ()

    _hash: str = ""

    @property
    def hash(self) -> str:
        """The sum of what the row says, worked out once."""
        if not self._hash and self.story:
            self._hash = self.story.hash()
        return self._hash


@dataclass(slots=True)
class Judge:
    """Judges the rows of one file, in their order; remembers what the file has said before."""

    directory: Directory
    layout: Layout
    now: datetime
    seen: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def told(self, lines: Iterable[tuple[int, Sequence[Any]]]) -> list[Judged]:
        """What the rows say; errors and repetitions are judged already. No query."""
        return [self._told(line, cells) for line, cells in lines]

    def judge(self, lines: Iterable[tuple[int, Sequence[Any]]], *, lock: bool = False) -> list[Judged]:
        """The rows against the register as it is now. Eight queries at most; ``lock`` holds the known cases."""
        rows = self.told(lines)
        known = _Known.read(self.directory, [row.story for row in rows if row.story and not row.kind], lock=lock)
        for row in rows:
            if row.story is not None and not row.kind:
                self._compare(row, row.story, known)
        return rows

    def _told(self, line: int, cells: Sequence[Any]) -> Judged:
        values, problems, left_out = self.layout.read(cells)
        try:
            story = FORMATS[self.directory.format].story_of(values, self.directory.center.tz)
            self._check(story)
        except Wrong as wrong:
            # A column that is wrong already was taken as empty: what is said of it after that would mislead.
            problems += [one for one in wrong.problems if not any(_column(one) == _column(known) for known in problems)]
        if problems:
            said = [*problems, *(f"{words}." for words in left_out)]
            return Judged(line, self._key(cells), Kind.ERROR, " ".join(said))
        told = " ".join([*(f"{words}; строка взята без этого." for words in left_out), story.told]).strip()
        row = Judged(line, story.key[:200], "", told, story)
        first, hashed = self.seen.setdefault((story.source, story.number or story.key), (line, row.hash))
        if first != line:
            same = hashed == row.hash
            row.kind = Kind.UNCHANGED if same else Kind.CONFLICT
            words = "то же, что в строке {}" if same else "номер уже был в строке {} с другими данными: внесена она"
            row.words, row.story = words.format(first).capitalize() + ".", None
        return row

    def _check(self, story: Story) -> None:
        """What no file may say, whatever its format: all of it at once."""
        found: list[str] = []
        if self.directory.source_of(story) is None:
            found.append(
                f"Источник «{story.source[:60]}»: такого в Центре нет или вы не вносите его сообщения. "
                "Впишите источник, как он называется в Центре."
            )
        if story.received_at < EARLIEST:
            found.append(f"Дата поступления раньше {EARLIEST:%d.%m.%Y}.")
        moments = {
            "Дата поступления": story.received_at,
            "Дата регистрации": story.registered_at,
            "Время ответа": story.answered_at,
            "Дата окончания": story.closed_at,
        }
        for title, moment in moments.items():
            if in_future(moment, self.now):
                found.append(f"{title} ещё не наступила: проверьте дату.")
        person = story.person
        if person is not None and person.email and ("@" not in person.email or " " in person.email):
            found.append("Столбец «Почта»: это не адрес электронной почты.")
        if found:
            raise Wrong(*found)

    def _key(self, cells: Sequence[Any]) -> str:
        """The number of a row that could not be read, as far as it can be."""
        places = self.layout.places.get("number") or self.layout.places.get("id") or ()
        for place in places:
            if place < len(cells):
                column = next(one for one in self.layout.columns if place in self.layout.places[one.attribute])
                try:
                    return str(column.widget.clean(cells[place]))[:200]
                except ValueError:
                    return ""
        return ""

    def _compare(self, row: Judged, story: Story, known: _Known) -> None:
        message = known.of(story, self.directory)
        if message is None:
            if other := known.twin_of(story):
                row.kind, row.message = Kind.CONFLICT, other
                row.words = f"Это сообщение уже есть в реестре «Дела» под номером {other.number}: второе дело не заводится."
                return
            row.kind = Kind.MADE
            row.words = " ".join(part for part in (row.words, expected(story, self.directory)) if part)
            return
        if message.source_id not in self.directory.rights:
            row.kind = Kind.CONFLICT
            row.words = "Такой номер — у сообщения другого источника, которое вносите не вы."
            return
        row.message = message
        copy = getattr(message, "imported_copy", None)
        if copy is not None and copy.hash == row.hash and copy.format == self.directory.format:
            row.kind = Kind.UNCHANGED
            return
        said, tags = known.scores.get(message.pk), known.tags.get(message.pk, set())
        found = differences(message, story, self.directory, score=said, tags=tags)
        row.found = found
        if not found:
            row.kind = Kind.UNCHANGED
            return
        why = _refused(message, found, is_touched=known.is_touched(message))
        row.kind = Kind.CONFLICT if why else Kind.UPDATED
        more = "" if why else expected(story, self.directory, found=found)
        row.words = " ".join(part for part in (why, "; ".join(one.words for one in found) + ".", row.words, more) if part)


def _refused(message: Message, found: Sequence[Difference], *, is_touched: bool) -> str:
    """Why the differences are not written: people worked on the case, or it stands where a file moves nothing."""
    if is_touched and not all(one.fills for one in found):
        is_known = getattr(message, "imported_copy", None) is not None
        return "Здесь дело изменили после прошлой выгрузки." if is_known else "С делом здесь уже работали."
    if message.is_open and message.state not in MOVABLE and any(one.field == "place" for one in found):
        return "Здесь ответ уже готовят: в другой блок файл дело не передаёт."
    moves = any(one.field == "stage" for one in found)
    closes = message.state == State.ANSWERED and any(one.theirs == "закрыто" for one in found)
    if moves and message.state not in MOVABLE and not closes:
        return "Дело здесь уже дальше, чем в файле."
    return ""


def _column(problem: str) -> str:
    """The column that an explanation is about."""
    return problem.partition(":")[0]


@dataclass(slots=True)
class _Known:
    """The cases that a batch of rows is about, with what they are compared by."""

    by_key: dict[tuple[int, str], Message]
    by_number: dict[str, Message]
    joined: dict[str, Message]
    twins: dict[str, Message]
    touched: dict[int, datetime]
    scores: dict[int, int]
    tags: dict[int, set[str]]

    @classmethod
    def read(cls, directory: Directory, stories: Sequence[Story], *, lock: bool) -> _Known:
        by_source: dict[int, list[str]] = defaultdict(list)
        for story in stories:
            source = directory.source_of(story)
            if source is not None:
                by_source[source.pk].append(story.key)
        wanted = Q(pk__in=[])
        for pk, keys in by_source.items():
            wanted |= _keyed(pk, keys)
        if numbers := [story.number for story in stories if story.number]:
            wanted |= Q(number__in=numbers)
        joins = [story.joined for story in stories if story.joined]
        pos = directory.sources.get("pos")
        if joins and pos is not None:
            wanted |= _keyed(pos.pk, joins)
        cases = _cases(directory, wanted, lock=lock)
        twins = _twins(directory, stories)
        ids = [message.pk for message in cases]
        lines = MessageEvent.objects.filter(message__in=ids, actor_kind=ActorKind.PERSON).exclude(code__in=_TOUCH_NOTHING)
        scores = Satisfaction.objects.filter(message__in=ids)
        tags: dict[int, set[str]] = defaultdict(set)
        through = Message.tags.through.objects.filter(message__in=ids)
        for pk, name in through.values_list("message_id", "tag__name") if ids else ():
            tags[pk].add(name.casefold())
        cycles = {message.pk: message.cycle for message in cases}
        return cls(
            by_key={(message.source_id, message.external_id): message for message in cases},
            by_number={message.number: message for message in cases},
            joined={message.external_id: message for message in cases if pos and message.source_id == pos.pk},
            twins=twins,
            touched=dict(lines.values_list("message").annotate(last=Max("at")).order_by()) if ids else {},
            scores={one.message_id: one.score for one in scores if one.cycle == cycles[one.message_id]} if ids else {},
            tags=tags,
        )

    def of(self, story: Story, directory: Directory) -> Message | None:
        """The case that the row is about: the ПОС message that an appeal came as, ours by its number, the source's own."""
        source = directory.source_of(story)
        own = self.by_key.get((source.pk if source else 0, story.key))
        by_number = self.by_number.get(story.number) if story.number else None
        return own or by_number or (self.joined.get(story.joined) if story.joined else None)

    def twin_of(self, story: Story) -> Message | None:
        """The appeal of «Дело» that names this ПОС message."""
        return self.twins.get(story.key)

    def is_touched(self, message: Message) -> bool:
        """Whether a person worked on the case after a file was last put into it, or ever where none was."""
        last, copy = self.touched.get(message.pk), getattr(message, "imported_copy", None)
        return last is not None and (copy is None or last > copy.at)


def _keyed(source_id: int, keys: Sequence[str]) -> Q:
    # The condition of the index again: PostgreSQL does not see it in a long list, and reads the whole register.
    return Q(source=source_id, external_id__in=keys) & ~Q(external_id="")


def _cases(directory: Directory, wanted: Q, *, lock: bool) -> list[Message]:
    rows = Message.objects.filter(wanted, center=directory.center)
    if lock:
        locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True)
        rows = Message.objects.filter(pk__in=list(locked))
    joined = rows.select_related("source", "topic", "settlement", "block", "recipient", "applicant", "imported_copy")
    return list(joined)


def _twins(directory: Directory, stories: Sequence[Story]) -> dict[str, Message]:
    """Appeals from «Дело» that the rows' ПОС messages were registered as, by the number on the platform."""
    if directory.format != "pos":
        return {}
    names = {delo.TAG.format(number=story.key): story.key for story in stories}
    links = Message.tags.through.objects.filter(tag__in=Tag.objects.filter(center=directory.center, name__in=names))
    found = {link.message_id: names[link.tag.name] for link in links.select_related("tag")}
    cases = Message.objects.filter(pk__in=found).exclude(source__code="pos") if found else ()
    return {found[message.pk]: message for message in cases}
