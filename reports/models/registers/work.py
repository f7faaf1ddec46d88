"""Registers: what the Center decides and is judged by: risks, proposals, consultations, practices, assessments."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from blocks.models import Block, Settlement, Topic
from blocks.models.register_row import RegisterQuerySet, RegisterRow


class RiskQuerySet(RegisterQuerySet["InformationRisk"]):
    """Asked for by the common questions of registers alone."""


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
