"""Programs that push and read messages: who they are, their keys, what they may, how much they call."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models.center import Center
from blocks.models.charter import Source
from mcu.append_only import append_only
from mcu.models import User


class Scope(models.TextChoices):
    """What a client may do with the messages of its sources."""

    PUSH = "push", "передавать и дополнять сообщения"
    READ = "read", "читать переданное им самим и ответы"
    READ_ALL = "read_all", "читать все сообщения своих источников, без данных заявителей"


def first_scopes() -> list[str]:
    """What every client could do before there were scopes."""
    return [Scope.PUSH.value, Scope.READ.value]


class ApiClient(models.Model):
    """A program that pushes or reads messages: one Center, the sources it is bound to, what it may do there."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=120)
    sources = models.ManyToManyField(Source, related_name="api_clients")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), default=first_scopes)
    rate = models.PositiveIntegerField("вызовов в минуту", null=True, blank=True)  # None: the installation's own limit
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    blocked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "name"], name="api_client_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_authenticated(self) -> bool:
        """What REST framework asks of whoever a key stands for."""
        return self.blocked_at is None


class ApiKey(models.Model):
    """One key of a client, shown once and stored hashed. While keys are exchanged the old one works beside the new."""

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)  # of an old one: the end of the overlap
    blocked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.prefix


class ApiClientEvent(models.Model):
    """A line of a client's history, only ever added to: who made, changed or blocked what. Never a key or a secret."""

    class Kind(models.TextChoices):
        MADE = "made", "Программа заведена"
        CHANGED = "changed", "Права изменены"
        ROTATED = "rotated", "Выдан новый ключ"
        KEY_BLOCKED = "key_blocked", "Ключ заблокирован"
        BLOCKED = "blocked", "Программа заблокирована"
        WEBHOOK_ADDED = "webhook_added", "Добавлен адрес оповещения"
        WEBHOOK_DISABLED = "webhook_disabled", "Оповещение выключено"
        WEBHOOK_ENABLED = "webhook_enabled", "Оповещение включено снова"
        WEBHOOK_REMOVED = "webhook_removed", "Адрес оповещения убран"
        SIGNING_SHOWN = "signing_shown", "Показан секрет подписи"

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # None: a command, or the program itself
    kind = models.CharField(max_length=30)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["client", "at", "id"], name="api_client_event")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d.%m.%Y %H:%M}"


class ApiUsage(models.Model):
    """How much a client called on a day of its Center; gathered from the cache every minute, so the last one may be missing."""

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="usage")
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)  # answered 4xx other than 429
    limited = models.PositiveIntegerField(default=0)  # answered 429
    failed = models.PositiveIntegerField(default=0)  # answered 5xx

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "day"], name="api_usage_once")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.day:%d.%m.%Y}: {self.calls}"


class IdempotentCall(models.Model):
    """A call made under an ``Idempotency-Key``: a repeat is given the kept answer. Removed after a day."""

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of method, address and body: another call under the same key is refused
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # None: still being made
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "key"], name="idempotent_call_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="idempotent_call_at")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.status}"


class Webhook(models.Model):
    """Where a client wants changes told. Delivered in the order of the changes feed, so a place in it is all that is kept."""

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=1000)
    salt = models.CharField(max_length=32)  # the secret is derived from it and the installation's, never stored
    position = models.BigIntegerField(default=0)  # the last change told, or where the feed stood when it was made
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)  # since the last success
    failing_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # the last success
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "url"], name="webhook_once")]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(disabled_at__isnull=True), name="webhook_to_try"),
        ]

    def __str__(self) -> str:
        return self.url
