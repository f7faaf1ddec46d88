"""The kernel's own tables: people who sign in, one-time links, the outbox of notices, heartbeats."""

from __future__ import annotations

from typing import ClassVar

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


class Outbox(models.Model):
    """A notice to one person, written in the transaction of the change it tells of, delivered afterwards.

    The row is at once the line in the person's list of notices (read_at) and the e-mail still to be sent (sent_at).
    """

    key = models.CharField(max_length=200, unique=True)  # the same notice is never written twice
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    center_slug = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    path = models.CharField("адрес страницы", max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    by_email = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(sent_at__isnull=True, by_email=True), name="outbox_to_send"),
            models.Index(fields=["user", "-created_at"], name="outbox_of_user"),
            # The bell of every page: what is read is not looked through again and again.
            models.Index(fields=["user", "center_slug"], condition=Q(read_at__isnull=True), name="outbox_unread"),
        ]

    def __str__(self) -> str:
        return self.subject


class Heartbeat(models.Model):
    """When a recurring or once-only thing last happened: «sweep», «demo»."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%d.%m.%Y %H:%M}"
