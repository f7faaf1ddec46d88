"""Strict JSON fields: a number is a number, a word is a word, and every refusal says in Russian what was expected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar, Final

from django.core.validators import EmailValidator, URLValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from mcu.problems import printable

_UNREADABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MAX_UNKNOWN: Final = 20
_COMMON: Final = {"required": "Обязательное поле.", "null": "Поле не может быть null."}


class Words(serializers.CharField):
    """A JSON string without NUL and without halves of characters; outer spaces are cut, line ends become ``\\n``."""

    default_error_messages: ClassVar = {
        **_COMMON,
        "invalid": "Нужна строка.",
        "blank": "Поле не может быть пустым.",
        "max_length": "Не длиннее {max_length} знаков.",
        "unreadable": "В строке есть нулевой знак или половина знака (U+0000, U+D800…U+DFFF).",
    }

    def __init__(self, **kwargs: Any) -> None:
        # Said in the description too; an empty string is refused in the words for a blank one.
        super().__init__(**{**({} if kwargs.get("allow_blank") else {"min_length": 1}), **kwargs})

    def run_validation(self, data: Any = empty) -> Any:
        # Before the framework turns a list or a number into its text.
        if data is not empty and data is not None:
            data = self.as_words(data)
        return super().run_validation(data)

    def as_words(self, data: Any) -> str:
        """The string itself, or a refusal."""
        if not isinstance(data, str):
            self.fail("invalid")
        if _UNREADABLE.search(data):
            self.fail("unreadable")
        return data.replace("\r\n", "\n").replace("\r", "\n")


class OptionalWords(Words):
    """Words that may be absent, null or empty, all meaning that the source does not say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, "default": "", **kwargs})

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation(data) or ""


class OutsideNumber(Words):
    """The number in the source. Exports often have whole numbers there: 2246 and "2246" are the same."""

    def as_words(self, data: Any) -> str:
        if isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        return super().as_words(data)


@extend_schema_field(OpenApiTypes.URI)
class WebAddress(OptionalWords):
    """An http or https address."""

    def run_validation(self, data: Any = empty) -> Any:
        words = super().run_validation(data)
        if words:
            message = "Нужен адрес страницы, начинающийся с http:// или https://."
            URLValidator(schemes=["http", "https"], message=message)(words)
        return words


@extend_schema_field(OpenApiTypes.EMAIL)
class MailAddress(OptionalWords):
    """An e-mail address."""

    def run_validation(self, data: Any = empty) -> Any:
        words = super().run_validation(data)
        if words:
            EmailValidator(message="Нужен адрес электронной почты.")(words)
        return words


class OneOf(serializers.ChoiceField):
    """One of a few codes; null or "" mean that the source does not say."""

    default_error_messages: ClassVar = {**_COMMON, "invalid_choice": "Допустимы только: {known}."}

    def run_validation(self, data: Any = empty) -> Any:
        if data in ("", None):
            data = None
        elif data is not empty and (not isinstance(data, str) or data not in self.choices):
            self.fail("invalid_choice", known=", ".join(map(str, self.choices)))
        return super().run_validation(data)


class Flag(serializers.BooleanField):
    """JSON true or false, nothing that merely looks like them."""

    default_error_messages: ClassVar = {**_COMMON, "invalid": "Нужно true или false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Whole(serializers.IntegerField):
    """A JSON whole number, neither its words nor true."""

    default_error_messages: ClassVar = {
        **_COMMON,
        "invalid": "Нужно целое число.",
        "min_value": "Не меньше {min_value}.",
        "max_value": "Не больше {max_value}.",
    }

    def to_internal_value(self, data: Any) -> int:
        # In JSON 5.0 is the whole number 5.
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Degrees(serializers.FloatField):
    """Degrees of WGS 84 as a JSON number."""

    default_error_messages: ClassVar = {
        **_COMMON,
        "invalid": "Нужно число.",
        "min_value": "Не меньше {min_value}.",
        "max_value": "Не больше {max_value}.",
    }

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            return float(data)
        except OverflowError:
            self.fail("invalid")


class Moment(serializers.DateTimeField):
    """ISO 8601. Without an offset it is the Center's local time, given in the context as ``tz``."""

    default_error_messages: ClassVar = {
        **_COMMON,
        "invalid": "Нужны дата и время по ISO 8601, например 2026-11-16T09:30:00+05:00.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(value.strip())
            return self._aware(moment).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def _aware(self, moment: datetime) -> datetime:
        zone: tzinfo = self.context["tz"]
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


class StrictObject(serializers.Serializer[Any]):
    """A JSON object that may hold the declared fields and no others, so that a typing error does not vanish."""

    unknown: ClassVar[str] = "Неизвестное поле."

    default_error_messages: ClassVar = {**_COMMON, "invalid": "Нужен объект JSON."}

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in data:
            if name not in self.fields and len(found) < _MAX_UNKNOWN:
                found[printable(name)] = [f"{self.unknown} {self._hint(name)}"]
        return found

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(name[:100], list(self.fields), n=1)
        return f"Возможно, имелось в виду «{close[0]}»." if close else f"Известны: {', '.join(self.fields)}."
