"""Who wrote: the personal data, apart from the case."""

from __future__ import annotations

from django.db import models

from messages.models.case import Message


class Applicant(models.Model):
    """Who wrote: personal data, apart from the case so that it can be shown on request and depersonalised (R102)."""

    class Type(models.TextChoices):
        CITIZEN = "citizen", "гражданин Российской Федерации"
        FOREIGNER = "foreigner", "иностранный гражданин"
        STATELESS = "stateless", "лицо без гражданства"
        ABROAD = "abroad", "гражданин Российской Федерации, живущий за рубежом"
        ORGANISATION = "organisation", "юридическое лицо"

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="applicant")
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.CITIZEN)
    name = models.CharField(max_length=300, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.name or "Заявитель не назвался"
