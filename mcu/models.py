"""The kernel's own tables: people who sign in, one-time links, the outbox of notices and its choices, heartbeats."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    """A person who signs in. What the person may do is said by memberships in Centers, not here."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField("фамилия, имя, отчество", max_length=200)
    phone = models.CharField("служебный телефон", max_length=40, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "пользователь"
        verbose_name_plural = "пользователи"

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.short_name

    @property
    def short_name(self) -> str:
        """«Иванова А. П.» from «Иванова Анна Петровна»."""
        family, *given = self.full_name.split()[:3] or [self.username]
        return " ".join([family, *(f"{name[0]}." for name in given)])

    @property
    def signed_name(self) -> str:
        """«А. П. Иванова»: initials before the family name, as under a letter and a report."""
        family, *given = self.full_name.split()[:3] or [self.username]
        return " ".join([*(f"{name[0]}." for name in given), family])


class OneTimeLink(models.Model):
    """A link that lets one person set a password once: an invitation, a reset, or the first account of an installation."""

    class Purpose(models.TextChoices):
        INVITE = "invite", "приглашение"
        RESET = "reset", "сброс пароля"
        FIRST = "first", "первая учётная запись"

    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256: the link itself is shown once and not kept
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    user = models.ForeignKey(User, models.CASCADE, related_name="one_time_links", null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(purpose="first") | Q(user__isnull=False), name="one_time_link_names_its_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.created_at:%d.%m.%Y}"


# Tried and not delivered, by either way: what the technical desk lists. An index holds these rows alone.
MAIL_TROUBLED: Final = Q(by_email=True, sent_at__isnull=True, attempts__gt=0)
PUSH_TROUBLED: Final = Q(by_push=True, pushed_at__isnull=True, push_attempts__gt=0)


class Outbox(models.Model):
    """A notice to one person, written in the transaction of the change it tells of, delivered afterwards.

    The row is at once the line in the person's list of notices (read_at), the e-mail still to be sent (sent_at) and the
    web push (pushed_at). Each way has its own moment of the next try, count of tries and last error.
    """

    key = models.CharField(max_length=200)  # the same notice is never written twice
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, models.CASCADE, related_name="notices", db_index=False)  # outbox_of_user
    center_slug = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    path = models.CharField("адрес страницы", max_length=300, blank=True)
    attached = models.CharField(max_length=200, blank=True, db_default="", default="")  # a stored file that the letter carries
    attached_name = models.CharField(max_length=200, blank=True, db_default="", default="")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    urgent = models.BooleanField(default=False, db_default=False)  # of a term set in hours
    on_duty = models.BooleanField(default=False, db_default=False)  # a breach to whoever is on duty: passes quiet hours
    by_email = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    by_push = models.BooleanField(default=False, db_default=False)
    pushed_at = models.DateTimeField(null=True, blank=True)
    push_try_at = models.DateTimeField(null=True, blank=True)
    push_attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    push_error = models.TextField(blank=True, default="", db_default="")
    # Made up for after a time down: not sent by itself, told to the person in one message with the others.
    gather = models.BooleanField(default=False, db_default=False)
    # The ways are not the person's own choice for the group: the charter's ladder prescribes them, or they were put together.
    ways_fixed = models.BooleanField(default=False, db_default=False)

    class Meta:
        # Not unique=True: that brings a second index, for words that begin alike.
        constraints: ClassVar = [models.UniqueConstraint(fields=["key"], name="outbox_key_once")]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(sent_at__isnull=True, by_email=True), name="outbox_to_send"),
            models.Index(fields=["push_try_at"], condition=Q(pushed_at__isnull=True, by_push=True), name="outbox_to_push"),
            models.Index(fields=["user", "-created_at"], name="outbox_of_user"),
            # The bell of every page: what is read is not looked through again and again.
            models.Index(fields=["user", "center_slug"], condition=Q(read_at__isnull=True), name="outbox_unread"),
            models.Index(fields=["user", "center_slug", "id"], condition=Q(gather=True), name="outbox_to_gather"),
            models.Index(fields=["center_slug", "-id"], condition=MAIL_TROUBLED | PUSH_TROUBLED, name="outbox_troubled"),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticeSettings(models.Model):
    """How a person wants to be told. No row means the defaults of ``mcu.outbox.groups`` and no quiet hours."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="notice_settings")
    ways = models.JSONField(default=dict)  # {group: [way, …]}; a group that is not named is told as by default
    quiet_from = models.TimeField("тихие часы с", null=True, blank=True)
    quiet_until = models.TimeField("тихие часы до", null=True, blank=True)
    quiet_days_off = models.BooleanField("и в нерабочие дни", default=False)
    digest = models.BooleanField("сводка дня", default=True)
    digest_at = models.TimeField("час сводки", default=time(9))
    timezone = models.CharField(max_length=40)  # of the Center where the person last chose: quiet hours are its hours
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=models.F("quiet_until"))),
                name="quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: уведомления"


class PushDevice(models.Model):
    """A browser that a person allowed to show notices: the address its maker's push service gave, and its keys."""

    user = models.ForeignKey(User, models.CASCADE, related_name="push_devices")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    label = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    pushed_at = models.DateTimeField(null=True, blank=True)  # the last notice it took

    def __str__(self) -> str:
        return self.label

    @property
    def subscription(self) -> dict[str, Any]:
        """As the browser gave it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


class Heartbeat(models.Model):
    """When a recurring or once-only thing last happened: «sweep», «demo»."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%d.%m.%Y %H:%M}"


class CalendarYear(models.Model):
    """A year of the production calendar that was loaded; it replaces the one that comes with the product."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    days = models.JSONField()  # {days_off, shortened, working_weekends}: lists of MM-DD or MM-DD..MM-DD
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return str(self.year)
