"""The form of a rule of terms: the rule itself, its ladder as rows, and for a new one what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms

from blocks.models import DeadlineRule
from mcu.widgets import LongSelect
from messages.forms.steps import EMPTY
from messages.selectors.terms import rule_words as said
from messages.services.rule_values import MOST_CLAUSE, MOST_NAME, MOST_RUNGS, RuleValues
from messages.terms.rules import KIND_RU, PERCENT, Unit

_ANY: Final = ("", "любые")
_MINUTES: Final = {"м": 1, "ч": 60, "д": 24 * 60}
_PART: Final = re.compile(r"(\d{1,6})\s*(мин|м|час\w*|ч|дней|дня|день|дн|д)\.?(?=\s|\d|$)")
_PER: Final = {"hours": "часов", "working": "рабочих часов", "days": "дней"}
_BASES: Final = {**said.BASES, "default": "решение Центра, не из постановления"}


class RuleForm(forms.Form):
    """What may be changed in a rule."""

    name = forms.CharField(
        label="Название",
        max_length=MOST_NAME,
        help_text="Так срок подписан в деле. Если в названии есть число, исправьте и его.",
        error_messages={"required": "Назовите правило: под этим названием его увидят у срока."},
    )
    basis = forms.ChoiceField(label="Откуда срок", choices=list(_BASES.items()))
    clause = forms.CharField(label="Пункт", max_length=MOST_CLAUSE, required=False, help_text="Например, «59-ФЗ ст. 12 ч. 1».")
    amount = forms.IntegerField(
        label="Сколько",
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": "Укажите длину срока.", "invalid": "Укажите целое число."},
    )
    unit = forms.ChoiceField(label="Чего", choices=list(said.UNITS.items()))
    starts_on = forms.ChoiceField(label="Отсчёт", choices=list(said.STARTS.items()))
    day_count = forms.ChoiceField(
        label="Первый день", choices=list(said.DAY_COUNTS.items()), help_text="Только для сроков в днях."
    )
    on_day_off = forms.ChoiceField(
        label="Если кончается в выходной", choices=list(said.DAYS_OFF.items()), help_text="Только для сроков в днях."
    )
    warn_shares = forms.CharField(
        label="Предупредить, когда пройдёт",
        required=False,
        help_text="Проценты срока через запятую: 50, 80.",
    )
    warn_before = forms.CharField(
        label="Предупредить, когда останется",
        required=False,
        help_text="Через запятую: 1 д, 2 ч, 30 мин.",
    )
    pauses = forms.BooleanField(
        label="Вопрос заявителю останавливает срок",
        required=False,
        help_text="Законом остановка срока ответа на обращение не предусмотрена.",
    )

    def clean_warn_shares(self) -> tuple[float, ...]:
        """Percents as shares."""
        parts = [part.strip().removesuffix("%").strip() for part in self.cleaned_data["warn_shares"].split(",") if part.strip()]
        if any(not part.isascii() or not part.isdecimal() or len(part) > 4 for part in parts):
            raise forms.ValidationError("Напишите целые проценты через запятую, например: 50, 80.")
        return tuple(int(part) / PERCENT for part in parts)

    def clean_warn_before(self) -> tuple[int, ...]:
        """Amounts left as minutes."""
        return tuple(self._minutes(part) for part in self.cleaned_data["warn_before"].split(",") if part.strip())

    def _minutes(self, part: str) -> int:
        text = part.strip().lower()
        found = _PART.findall(text)
        if not found or _PART.sub("", text).strip():
            raise forms.ValidationError(f"«{part.strip()}» не понять: напишите, например, «2 ч» или «30 мин».")
        if self.data.get("unit") == Unit.WORKING_HOURS and any(what[0] == "д" for _, what in found):
            raise forms.ValidationError("Срок — в рабочих часах: напишите остаток часами и минутами.")
        return sum(int(count) * _MINUTES[what[0]] for count, what in found)


class NewRuleForm(RuleForm):
    """A new rule also says what it is for; of these things none is changed later."""

    kind = forms.ChoiceField(label="Чего ждёт срок", choices=[(kind.value, words) for kind, words in KIND_RU.items()])
    regime = forms.ChoiceField(
        label="Для чего", required=False, choices=[_ANY, ("message", "сообщения"), ("appeal", "обращения по 59-ФЗ")]
    )
    source = forms.ChoiceField(label="Источник", required=False, widget=LongSelect)
    topic = forms.ChoiceField(label="Тема", required=False, widget=LongSelect)
    fast_track = forms.ChoiceField(
        label="Фаст-трек", required=False, choices=[_ANY, ("yes", "только фаст-трек"), ("no", "кроме фаст-трека")]
    )
    internal = forms.BooleanField(
        label="Внутренний срок",
        required=False,
        help_text="Его нарушение видно и о нём сообщают, но ответ не считается данным с опозданием.",
    )

    def __init__(self, *args: Any, sources: Iterable[tuple[int, str]], topics: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("source", sources), ("topic", topics)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [EMPTY, *choices]


class RungForm(forms.Form):
    """A step of the ladder: whom, after how long, in which hours and by which ways."""

    to = forms.ChoiceField(label="Кому", choices=[EMPTY, *said.PEOPLE.items()])
    after = forms.IntegerField(
        label="Через",
        min_value=0,
        max_value=1000,
        initial=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    per = forms.ChoiceField(label="Чего", choices=list(_PER.items()), initial="hours")
    when = forms.ChoiceField(label="В какие часы", choices=list(said.WHENS.items()), initial="always")
    ways = forms.MultipleChoiceField(
        label="Обязательно", required=False, choices=list(said.WAYS.items()), widget=forms.CheckboxSelectMultiple
    )

    def rung(self) -> dict[str, Any]:
        """The step as the charter writes it."""
        data = self.cleaned_data
        length = {"after_days": data["after"]} if data["per"] == "days" else {"after_hours": data["after"]}
        return {
            "to": data["to"],
            **length,
            "working": data["per"] == "working",
            "when": data["when"],
            "ways": data["ways"],
        }


Ladder = forms.formset_factory(RungForm, extra=0, max_num=MOST_RUNGS, absolute_max=MOST_RUNGS + 1)


def rule_initial(row: DeadlineRule) -> dict[str, Any]:
    """A rule as its form shows it."""
    kept = ("name", "basis", "clause", "amount", "unit", "starts_on", "day_count", "on_day_off", "pauses")
    return {
        **{name: getattr(row, name) for name in kept},
        "warn_shares": ", ".join(str(round(share * PERCENT)) for share in row.warn_shares),
        "warn_before": ", ".join(said.left_words(minutes, row.unit) for minutes in row.warn_before),
    }


def ladder_initial(row: DeadlineRule) -> list[dict[str, Any]]:
    """The ladder as its rows show it."""
    return [
        {
            "to": rung["to"],
            "after": rung.get("after_days") or rung.get("after_hours") or 0,
            "per": "days" if rung.get("after_days") is not None else "working" if rung.get("working") else "hours",
            "when": rung.get("when", "always"),
            "ways": rung.get("ways", []),
        }
        for rung in row.ladder
    ]


def values_of(form: RuleForm, rungs: Iterable[RungForm]) -> RuleValues:
    """What was written, for the service. Both forms are valid; rows left empty are no steps."""
    data: Mapping[str, Any] = form.cleaned_data
    plain = ("name", "clause", "basis", "amount", "unit", "starts_on", "day_count", "on_day_off", "pauses")
    conditions: dict[str, Any] = {}
    if isinstance(form, NewRuleForm):
        conditions = {
            "kind": data["kind"],
            "internal": data["internal"],
            "regime": data["regime"],
            "source_id": int(data["source"]) if data["source"] else None,
            "topic_id": int(data["topic"]) if data["topic"] else None,
            "fast_track": {"yes": True, "no": False}.get(data["fast_track"]),
        }
    return RuleValues(
        **{name: data[name] for name in plain},
        warn_shares=data["warn_shares"],
        warn_before=data["warn_before"],
        ladder=tuple(one.rung() for one in rungs if one.cleaned_data.get("to")),
        **conditions,
    )
