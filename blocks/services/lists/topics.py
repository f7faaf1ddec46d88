"""Topics as a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db.models import F

from blocks.actors import Actor
from blocks.models import Block, Center, Topic
from blocks.policies import Verdict
from blocks.services.lists import work
from blocks.services.lists.columns import Column, Several, Values
from blocks.services.lists.names import ListWords, Names, changes, closing, first_words, free_code, is_closed
from blocks.services.lists.work import Done
from mcu.cells import Line, YesNo
from mcu.errors import Invalid

_WORDS: Final = ListWords(
    found="это тема с кодом {code}: узнана по названию",
    closed="закрыта",
    closing="новые сообщения её не получат, прежние останутся с ней",
)
_CLASSIFIER: Final = re.compile(r"\d{4}(\.\d{4}){0,4}")


class Topics:
    """Topics by their codes, else by their names."""

    code: ClassVar[str] = "topics"
    title: ClassVar[str] = "Темы"
    about: ClassVar[str] = "о чём пишут, какой блок отвечает, по каким словам узнаётся"
    has_log: ClassVar[bool] = True
    columns: ClassVar[Sequence[Column]] = (
        Column("code", "Код", Line(50), hint="по нему тема узнаётся; у новой оставьте пустым", width=22),
        Column("name", "Название", Line(400), hint="как тему видят люди", width=44, needed=True),
        Column("block", "Блок", Line(400), hint="название блока, краткое название или код", width=30, needed=True),
        Column("classifier_code", "Код классификатора", Line(30), hint="0005.0005.0056.1149; можно не указывать", width=24),
        Column("fast_track", "Фаст-трек", YesNo(), hint="да или нет", width=11),
        Column("keywords", "Ключевые слова", Several(60), hint="через точку с запятой", width=50),
        Column("closed", "Закрыть", YesNo(), hint="да — закрыть, нет — открыть закрытую; иначе оставьте пустым", width=10),
    )

    def __init__(self, center: Center, actor: Actor, now: datetime) -> None:
        self.center, self.actor, self.now = center, actor, now
        self.blocks = Names(Block.objects.filter(center=center, closed_at__isnull=True))
        self.known = list(Topic.objects.filter(center=center).select_related("block"))
        self.lines = work.Lines()

    @classmethod
    def may(cls, actor: Actor) -> Verdict:
        """The head and the support."""
        return work.may_keep(actor)

    def rows(self) -> list[list[object]]:
        """Topics by their blocks, the closed ones last."""
        rows = Topic.objects.filter(center=self.center).select_related("block")
        return [
            [row.code, row.name, row.block.name, row.classifier_code, row.fast_track, row.keywords, is_closed(row)]
            for row in rows.order_by(F("closed_at").asc(nulls_first=True), "block__order", "block_id", "order", "id")
        ]

    def put(self, row: Values) -> Done:
        """Add, change, close or open the topic."""
        said = row.said
        topic = Names(self.known).of_row(row.says("code"), said["name"])
        if topic is not None:
            self.lines.once(topic.pk, row.line)
            if topic.closed_at is not None and row.says("closed"):
                return Done(work.SAME, topic.name)  # it stays closed, whatever else has become of what it names
        wanted = {"block": self.blocks.named(said["block"], "Блок"), **row.only("name", "classifier_code", "keywords")}
        if "fast_track" in said:
            wanted["fast_track"] = bool(said["fast_track"])
        if (code := row.says("classifier_code")) and not _CLASSIFIER.fullmatch(code):
            raise Invalid("", {"classifier_code": "«Код классификатора»: нужен код вида 0005.0005.0056.1149."})
        if topic is None:
            return self._add(wanted, row)
        Names(self.known).refuse_twin(topic, said["name"])
        kind, close_words = closing(topic, row.says("closed"), self.now, _WORDS)
        words = changes(topic, wanted, self.columns)
        if not words and kind == work.SAME:
            return Done(work.SAME, topic.name)
        topic.made_by_id = self.actor.user_id
        topic.save()
        found = () if row.says("code") else (_WORDS.found.format(code=topic.code),)
        return Done(kind if kind != work.SAME else work.CHANGED, topic.name, (*found, *close_words, *words))

    def _add(self, wanted: dict[str, Any], row: Values) -> Done:
        if row.says("closed"):
            raise Invalid("", {"closed": "Такой темы нет: закрывать нечего. Проверьте код и название."})
        topic = Topic(
            center=self.center,
            code=free_code("topic", {row.code for row in self.known}),
            order=max((row.order for row in self.known), default=0) + 1,
            made_by_id=self.actor.user_id,
            **wanted,
        )
        topic.save()
        self.known.append(topic)
        self.lines.once(topic.pk, row.line)
        return Done(work.ADDED, topic.name, first_words(topic, self.columns))
