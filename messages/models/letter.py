"""The letter that carries an answer out: its number, frozen files and way of delivery."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

from mcu.models import User
from messages.models.answer import Reply
from messages.models.case import Message

# The mail server refused it for good: it waits for its sender again.
REFUSED: Final = models.Q(method="email", mailed_at__isnull=True, next_try_at__isnull=True, attempts__gt=0)


class Letter(models.Model):
    """The answer to an appeal on the Center's letterhead, once for each version that goes out; files never change."""

    class Method(models.TextChoices):
        EMAIL = "email", "электронной почтой"
        POST = "post", "почтой"
        IN_HAND = "in_hand", "в руки"

    message = models.ForeignKey(Message, models.PROTECT, related_name="letters")
    reply = models.OneToOneField(Reply, models.PROTECT, related_name="letter")
    number = models.CharField("исходящий №", max_length=60, unique=True)
    dated = models.DateField("дата")  # local day of the Center
    signer = models.CharField("подписал", max_length=200)
    signer_post = models.CharField("должность", max_length=400, blank=True)
    docx = models.FileField(max_length=300)
    pdf = models.FileField(max_length=300)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    method = models.CharField(max_length=10, choices=Method.choices, blank=True)
    tracking = models.CharField("номер отправления", max_length=40, blank=True)
    handed_to = models.CharField("кто получил", max_length=200, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)  # the e-mail left us
    mail_error = models.TextField(blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="letter_to_mail"),
            models.Index(fields=["message", "made_at"], name="letter_of_message"),
            models.Index(fields=["message"], condition=REFUSED, name="letter_refused"),
        ]

    def __str__(self) -> str:
        return self.number
