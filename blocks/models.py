"""Who does what: Centers with their charters as data, and the people in them.

Reference rows are never deleted: what disappears from the charter is closed (``closed_at``).
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from blocks.roles import Role
from mcu.append_only import append_only
from mcu.clock import zone
from mcu.models import User


class Center(models.Model):
    """A municipal centre of management (муниципальный центр управления) and the decisions of its charter."""

    slug = models.SlugField(max_length=40, unique=True)
    prefix = models.CharField("начало номеров", max_length=6, unique=True)
    name = models.CharField(max_length=300)
    short = models.CharField(max_length=60)
    district = models.CharField(max_length=200)
    region = models.CharField(max_length=120)
    timezone = models.CharField(max_length=40)
    form = models.CharField(max_length=200, blank=True)
    partner = models.CharField(max_length=200, blank=True)
    decree = models.CharField(max_length=300, blank=True)
    settings = models.JSONField(default=dict, blank=True)  # blocks.charters.Settings, validated by the loader
    legal_grounds = models.JSONField(default=list, blank=True)  # [{code, name, clause}]
    outcomes = models.JSONField(default=list, blank=True)  # [{code, name}]
    notes = models.JSONField(default=list, blank=True)  # oddities of the documents, [{clause, text}]
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("desk", args=[self.slug])

    @property
    def tz(self) -> ZoneInfo:
        return zone(self.timezone)


class CenterRow(models.Model):
    """What every reference row of a charter has: its Center, code, name, place in the list and the day it was closed."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="%(class)ss")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=400)
    order = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["order", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "code"], name="%(class)s_code_once")]

    def __str__(self) -> str:
        return self.name


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


class Recipient(CenterRow):
    """Ответственный получатель: a unit, an institution, a settlement's administration or an organisation."""

    short = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=40)
    blocks = models.ManyToManyField(Block, related_name="recipients", blank=True)
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="recipients")


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


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_on(self, day: date) -> MembershipQuerySet:
        """Memberships in force on a local day of the Center, of people who may sign in."""
        return self.in_force_on(day).filter(user__is_active=True)

    def in_force_on(self, day: date) -> MembershipQuerySet:
        """In force whoever holds them: a blocked person's role may be lent. Both borders belong to the term."""
        in_term = Q(until__isnull=True) | Q(until__gte=day)
        return self.filter(in_term, since__lte=day, revoked_at__isnull=True)


class Membership(models.Model):
    """A person in a role of a Center. Bounds (block, source, recipient, settlement) narrow it; every bound must match."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    center = models.ForeignKey(Center, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="memberships")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="memberships")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="memberships")
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="memberships")
    post = models.CharField("должность", max_length=400)
    by_agreement = models.BooleanField("по согласованию", default=False)
    agreed_on = models.DateField("дата согласия", null=True, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)  # ended at once, before ``until``; or called off before ``since``

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="membership_term"),
            models.CheckConstraint(
                condition=~Q(role__in=["block_curator", "block_responsible"])
                | Q(block__isnull=False)
                | Q(recipient__isnull=False),
                name="membership_of_block_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["source_curator", "accounts"]) | Q(source__isnull=False),
                name="membership_of_source_names_it",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["center", "role"], name="membership_role")]

    def __str__(self) -> str:
        return f"{self.user} — {self.get_role_display()}"


class Substitution(models.Model):
    """For the dates named (both inclusive) the substitute may act in the absent person's role (R35, R154)."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(User, models.PROTECT, related_name="substitutions")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="substitution_term"),
        ]

    def __str__(self) -> str:
        return f"{self.substitute} за {self.membership.user}"


class DutyShift(models.Model):
    """Who is on duty from one moment to another: of a block, of a source, or of the whole Center where neither is named.

    In these hours the person is told of every breach within the bounds, whoever holds the case, and in quiet hours too.
    """

    center = models.ForeignKey(Center, models.PROTECT, related_name="duty_shifts")
    user = models.ForeignKey(User, models.PROTECT, related_name="duty_shifts")
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="duty_shift_term"),
            models.CheckConstraint(condition=Q(block__isnull=True) | Q(source__isnull=True), name="duty_shift_one_bound"),
        ]
        indexes: ClassVar = [models.Index(fields=["center", "until"], name="duty_shift_until")]

    def __str__(self) -> str:
        return f"{self.user} {self.since:%d.%m.%Y %H:%M}"


class CalendarFeed(models.Model):
    """A private address of a person's terms for a calendar program: shown once, kept hashed, called off at any time."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    center = models.ForeignKey(Center, models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "center"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.center}"


class RosterEvent(models.Model):
    """A change of the composition (состав), only ever added to (R1, R43)."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="roster_events", null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="roster_events")
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "-at"], name="roster_event_at")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d.%m.%Y}"


class ApiClient(models.Model):
    """A program that pushes messages: one Center, the sources it is bound to, a key shown once and stored hashed."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=120)
    sources = models.ManyToManyField(Source, related_name="api_clients")
    key_prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "name"], name="api_client_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_authenticated(self) -> bool:
        """What REST framework asks of whoever a key stands for."""
        return self.blocked_at is None
