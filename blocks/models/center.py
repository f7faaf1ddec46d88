"""The Center, and what every row of its reference lists shares."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.urls import reverse

from mcu.clock import zone


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
