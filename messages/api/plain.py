"""Messages that are plainly right, read without the serializer: of what comes by thousands nearly all are.

Says yes only to what ``MessageIn`` takes, and reads it the same way; whatever else comes is left to the serializer, which
alone knows what is wrong with it and takes fourteen times as long. A test compares the two; lengths are the same constants.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from messages.models import Applicant, Control, Regime
from messages.services.incoming import LONGEST, LONGEST_OF_APPLICANT, TEXT_MAX, IncomingApplicant, IncomingMessage

_FIELDS: Final = frozenset(
    ("source", "external_id", "text", "received_at", "kind", "fast_track", "topic", "settlement", "address", "lat", "lon",
     "url", "control", "applicant")
)  # fmt: skip
_APPLICANT_FIELDS: Final = frozenset(("name", "email", "phone", "type"))
_TYPES: Final = frozenset(map(str, Applicant.Type.values))
_KINDS: Final = frozenset(map(str, Regime.values))
_CONTROLS: Final = frozenset(map(str, Control.values))
_MOMENT_MAX: Final = 40
_STRANGE: Final = re.compile("[\x00\ud800-\udfff]").search
# Names of letters and digits under an ordinary ending: a small part of what the serializer takes.
_ADDRESS: Final = re.compile(r"https?://(?:[a-z0-9]{1,40}\.){1,4}[a-z]{2,20}(?:/[!-~]*)?").fullmatch


class _Unsure(Exception):
    """Let the serializer say."""


def read(item: Any, tz: tzinfo) -> tuple[str, IncomingMessage] | None:
    """The code of the source and the message; None where the serializer has to look. ``tz``: of times without a zone."""
    if item.__class__ is not dict or not item.keys() <= _FIELDS:
        return None
    try:
        return _words(item.get("source"), LONGEST["source"]), _message(item, tz)
    except _Unsure:
        return None


def _message(item: dict[str, Any], tz: tzinfo) -> IncomingMessage:
    lat, lon = _degrees(item.get("lat"), 90), _degrees(item.get("lon"), 180)
    if (lat is None) != (lon is None):
        raise _Unsure
    number, fast_track = item.get("external_id"), item.get("fast_track")
    if fast_track is not None and fast_track.__class__ is not bool:
        raise _Unsure
    return IncomingMessage(
        external_id=_words(str(number) if number.__class__ is int else number, LONGEST["external_id"]),
        text=_words(item.get("text"), TEXT_MAX),
        received_at=_moment(item.get("received_at"), tz),
        kind=_one_of(item.get("kind"), _KINDS),
        fast_track=fast_track,
        topic=_optional(item.get("topic"), LONGEST["topic"]),
        settlement=_optional(item.get("settlement"), LONGEST["settlement"]),
        address=_optional(item.get("address"), LONGEST["address"]),
        lat=lat,
        lon=lon,
        url=_web_address(item.get("url")),
        control=_one_of(item.get("control"), _CONTROLS),
        applicant=_applicant(item.get("applicant")),
    )


def _words(said: Any, limit: int) -> str:
    words = _optional(said, limit)
    if not words:
        raise _Unsure
    return words


def _optional(said: Any, limit: int) -> str:
    if said is None:
        return ""
    if said.__class__ is not str or _STRANGE(said):
        raise _Unsure
    words: str = (said.replace("\r\n", "\n").replace("\r", "\n") if "\r" in said else said).strip()
    if len(words) > limit:
        raise _Unsure
    return words


def _one_of(said: Any, known: frozenset[str]) -> str | None:
    if said.__class__ is not str and said is not None:
        raise _Unsure
    if not said:
        return None
    if said not in known:
        raise _Unsure
    return str(said)


def _moment(said: Any, tz: tzinfo) -> datetime | None:
    if said is None:
        return None
    if said.__class__ is not str or len(said) > _MOMENT_MAX:
        raise _Unsure
    try:
        moment = datetime.fromisoformat(said.strip())
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unsure from None


def _degrees(said: Any, limit: int) -> float | None:
    if said is None:
        return None
    if said.__class__ not in (int, float) or not -limit <= said <= limit:
        raise _Unsure
    return float(said)


def _web_address(said: Any) -> str:
    address = _optional(said, LONGEST["url"])
    if address and not _ADDRESS(address):
        raise _Unsure
    return address


def _applicant(said: Any) -> IncomingApplicant | None:
    if said is None:
        return None
    if said.__class__ is not dict or not said.keys() <= _APPLICANT_FIELDS:
        raise _Unsure
    name, email, phone = (_optional(said.get(one), LONGEST_OF_APPLICANT[one]) for one in ("name", "email", "phone"))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise _Unsure from None
    kind = _one_of(said.get("type"), _TYPES)
    if not (name or email or phone or kind):
        return None
    return IncomingApplicant(name=name, email=email, phone=phone, type=kind or Applicant.Type.CITIZEN)
