"""«Дорожные карты»: measures that remove the causes of messages (ОКТ Пол. 3.4; КОР 1.2, 3.2)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from blocks.models.charter import Block, Settlement, Topic
from blocks.models.register_row import RegisterQuerySet, RegisterRow
from mcu.models import User


class RoadmapMeasureQuerySet(RegisterQuerySet["RoadmapMeasure"]):
    """Indicator 5 asks: had the topic and territory of an answered message a measure done by then?"""

    def done_by(self, day: date) -> Self:
        """Measures carried out on the day or before it. Approval is shown, not counted: the formula names done ones."""
        return self.valid().filter(done_on__lte=day)

    def covering(self, *, topic: Any, settlement: Any) -> Self:
        """Measures for a topic and a territory (ids or ``OuterRef``); one without a settlement is for the whole district."""
        return self.filter(Q(settlement__isnull=True) | Q(settlement=settlement), topic=topic)

    def waiting(self) -> Self:
        """Measures of roadmaps that the block's curator has not approved yet."""
        return self.valid().filter(approved_on__isnull=True)

    def overdue(self, day: date) -> Self:
        """Measures whose day has passed on ``day`` and which are not done."""
        return self.valid().filter(done_on__isnull=True, due_on__lt=day)


class RoadmapMeasure(RegisterRow):
    """A measure of a block's roadmap: which cause it removes, by when, and what came of it (R56, R106, R147)."""

    DAY = "due_on"
    BOUNDED = True

    roadmap = models.CharField("дорожная карта", max_length=200)
    block = models.ForeignKey(Block, models.PROTECT, verbose_name="блок", related_name="+")
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", related_name="+")
    settlement = models.ForeignKey(  # empty: the whole district
        Settlement, models.PROTECT, verbose_name="населённый пункт", null=True, blank=True, related_name="+"
    )
    cause = models.TextField("какую причину устраняет")
    measure = models.TextField("мероприятие")
    executor = models.CharField("исполнитель", max_length=200, blank=True)  # a post or a unit
    due_on = models.DateField("срок")
    done_on = models.DateField("выполнено", null=True, blank=True)
    result = models.TextField("результат", blank=True)
    approved_on = models.DateField("утверждено", null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    objects = RoadmapMeasureQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "мероприятие дорожной карты"
        verbose_name_plural = "дорожные карты"
        indexes: ClassVar = [
            models.Index(fields=["center", "-due_on", "-id"], name="roadmapmeasure_day"),
            models.Index(
                fields=["topic", "done_on"],
                condition=Q(done_on__isnull=False, voided_at__isnull=True),
                name="roadmapmeasure_done",
            ),
        ]

    def __str__(self) -> str:
        return self.measure
