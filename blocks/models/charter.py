"""The lists of a Center's charter. Rows are never deleted: what disappears from the charter is closed (``closed_at``)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models.center import Center, CenterRow
from blocks.roles import Role
from mcu.models import User


class RoleTitle(CenterRow):
    """The official title of a role in this Center, its posts and its clause. ``code`` may repeat per source (КОР)."""

    role = models.CharField(max_length=20, choices=Role.choices)
    post = models.TextField(blank=True)
    clause = models.CharField(max_length=200, blank=True)
    from_decree = models.BooleanField(default=True)
    totp_required = models.BooleanField(default=False)


class Settlement(CenterRow):
    kind = models.CharField(max_length=40, blank=True)
    parent = models.CharField("поселение", max_length=200, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)


class Block(CenterRow):
    """Отраслевой (or territorial) block (ОКТ Пол. 1.4; КОР П2 п.7-13)."""

    short = models.CharField(max_length=60)
    territorial = models.BooleanField(default=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="blocks")


class Topic(CenterRow):
    block = models.ForeignKey(Block, models.PROTECT, related_name="topics")
    classifier_code = models.CharField(max_length=30, blank=True)
    fast_track = models.BooleanField(default=False)
    keywords = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # on the page; None: the file


class Recipient(CenterRow):
    """Ответственный получатель: a unit, an institution, a settlement's administration or an organisation."""

    short = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=40)
    blocks = models.ManyToManyField(Block, related_name="recipients", blank=True)
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="recipients")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # on the page; None: the file


class Source(CenterRow):
    """Where messages come from, who approves their answers and who sends them (Регл. 2.1, 2.5)."""

    short = models.CharField(max_length=60)
    family = models.CharField(max_length=20)
    regime = models.CharField(max_length=10)  # the legal regime when the message itself does not say
    approval = ArrayField(models.CharField(max_length=20), default=list)  # roles in order, the block curator first
    publisher = models.CharField(max_length=20, choices=Role.choices)
    clause = models.CharField(max_length=200, blank=True)

    @property
    def needs_head(self) -> bool:
        return Role.HEAD in self.approval


class DeadlineRule(CenterRow):
    """A term of the charter. Empty matching fields mean «any»; the most specific rule of a kind wins (messages.terms)."""

    kind = models.CharField(max_length=20)
    clause = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=10)  # decree | law | default
    internal = models.BooleanField(default=False)  # an internal term never decides «в срок»
    regime = models.CharField(max_length=10, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    fast_track = models.BooleanField(null=True, blank=True)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.CharField(max_length=20)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=20)
    day_count = models.CharField(max_length=20)
    on_day_off = models.CharField(max_length=30)
    warn_shares = ArrayField(models.FloatField(), default=list)
    warn_before = ArrayField(models.PositiveIntegerField(), default=list, blank=True)  # minutes left, on the rule's clock
    ladder = models.JSONField(default=list)  # [{to, after_hours | after_days, working, when, ways}]
    pauses = models.BooleanField(default=False)  # a question to the applicant stops the clock
    # An edition is never edited once cases may run by it: a change closes it and a new one begins.
    since = models.DateTimeField(null=True, blank=True)  # of the first edition None: it always was
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # on the page; None: the file

    class Meta(CenterRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["center", "code"], condition=Q(closed_at__isnull=True), name="deadlinerule_one_edition_in_force"
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(closed_at__isnull=True) | Q(closed_at__gte=models.F("since")),
                name="deadlinerule_edition_term",
            ),
        ]


class Indicator(CenterRow):
    number = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=20)
    formula = models.TextField(blank=True)
    targets = models.JSONField(default=dict)  # {"2026": 74}
    note = models.TextField(blank=True)


class ReportDuty(CenterRow):
    """A report the decree asks for: who makes it, how often, for whom."""

    period = models.CharField(max_length=20)
    author = models.CharField(max_length=60)
    recipients = ArrayField(models.CharField(max_length=60), default=list)
    clause = models.CharField(max_length=200, blank=True)


class CharterLoad(models.Model):
    """A load of the charter that changed something: when, from what, and the changes as they were shown."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="charter_loads")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    changes = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.center} {self.at:%d.%m.%Y %H:%M}"
