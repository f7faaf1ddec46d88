"""Who wrote: the personal data, apart from the case."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Right

from messages.models.case import YO, Message

# The last ten digits: «+7 (34678) 2-11-22» and «8 34678 21122» are one telephone.
_PHONE = Right(models.Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="REGEXP_REPLACE"), 10)
_NAME = Lower(models.Func(F("name"), Value(YO[0]), Value(YO[1]), function="TRANSLATE", output_field=models.TextField()))


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
    # By these an applicant's earlier cases are found; generated, so that they never say anything else than the contacts.
    phone_key = models.GeneratedField(expression=_PHONE, output_field=models.CharField(max_length=10), db_persist=True)
    name_key = models.GeneratedField(expression=_NAME, output_field=models.CharField(max_length=300), db_persist=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["phone_key"], condition=~Q(phone=""), name="applicant_phone"),
            models.Index(fields=["name_key"], opclasses=["varchar_pattern_ops"], condition=~Q(name=""), name="applicant_name"),
            models.Index(Lower("email"), condition=~Q(email=""), name="applicant_email"),
        ]

    def __str__(self) -> str:
        return self.name or "Заявитель не назвался"
