"""What stands in the address of a list. The docstrings are shown in the published description, so they are in Russian."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import QueryDict
from rest_framework import serializers

from mcu.problems import printable
from messages.api.fields import Moment, OneOf, StrictObject, Words
from messages.models import Regime
from messages.workflow import State

PAGE: Final = 50
LONGEST_PAGE: Final = 200
CHANGES: Final = 200
MOST_CHANGES: Final = 1000
LAST_PLACE: Final = 2**63 - 1
_LONGEST_NUMBER: Final = len(str(LAST_PLACE))


class Count(serializers.IntegerField):
    """A whole number without a sign, between the least and the most it may be."""

    default_error_messages: ClassVar = {"invalid": "Нужно целое число от {least} до {most}."}

    def to_internal_value(self, data: Any) -> int:
        words, least, most = str(data), int(self.min_value or 0), int(self.max_value or LAST_PLACE)
        if not (words.isascii() and words.isdigit() and len(words) <= _LONGEST_NUMBER and least <= int(words) <= most):
            self.fail("invalid", least=least, most=most)
        return int(words)


class StrictQuery(StrictObject):
    """Parameters of an address: each known, each once."""

    unknown: ClassVar[str] = "Неизвестный параметр."

    @classmethod
    def read(cls, query: QueryDict, **context: Any) -> dict[str, Any]:
        """The validated parameters that were given. Raises ValidationError naming the wrong ones."""
        twice = {printable(name): ["Параметр указан дважды."] for name, values in query.lists() if len(values) > 1}
        if twice:
            raise serializers.ValidationError(twice)
        asked = cls(data=query.dict(), context=context)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class ListQuery(StrictQuery):
    """Отбор списка."""

    cursor = Words(required=False, max_length=200, help_text="Поле `next` прошлой страницы.")
    limit = Count(
        required=False, min_value=1, max_value=LONGEST_PAGE, help_text=f"Сколько сообщений на странице; без него — {PAGE}."
    )
    state = OneOf(choices=State.choices, required=False, help_text="Состояние.")
    regime = OneOf(choices=Regime.choices, required=False, help_text="Правовой режим.")
    external_id = Words(required=False, max_length=200, help_text="Номер в источнике.")
    received_from = Moment(
        required=False, help_text="Поступило не раньше (ISO 8601, без пояса — местное время Центра; можно одну дату)."
    )
    received_to = Moment(required=False, help_text="Поступило раньше этого времени.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «source», see ``MessageIn``."""
        return {"source": Words(required=False, max_length=60, help_text="Код источника."), **super().get_fields()}


class ChangesQuery(StrictQuery):
    """Откуда и сколько читать."""

    after = Count(
        default=0,
        min_value=0,
        max_value=LAST_PLACE,
        help_text="Место, до которого лента уже прочитана; без параметра — с начала.",
        error_messages={"invalid": "Нужно целое число от 0: поле next прошлого ответа. С начала — без параметра."},
    )
    limit = Count(default=CHANGES, min_value=1, max_value=MOST_CHANGES, help_text="Сколько изменений дать за раз.")
