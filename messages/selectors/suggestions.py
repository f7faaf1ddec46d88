"""What the sorting desk suggests for a case and why, in words: what was learned, topic, keywords, place, like cases.

Pure. Reasons that speak for the same block and topic add up; what was learned from the Center's decisions speaks loudest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mcu.templatetags.mcu_ui import words as counted
from mcu.text import folded
from messages.models import Message
from messages.selectors.guess import NOTHING, Guess, Guesses
from messages.selectors.similar import Similar
from messages.selectors.sorting import Choice, Choices
from messages.stems import WORD

SUGGESTED: Final = 3
# How much each reason weighs. A like case weighs its share of common words, so that a few near ones outweigh a keyword.
_OWN_TOPIC, _PLACE, _WORD, _MORE_WORDS = 3.0, 2.5, 1.5, 0.5
_LEARNED: Final = 4.0  # times the certainty of the block
_LEARNED_BLOCKS: Final = 3
_LIKELY_RECIPIENT: Final = 0.3
_SHORT_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A block with a topic and a recipient, and the reasons in words."""

    block: Choice
    topic: Choice | None
    recipient: Choice | None
    why: str
    certainty: int | None = None  # of the block, per cent, where it was learned


@dataclass(slots=True)
class _Ground:
    """What speaks for one block and topic."""

    weight: float = 0.0
    words: list[str] = field(default_factory=list)
    like: int = 0
    recipients: Counter[int] = field(default_factory=Counter)
    by_topic: bool = False
    by_place: bool = False
    learned: bool = False


def suggestions(*, message: Message, hits: Iterable[Similar], choices: Choices, guesses: Guesses = NOTHING) -> list[Suggestion]:
    """The first three, the best first. ``message`` is one of ``sorting.find``; ``guesses``: what was learned says of it."""
    blocks = {row.pk: row for row in choices.block}
    topics = {row.pk: row for row in choices.topic}
    recipients = {row.pk: row for row in choices.recipient}
    grounds: dict[tuple[int, int | None], _Ground] = defaultdict(_Ground)
    _by_topic(message, topics, grounds)
    _by_words(message, topics, grounds)
    _by_like(hits, blocks, topics, grounds)
    _by_place(message, choices, grounds)
    _by_lessons(guesses, blocks, topics, grounds)
    declined: dict[str, int] = vars(message)["declined"] or {}
    best = sorted(grounds.items(), key=lambda item: -item[1].weight)
    return [
        Suggestion(
            blocks[block_id],
            topics.get(topic_id) if topic_id else None,
            _recipient(block_id, ground, recipients, guesses),
            _why(ground, _per_cent(guesses, block_id)),
            _per_cent(guesses, block_id) if ground.learned else None,
        )
        for (block_id, topic_id), ground in best
        if block_id in blocks and block_id != declined.get("block")  # it has just given the case back
    ][:SUGGESTED]


Grounds = dict[tuple[int, int | None], _Ground]


def _by_topic(message: Message, topics: dict[int, Choice], grounds: Grounds) -> None:
    topic = topics.get(message.topic_id or 0)
    if topic:
        ground = grounds[topic.ids[0], topic.pk]
        ground.weight += _OWN_TOPIC
        ground.by_topic = True


def _by_words(message: Message, topics: dict[int, Choice], grounds: Grounds) -> None:
    """Keywords of the topics that stand in the text; a phrase tells more than a word."""
    written = set(WORD.findall(folded(message.text)))
    hits: list[tuple[int, str, str]] = vars(message)["keyword_hits"]
    once = {(topic_id, stems): keyword for topic_id, keyword, stems in reversed(hits)}  # «яма» and «ямы» are one word
    for (topic_id, _), keyword in reversed(once.items()):
        parts = WORD.findall(folded(keyword))
        # The search passes over «нет» and «на»: in a phrase they must stand in the text, else «нет воды» is any water.
        if len(parts) > 1 and not all(part in written for part in parts if len(part) <= _SHORT_WORD):
            continue
        if topic_id in topics:
            ground = grounds[topics[topic_id].ids[0], topic_id]
            ground.weight += (_MORE_WORDS if ground.words else _WORD) + _MORE_WORDS * (len(parts) - 1)
            ground.words.append(keyword)


def _by_like(hits: Iterable[Similar], blocks: dict[int, Choice], topics: dict[int, Choice], grounds: Grounds) -> None:
    """What was decided in like cases, each by the share of words it has in common, one in the same place a little more."""
    for hit in hits:
        if hit.block_id in blocks:
            ground = grounds[hit.block_id, hit.topic_id if hit.topic_id in topics else None]
            ground.weight += hit.share * (1.3 if hit.same_place else 1)
            ground.like += 1
            if hit.recipient_id:
                ground.recipients[hit.recipient_id] += 1


def _by_place(message: Message, choices: Choices, grounds: Grounds) -> None:
    """The territorial block of the settlement, with the topic that speaks loudest of those of territorial blocks."""
    for block in choices.block:
        if not block.flag or message.settlement_id is None or message.settlement_id not in block.ids:
            continue
        territorial = {row.pk for row in choices.block if row.flag}
        shared = [(ground.weight, key) for key, ground in grounds.items() if key[0] in territorial and key[1] is not None]
        topic_id = max(shared)[1][1] if shared else None
        borrowed = grounds[max(shared)[1]] if shared else None
        ground = grounds[block.pk, topic_id]
        if borrowed is not None and borrowed is not ground:
            ground.weight += borrowed.weight
            ground.words += borrowed.words
        ground.weight += _PLACE if shared else _PLACE / 2
        ground.by_place = True


def _by_lessons(guesses: Guesses, blocks: dict[int, Choice], topics: dict[int, Choice], grounds: Grounds) -> None:
    """The likeliest blocks, each with the likeliest of its topics; without one it joins the other reasons."""
    likely = [one for one in guesses.block if one.pk in blocks][:_LEARNED_BLOCKS]
    for one in likely:
        named = [key for key in grounds if key[0] == one.pk]
        topic = _likely_topic(one.pk, blocks, guesses.topic, topics)
        loudest = max(named, key=lambda key: grounds[key].weight, default=None)
        key = (one.pk, topic) if topic or loudest is None else loudest
        ground = grounds[key]
        ground.weight += _LEARNED * one.share
        ground.learned = True


def _likely_topic(block_id: int, blocks: dict[int, Choice], likely: Iterable[Guess], topics: dict[int, Choice]) -> int | None:
    """The likeliest topic of the block; a territorial block answers for the topics of all."""
    anywhere = blocks[block_id].flag
    return next((one.pk for one in likely if one.pk in topics and (anywhere or topics[one.pk].ids[0] == block_id)), None)


def _per_cent(guesses: Guesses, block_id: int) -> int:
    """Never a hundred: nobody is that certain."""
    return min(round(100 * guesses.shares.get(block_id, 0.0)), 99)


def _recipient(block_id: int, ground: _Ground, recipients: dict[int, Choice], guesses: Guesses) -> Choice | None:
    """Whom most of the like cases were given to, else whom the lessons name, if he answers for this block."""
    named = [pk for pk, times in ground.recipients.most_common(1) if times * 2 > ground.like]
    likely = [one.pk for one in guesses.recipient if one.share >= _LIKELY_RECIPIENT] if ground.learned else []
    for pk in (*named, *likely):
        row = recipients.get(pk)
        if row and (not row.ids or block_id in row.ids):
            return row
    return None


def _why(ground: _Ground, certainty: int) -> str:
    """As in: уверенность 87 % по решениям Центра; по слову «яма»; так решено в 7 похожих."""
    parts = [f"уверенность {certainty} % по решениям Центра"] if ground.learned else []
    if ground.by_topic:
        parts.append("тема указана в сообщении")
    if ground.words:
        quoted = ", ".join(f"«{word}»" for word in dict.fromkeys(ground.words[:3]))
        one = len(ground.words) == 1 and " " not in ground.words[0]
        parts.append(f"по {'слову' if one else 'словам'} {quoted}")
    if ground.by_place:
        parts.append("по населённому пункту")
    if ground.like:
        parts.append(f"так решено в {counted(ground.like, 'похожем,похожих,похожих')}")
    return "; ".join(parts)
