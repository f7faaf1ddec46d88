"""A Center's lists in memory, so that the words of thousands of rows are matched without a query each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from blocks.actors import Actor, Grant
from blocks.charters.settings_schema import Settings, settings_of
from blocks.models import Block, Center, Recipient, Settlement, Source, Topic
from messages import policies
from messages.exchange.columns import fold
from messages.exchange.formats import FORMATS
from messages.exchange.story import Story
from messages.services.matching import WORDS_MAX

_LOST: Final = object()  # two rows of a list bear the name: as good as none


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case belongs by the file: its block, and the recipient in it if one is named."""

    block: Block | None = None
    recipient: Recipient | None = None


@dataclass(slots=True)
class Directory:
    """The open rows of a Center's lists, and by which right the actor takes messages of each source in."""

    center: Center
    format: str
    actor: Actor
    sources: dict[str, Source] = field(default_factory=dict)
    topics: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    settlements: dict[str, Any] = field(default_factory=dict)
    recipients: dict[str, Any] = field(default_factory=dict)
    blocks: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    rights: dict[int, Grant | None] = field(default_factory=dict)
    blocks_of: dict[int, list[int]] = field(default_factory=dict)
    by_key: dict[int, Block] = field(default_factory=dict)
    settings: Settings = field(init=False)  # read once: of every row they are asked

    def __post_init__(self) -> None:
        self.settings = settings_of(self.center.settings)

    def source_of(self, story: Story) -> Source | None:
        """The source of the row, where the actor may take its messages in."""
        return self.sources.get(fold(story.source))

    def topic_of(self, story: Story) -> tuple[Topic | None, str]:
        """The topic meant by the classifier's code or a name, or the words kept for the sorter."""
        found = _known(self.codes, story.topic_code)
        for name in story.topic_names:
            found = found or _known(self.topics, name)
        return (found, "") if found else (None, _kept(story.topic))

    def names_only_blocks(self, story: Story) -> bool:
        """Whether what stands for the topic are names of blocks, as our export tells ПОС the category of a case without one."""
        return all(_known(self.blocks, name) for name in story.topic_names)

    def settlement_of(self, story: Story) -> tuple[Settlement | None, str]:
        """The settlement meant, or the words kept for the sorter."""
        found = _known(self.settlements, story.settlement)
        return (found, "") if found else (None, _kept(story.settlement))

    def place_of(self, story: Story, topic: Topic | None, *, stays_in: Block | None = None) -> Place:
        """The block and the recipient by the names of the file: the column of blocks decides where it names one.

        Elsewhere a recipient of several blocks needs a word: ``stays_in``, where nothing else is told, or the topic's.
        """
        if block := _known(self.blocks, story.block):
            return Place(block, self._serving(block, story.recipients))
        found = Place()
        for name in (*story.recipients, story.block):
            block, recipient = _known(self.blocks, name), _known(self.recipients, name)
            if recipient is not None and found.recipient is None:
                block = self._block_of(recipient, topic, stays_in)
                found = Place(block, recipient) if block else found
            elif block is not None and found.block is None:
                found = Place(block)
        return found

    def recipient_of(self, story: Story) -> Recipient | None:
        """The first recipient that the file names, wherever he answers."""
        return next((found for name in (*story.recipients, story.block) if (found := _known(self.recipients, name))), None)

    def moved_to(self, story: Story, topic: Topic | None, *, stays_in: Block | None = None) -> Place:
        """Where a known case is now. ПОС names who got it first too: that says nothing of where it went afterwards."""
        first = replace(story, recipients=story.recipients[:1]) if self.format == "pos" else story
        return self.place_of(first, topic, stays_in=stays_in)

    def by_topic(self, topic: Topic | None) -> Block | None:
        """The block that works on the topic."""
        return self.by_key.get(topic.block_id) if topic else None

    def outcome_of(self, story: Story, default: str) -> str:
        """The charter's outcome by its name, else by what the format calls it, else the charter's own default."""
        said = fold(story.outcome)
        meant = FORMATS[self.format].outcomes.get(said, "")
        return self.outcomes.get(said) or (meant if meant in self.outcomes.values() else default)

    def outcome_name(self, code: str) -> str:
        """The outcome as the charter calls it; "" for none."""
        return next((str(row["name"]) for row in self.center.outcomes if row["code"] == code), "")

    def _serving(self, block: Block, names: Iterable[str]) -> Recipient | None:
        """The first recipient named that serves the block, or is bound to none."""
        named = (found for name in names if (found := _known(self.recipients, name)))
        return next((one for one in named if block.pk in self.blocks_of.get(one.pk, [block.pk])), None)

    def _block_of(self, recipient: Recipient, topic: Topic | None, stays_in: Block | None) -> Block | None:
        blocks = self.blocks_of.get(recipient.pk, [])
        if len(blocks) == 1:
            return self.by_key.get(blocks[0])
        if stays_in is not None and (not blocks or stays_in.pk in blocks):
            return stays_in
        return self.by_topic(topic) if topic and (not blocks or topic.block_id in blocks) else None


def directory_of(center: Center, code: str, actor: Actor) -> Directory:
    """The lists as they are now. Six queries."""
    found = Directory(center, code, actor)
    for source in Source.objects.filter(center=center, closed_at__isnull=True):
        verdict = policies.may_take_in(actor, source=source)
        if verdict:
            source.center = center
            found.rights[source.pk] = verdict.grant
            for name in (source.code, source.short, source.name):
                found.sources.setdefault(fold(name), source)
    for topic in _open(Topic, center):
        _add(found.topics, topic, (topic.code, topic.name))
        _add(found.codes, topic, (topic.classifier_code,))
    for place in _open(Settlement, center):
        _add(found.settlements, place, (place.code, place.name, f"{place.kind} {place.name}"))
    for block in _open(Block, center):
        found.by_key[block.pk] = block
        _add(found.blocks, block, (block.code, block.name, block.short))
    for recipient in _open(Recipient, center):
        _add(found.recipients, recipient, (recipient.code, recipient.name, recipient.short))
    pairs = Recipient.blocks.through.objects.filter(recipient__center=center).values_list("recipient_id", "block_id")
    for recipient_id, block_id in pairs:
        if block_id in found.by_key:
            found.blocks_of.setdefault(recipient_id, []).append(block_id)
    found.outcomes = {fold(row["name"]): str(row["code"]) for row in center.outcomes if not row.get("closed_at")}
    return found


def in_future(moment: datetime | None, now: datetime) -> bool:
    """Whether the moment has not come yet."""
    return moment is not None and moment > now


def _open(model: Any, center: Center) -> list[Any]:
    return list(model.objects.filter(center=center, closed_at__isnull=True))


def _add(names: dict[str, Any], row: Any, said: Iterable[str]) -> None:
    for name in {fold(one) for one in said if one}:
        names[name] = _LOST if name in names and names[name] is not row else row


def _known(names: dict[str, Any], said: str) -> Any:
    found = names.get(fold(said)) if said else None
    return None if found is _LOST else found


def _kept(words: str) -> str:
    squeezed = " ".join(words.split())
    return squeezed if len(squeezed) <= WORDS_MAX else f"{squeezed[: WORDS_MAX - 1]}…"
