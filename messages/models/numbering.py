"""Numbers of cases and letters, and the words that staff put on cases."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

from blocks.models import Center

NUMBER_FORMAT: Final = "{prefix}-{year}-{number:06d}"  # where the charter says nothing else


class NumberSequence(models.Model):
    """The last running number of a Center's year; the row is locked while a number is taken, so none is lost or doubled."""

    class Series(models.TextChoices):
        CASE = "case", "сообщения"
        LETTER = "letter", "исходящие письма"

    center = models.ForeignKey(Center, models.PROTECT, related_name="+")
    series = models.CharField(max_length=10, choices=Series.choices, default=Series.CASE)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "series", "year"], name="number_sequence_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"

    @staticmethod
    def written(center: Center, year: int, number: int) -> str:
        """The number as the charter writes it: prefix, year and running number, «ОКТ-2026-000123»."""
        form = str(center.settings.get("number_format", NUMBER_FORMAT))
        return form.format(prefix=center.prefix, year=year, number=number)


class Tag(models.Model):
    """A word of the Center's own that staff put on cases, to find them again."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "name"], name="tag_once")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
