"""A request as an Open311 client posts it, made into a message as intake takes it."""

from __future__ import annotations

import math
import secrets
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from rest_framework.exceptions import PermissionDenied

from blocks.actors import Actor
from blocks.models import Source, Topic
from mcu.errors import Invalid
from mcu.text import clean_text
from messages.api.open311.places import OTHER_NAME
from messages.services.incoming import LONGEST, LONGEST_OF_APPLICANT, IncomingApplicant, IncomingMessage

Form = dict[str, list[str]]
OTHER_FAMILY: Final = "other"
# By the field of the standard.
_LONGEST: Final = {
    "address_string": LONGEST["address"],
    "address_id": 200,
    "email": LONGEST_OF_APPLICANT["email"],
    "phone": LONGEST_OF_APPLICANT["phone"],
}
_MEDIA: Final = 20
_web = URLValidator(schemes=["http", "https"])
_mail = EmailValidator()


def first(form: Form, name: str) -> str:
    """The field's first value without what cannot be seen; "" where it is absent, empty or says nothing."""
    return clean_text((form.get(name) or [""])[0])


def source_of(actor: Actor) -> Source:
    """The source that the client's requests come from: its only one, else its «other». One query.

    PermissionDenied (403): the key's sources do not tell which is meant.
    """
    rows = list(Source.objects.filter(pk__in=actor.source_ids, closed_at__isnull=True).select_related("center"))
    if len(rows) != 1:
        rows = [source for source in rows if source.code == OTHER_FAMILY] or [
            source for source in rows if source.family == OTHER_FAMILY
        ]
    if len(rows) != 1:
        raise PermissionDenied(
            "Ключ привязан к нескольким источникам, и непонятно, от имени какого принимать. "
            "Для Open311 нужен ключ с одним источником или с источником other."
        )
    return rows[0]


def message_of(form: Form, topic: Topic | None, idempotency_key: str) -> IncomingMessage:
    """The payload for intake. Invalid names every wrong field at once."""
    wrong: dict[str, str] = {}
    lat, lon = _place(form, wrong)
    media = _media(form, wrong)
    for field, longest in _LONGEST.items():
        if len(first(form, field)) > longest:
            wrong[field] = f"Не длиннее {longest} знаков."
    applicant = _applicant(form, wrong)
    external_id = first(form, "external_id") or first(form, "attribute[external_id]") or clean_text(idempotency_key)
    if len(external_id) > LONGEST["external_id"]:
        wrong["external_id"] = f"Не длиннее {LONGEST['external_id']} знаков."
    if wrong:
        raise Invalid(f"Сообщение не принято, проверьте: {', '.join(wrong)}.", wrong)
    return IncomingMessage(
        external_id=external_id or f"open311-{secrets.token_hex(12)}",
        text=_text(form, topic, media),
        topic=topic.code if topic else "",
        address=_address(form),
        lat=lat,
        lon=lon,
        url=media[0] if media else "",
        applicant=applicant,
    )


def _place(form: Form, wrong: dict[str, str]) -> tuple[float | None, float | None]:
    """The pair of coordinates, or none; some place must be said."""
    lat, lon = _degrees(form, "lat", 90, wrong), _degrees(form, "long", 180, wrong)
    if (lat is None) != (lon is None) and not wrong.keys() & {"lat", "long"}:
        wrong["lat" if lat is None else "long"] = "Широта и долгота передаются вместе."
    if lat is None and lon is None and not wrong and not _address(form):
        wrong["address_string"] = "Не указано место: нужны lat и long, address_string или address_id."
    return lat, lon


def _degrees(form: Form, field: str, limit: int, wrong: dict[str, str]) -> float | None:
    said = first(form, field)
    if not said:
        return None
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        wrong[field] = f"Нужны градусы от -{limit} до {limit}, например 61.5."
        return None
    return value


def _address(form: Form) -> str:
    if words := " ".join(first(form, "address_string").split()):
        return words
    known = first(form, "address_id")
    return f"Адрес № {known} по списку отправителя" if known else ""


def _media(form: Form, wrong: dict[str, str]) -> list[str]:
    said = [clean_text(one) for name in ("media_url", "media_url[]") for one in form.get(name, [])]
    media = list(dict.fromkeys(one for one in said if one))[:_MEDIA]
    for one in media:
        try:
            _web(one)
        except ValidationError:
            wrong["media_url"] = "Нужен адрес, начинающийся с http:// или https://."
        if len(one) > LONGEST["url"]:
            wrong["media_url"] = f"Адрес не длиннее {LONGEST['url']} знаков."
    return media


def _applicant(form: Form, wrong: dict[str, str]) -> IncomingApplicant | None:
    email = first(form, "email")
    if email:
        try:
            _mail(email)
        except ValidationError:
            wrong["email"] = "Нужен адрес электронной почты."
    name = " ".join(f"{first(form, 'last_name')} {first(form, 'first_name')}".split())
    if len(name) > LONGEST_OF_APPLICANT["name"]:
        wrong["last_name"] = f"Имя не длиннее {LONGEST_OF_APPLICANT['name']} знаков."
    phone = first(form, "phone")
    return IncomingApplicant(name=name, email=email, phone=phone) if name or email or phone else None


def _text(form: Form, topic: Topic | None, media: list[str]) -> str:
    """The description; where the client has none, which the standard allows, what was chosen. More media at its end."""
    text = first(form, "description") or f"{topic.name if topic else OTHER_NAME}. Описания заявитель не дал."
    return "\n".join([text, *(f"Снимок: {one}" for one in media[1:])])
