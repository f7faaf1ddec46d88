"""Registers that feed the reports: small tables that people of the Center keep. Measures of roadmaps: ``blocks.models``."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from blocks.models import Block, Center, Recipient, Settlement, Topic
from blocks.models.register_row import Reader, RegisterQuerySet, RegisterRow
from blocks.roles import BLOCK_ROLES
from mcu.append_only import append_only
from mcu.models import User


class RiskQuerySet(RegisterQuerySet["InformationRisk"]):
    def open_on(self, day: date) -> Self:
        """Noticed by the end of the day and not closed by then."""
        return self.valid().filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day), noticed_on__lte=day)


class InformationRisk(RegisterRow):
    """An information risk seen in the media, networks or a document of the ЦУР, and what is advised (R67, R151)."""

    class Where(models.TextChoices):
        MEDIA = "media", "СМИ"
        NETWORK = "network", "социальная сеть"
        CUR = "cur", "документ ЦУР"
        OTHER = "other", "другое"

    class Level(models.TextChoices):
        HIGH = "high", "высокий"
        MEDIUM = "medium", "средний"
        LOW = "low", "низкий"

    DAY = "noticed_on"
    BOUNDED = True

    noticed_on = models.DateField("замечен")
    where = models.CharField("где", max_length=10, choices=Where.choices)
    url = models.CharField("ссылка", max_length=500, blank=True)
    summary = models.TextField("суть")
    level = models.CharField("уровень", max_length=10, choices=Level.choices)
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", null=True, blank=True, related_name="+")
    block = models.ForeignKey(Block, models.PROTECT, verbose_name="блок", null=True, blank=True, related_name="+")
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="населённый пункт", null=True, blank=True, related_name="+"
    )
    factual = models.TextField("что сделать по существу", blank=True)
    informing = models.TextField("что сообщить жителям", blank=True)
    closed_on = models.DateField("снят", null=True, blank=True)
    result = models.TextField("чем закончилось", blank=True)

    objects = RiskQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "информационный риск"
        verbose_name_plural = "информационные риски"
        indexes: ClassVar = [models.Index(fields=["center", "-noticed_on", "-id"], name="informationrisk_day")]

    def __str__(self) -> str:
        return self.summary


class ConsultationQuerySet(RegisterQuerySet["Consultation"]):
    """Counted by result and way."""


class Consultation(RegisterRow):
    """A consultation given and what came of the problem; nothing in it says whom it was given to (R72)."""

    class Way(models.TextChoices):
        PHONE = "phone", "по телефону"
        VISIT = "visit", "на приёме"
        MEETING = "meeting", "на встрече с жителями"
        ONLINE = "online", "в сети"

    class Result(models.TextChoices):
        SOLVED = "solved", "решено"
        UNSOLVED = "unsolved", "не решено"
        EXPLAINED = "explained", "разъяснено"
        PASSED_ON = "passed_on", "передано"

    DAY = "held_on"
    BOUNDED = True
    FOR_OBSERVERS = False

    held_on = models.DateField("день")
    way = models.CharField("способ", max_length=10, choices=Way.choices)
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", related_name="+")
    block = models.ForeignKey(Block, models.PROTECT, verbose_name="блок", null=True, blank=True, related_name="+")
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, verbose_name="населённый пункт", null=True, blank=True, related_name="+"
    )
    summary = models.TextField("вопрос и что разъяснили")
    result = models.CharField("итог", max_length=10, choices=Result.choices)
    case_number = models.CharField("номер сообщения", max_length=30, blank=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "консультация"
        verbose_name_plural = "консультации"
        indexes: ClassVar = [models.Index(fields=["center", "-held_on", "-id"], name="consultation_day")]

    def __str__(self) -> str:
        return self.summary


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
    def running_on(self, day: date) -> Self:
        """Begun by the day and not over before it."""
        return self.valid().filter(starts_on__lte=day, ends_on__gte=day)


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


class PracticeQuerySet(RegisterQuerySet["BestPractice"]):
    """Counted by block."""


class BestPractice(RegisterRow):
    """A best practice: what it gave and where it was spread to (R107, R148)."""

    DAY = "found_on"

    found_on = models.DateField("выявлена")
    title = models.CharField("практика", max_length=300)
    block = models.ForeignKey(Block, models.PROTECT, verbose_name="блок", null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", null=True, blank=True, related_name="+")
    description = models.TextField("в чём она")
    effect = models.TextField("экономический эффект", blank=True)
    productivity = models.TextField("производительность", blank=True)
    quality = models.TextField("качество решений", blank=True)
    spread_to = models.TextField("где применили ещё", blank=True)

    objects = PracticeQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "лучшая практика"
        verbose_name_plural = "лучшие практики"
        indexes: ClassVar = [models.Index(fields=["center", "-found_on", "-id"], name="bestpractice_day")]

    def __str__(self) -> str:
        return self.title


class ProposalQuerySet(RegisterQuerySet["Proposal"]):
    """The problemator shows ``in_period(week, tz, "decided_on")``: last week's decisions, and what came of them."""

    def waiting(self) -> Self:
        """Not decided yet."""
        return self.valid().filter(decision="")

    def accepted(self) -> Self:
        return self.valid().filter(decision=Proposal.Decision.ACCEPTED)

    def overdue(self, day: date) -> Self:
        """Accepted, due before the day and not done."""
        return self.accepted().filter(done_on__isnull=True, due_on__lt=day)


class Proposal(RegisterRow):
    """A proposal to the head of the district, the curator or the head, what was decided and what came of it (R21, R24)."""

    class To(models.TextChoices):
        DISTRICT_HEAD = "district_head", "главе района"
        CURATOR = "curator", "куратору Центра"
        HEAD = "head", "руководителю Центра"

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", "принято"
        DECLINED = "declined", "отклонено"
        POSTPONED = "postponed", "отложено"

    DAY = "proposed_on"
    BOUNDED = True
    FOR_OBSERVERS = False

    proposed_on = models.DateField("внесено")
    proposed_by = models.CharField("кто предлагает", max_length=300)  # a post or a unit, not a name
    text = models.TextField("предложение")
    addressed_to = models.CharField("кому", max_length=15, choices=To.choices)
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name="тема", null=True, blank=True, related_name="+")
    block = models.ForeignKey(Block, models.PROTECT, verbose_name="блок", null=True, blank=True, related_name="+")
    decision = models.CharField("решение", max_length=10, choices=Decision.choices, blank=True)  # empty: not yet
    decided_on = models.DateField("решено", null=True, blank=True)
    decision_text = models.TextField("что решили", blank=True)
    protocol = models.CharField("номер протокола", max_length=100, blank=True)
    responsible = models.CharField("ответственный", max_length=200, blank=True)  # a post or a unit
    due_on = models.DateField("срок", null=True, blank=True)
    done_on = models.DateField("исполнено", null=True, blank=True)
    result = models.TextField("что сделано", blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "предложение"
        verbose_name_plural = "предложения и решения"
        indexes: ClassVar = [
            models.Index(fields=["center", "-proposed_on", "-id"], name="proposal_day"),
            models.Index(fields=["center", "decided_on"], name="proposal_decided"),
        ]
        constraints: ClassVar = [
            *RegisterRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(decision="", decided_on__isnull=True) | (~Q(decision="") & Q(decided_on__isnull=False)),
                name="proposal_decided_with_day",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class AssessmentQuerySet(RegisterQuerySet["Assessment"]):
    """In order of the day of the assessment."""


class Assessment(RegisterRow):
    """An assessment of the Center by the ЦУР (R76)."""

    DAY = "assessed_on"

    since = models.DateField("за период с")
    until = models.DateField("по")
    assessed_on = models.DateField("дата оценки")
    subject = models.CharField("что оценивали", max_length=300)
    score = models.DecimalField("оценка", max_digits=7, decimal_places=2)
    scale = models.DecimalField("из скольких", max_digits=7, decimal_places=2)
    remarks = models.TextField("замечания", blank=True)
    done = models.TextField("что сделано по замечаниям", blank=True)
    document = models.CharField("номер документа", max_length=120, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta(RegisterRow.Meta):
        verbose_name = "оценка ЦУР"
        verbose_name_plural = "оценки ЦУР"
        indexes: ClassVar = [models.Index(fields=["center", "-assessed_on", "-id"], name="assessment_day")]
        constraints: ClassVar = [
            *RegisterRow.Meta.constraints,
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="assessment_term"),
            models.CheckConstraint(condition=Q(score__lte=F("scale")), name="assessment_within_scale"),
        ]

    def __str__(self) -> str:
        return self.subject


class RegisterEvent(models.Model):
    """One line of a row's history, only ever added to: who wrote what, in which role, before and after."""

    class Kind(models.TextChoices):
        CREATED = "created", "Запись внесена"
        CHANGED = "changed", "Запись изменена"
        APPROVED = "approved", "Дорожная карта утверждена"
        VOIDED = "voided", "Запись аннулирована"

    center = models.ForeignKey(Center, models.PROTECT, related_name="+", db_index=False)
    register = models.CharField(max_length=20)  # code of reports.registers
    row = models.BigIntegerField()  # of the register's own table
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20, blank=True)
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    file_name = models.CharField(max_length=200, blank=True)  # of the file it was brought by
    changes = models.JSONField(default=list)  # [{field, before, after}] in words as they were shown
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["register", "row", "-id"], name="register_event_of_row")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.register} {self.row} {self.kind}"


class RegisterImport(models.Model):
    """A file brought to a register: read, shown as a preview, then put in once or never."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="+", db_index=False)
    register = models.CharField(max_length=20)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    name = models.CharField(max_length=200)
    table = models.JSONField(default=dict)  # {"headers": […], "rows": [[line, [cell, …]], …]}: cells as text
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "register", "-at"], name="register_import_at")]

    def __str__(self) -> str:
        return f"{self.register} {self.name}"
