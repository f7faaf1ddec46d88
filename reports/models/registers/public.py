"""Registers: what is done with and before residents: decisions, publications, hearings, campaigns."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from blocks.models import Recipient, Settlement, Topic
from blocks.models.register_row import Reader, RegisterQuerySet, RegisterRow
from blocks.roles import BLOCK_ROLES


class DecisionQuerySet(RegisterQuerySet["ResidentDecision"]):
    """Indicator 4: ``via_pos().in_period(…)`` is the denominator, the same ``announced()`` the numerator."""

    def via_pos(self) -> Self:
        """Decisions taken through the ПОС: votes, polls, discussions there."""
        return self.valid().filter(via_pos=True)

    def announced(self, until: date | None = None) -> Self:
        """Decisions whose execution residents were told of in social networks (by the day): by a note of the announcement
        on the decision itself, or by a publication of a recipient that names the decision, made once it was executed."""
        said = Publication.objects.valid().filter(decision=OuterRef("pk"), published_on__gte=OuterRef("executed_on"))
        noted = Q(announced_on__isnull=False)
        if until is not None:
            said, noted = said.filter(published_on__lte=until), Q(announced_on__lte=until)
        return self.valid().filter(noted | Exists(said), executed_on__isnull=False)


class ResidentDecision(RegisterRow):
    """A decision taken with residents and how they were told of its execution (indicator 4)."""

    class Way(models.TextChoices):
        VOTE = "vote", "голосование"
        POLL = "poll", "опрос"
        DISCUSSION = "discussion", "обсуждение"

    DAY = "decided_on"

    decided_on = models.DateField("принято")
    title = models.CharField("решение", max_length=300)
    way = models.CharField("способ", max_length=12, choices=Way.choices)
    via_pos = models.BooleanField("через ПОС", default=True)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="населённый пункт", null=True, blank=True, related_name="+"
    )
    participants = models.PositiveIntegerField("участников", null=True, blank=True)
    url = models.CharField("ссылка на голосование", max_length=500, blank=True)
    executed_on = models.DateField("исполнено", null=True, blank=True)
    execution = models.TextField("что сделано", blank=True)
    announced_on = models.DateField("жителям сообщено", null=True, blank=True)
    announcement_url = models.CharField("ссылка на сообщение об исполнении", max_length=500, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "решение с участием жителей"
        verbose_name_plural = "решения с участием жителей"
        indexes: ClassVar = [models.Index(fields=["center", "-decided_on", "-id"], name="residentdecision_day")]

    def __str__(self) -> str:
        return self.title


class PublicationQuerySet(RegisterQuerySet["Publication"]):
    """Indicator 3: recipients that ``published()`` in the period, out of those in force."""

    def published(self) -> Self:
        """What came out; the rest is a plan."""
        return self.valid().filter(published_on__isnull=False)

    def late(self, day: date) -> Self:
        """Planned for a day before this one and not out yet."""
        return self.valid().filter(published_on__isnull=True, planned_on__lt=day)


class Publication(RegisterRow):
    """A publication of a recipient in a social network: the content plan and the log of what came out (R137-R139)."""

    class Kind(models.TextChoices):
        POST = "post", "публикация"
        GOSPUBLIC = "gospublic", "Госпаблик"
        VIDEO = "video", "видео"
        LIVE = "live", "прямой эфир"

    DAY = "published_on"

    recipient = models.ForeignKey(Recipient, models.PROTECT, verbose_name="получатель", related_name="+")
    network = models.CharField("социальная сеть", max_length=60)  # of the charter's social_networks
    kind = models.CharField("вид", max_length=10, choices=Kind.choices, default=Kind.POST)
    title = models.CharField("о чём", max_length=300)
    planned_on = models.DateField("по плану", null=True, blank=True)
    published_on = models.DateField("вышла", null=True, blank=True)
    url = models.CharField("ссылка", max_length=500, blank=True)
    views = models.PositiveIntegerField("просмотров", null=True, blank=True)
    reactions = models.PositiveIntegerField("откликов", null=True, blank=True)
    decision = models.ForeignKey(
        ResidentDecision,
        models.PROTECT,
        verbose_name="об исполнении решения",
        null=True,
        blank=True,
        related_name="publications",
    )

    objects = PublicationQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "публикация"
        verbose_name_plural = "публикации в социальных сетях"
        indexes: ClassVar = [models.Index(fields=["center", "-published_on", "-id"], name="publication_day")]
        constraints: ClassVar = [
            *RegisterRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(planned_on__isnull=False) | Q(published_on__isnull=False), name="publication_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def of_blocks(cls, actor: Reader) -> Q:
        """Publications of the recipients in the actor's blocks."""
        found = Q(pk__in=[])
        for grant in actor.grants:
            if grant.role in BLOCK_ROLES and grant.recipient_id:
                found |= Q(recipient_id=grant.recipient_id)
            elif grant.role in BLOCK_ROLES and grant.block_id:
                found |= Q(recipient__blocks=grant.block_id)
        return found


class HearingQuerySet(RegisterQuerySet["PublicHearing"]):
    """Indicator 7: ``with_pos()`` of the period out of ``valid()`` of the period."""

    def with_pos(self) -> Self:
        """Hearings held with the ПОС."""
        return self.valid().filter(with_pos=True)


class PublicHearing(RegisterRow):
    """A public hearing and whether the ПОС was used for it (indicator 7)."""

    DAY = "held_on"

    held_on = models.DateField("день")
    title = models.CharField("о чём", max_length=300)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="населённый пункт", null=True, blank=True, related_name="+"
    )
    with_pos = models.BooleanField("с использованием ПОС", default=False)
    url = models.CharField("ссылка", max_length=500, blank=True)
    participants = models.PositiveIntegerField("участников", null=True, blank=True)
    result = models.TextField("что решили", blank=True)

    objects = HearingQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "публичные слушания"
        verbose_name_plural = "публичные слушания"
        indexes: ClassVar = [models.Index(fields=["center", "-held_on", "-id"], name="publichearing_day")]

    def __str__(self) -> str:
        return self.title


class CampaignQuerySet(RegisterQuerySet["Campaign"]):
    """Asked for by the common questions of registers alone."""


class Campaign(RegisterRow):
    """An information campaign with explanations on a topic that many write about (R49)."""

    DAY = "starts_on"

    title = models.CharField("название", max_length=300)
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", related_name="+")
    starts_on = models.DateField("с")
    ends_on = models.DateField("по")
    channels = models.CharField("где", max_length=300)
    explanation = models.TextField("что разъясняли")
    result = models.TextField("что дало", blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "информационная кампания"
        verbose_name_plural = "информационные кампании"
        indexes: ClassVar = [models.Index(fields=["center", "-starts_on", "-id"], name="campaign_day")]
        constraints: ClassVar = [
            *RegisterRow.Meta.constraints,
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_term"),
        ]

    def __str__(self) -> str:
        return self.title
