"""The form of a register's row, made from the declaration. Rules live in ``checking``; the form only reads what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from blocks.forms import MISSING, Day, Groups, ServiceForm
from mcu.widgets import LongSelect
from reports.registers.checking import LONGEST
from reports.registers.choices import Choices, name_of
from reports.registers.rights import Reach
from reports.registers.table import Register, Values

_SHORT = 300  # a text of more letters gets more lines
_WHOLE = "Введите целое число."
_DECIMAL = "Введите число, например 4,5."


class RowForm(ServiceForm):
    """Fields by the register's declaration; rows of the charter are chosen among those this person may write about."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, register: Register, choices: Choices, own: Reach, row: Any = None, **kwargs: Any) -> None:
        if row is not None:
            kwargs.setdefault(
                "initial", {name: _initial(getattr(row, name)) for name in register.fields} | {"version": row.version}
            )
        super().__init__(*args, **kwargs)
        self.register, self.choices, self.own, self.row = register, choices, own, row
        for name in register.fields:
            self.fields[name] = self._field(name)
            self.fields[name].error_messages["required"] = MISSING
        self.named: Groups = register.groups

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.named]

    def values(self) -> Values:
        """What was typed: rows of the charter as rows, an empty number or day as none."""
        given = self.cleaned_data
        found: dict[str, Any] = {}
        for name in self.register.fields:
            field, value = self.register.of(name), given.get(name)
            if isinstance(field, models.ForeignKey):
                value = self._row(field, name, str(value or ""))
            elif isinstance(field, models.BooleanField):
                value = value == "1"
            found[name] = value
        return found

    def _field(self, name: str) -> forms.Field:
        field, register = self.register.of(name), self.register
        options: dict[str, Any] = {
            "label": register.title(name),
            "required": not (field.blank or isinstance(field, models.BooleanField)),
            "help_text": register.helps.get(name, ""),
        }
        if isinstance(field, models.DateField):
            return Day(**options)
        if isinstance(field, models.DecimalField):
            return forms.DecimalField(localize=True, error_messages={"invalid": _DECIMAL}, **options)
        if isinstance(field, models.IntegerField):
            return forms.IntegerField(error_messages={"invalid": _WHOLE}, min_value=0, **options)
        if isinstance(field, models.ForeignKey | models.BooleanField) or field.choices or name == "network":
            return self._choice(name, field, options)
        return _written(name, field, options)

    def _choice(self, name: str, field: models.Field[Any, Any], options: dict[str, Any]) -> forms.Field:
        found = self._allowed(name, self.choices.of(self.register, name))
        kept = getattr(self.row, name, None)
        if (
            kept is not None and kept != "" and not isinstance(field, models.BooleanField)
        ):  # closed since, but still true of this row
            value, label = (str(kept.pk), name_of(kept)) if isinstance(kept, models.Model) else (str(kept), str(kept))
            if value not in {one for one, _ in found}:
                found = [*found, (value, label)]
        if isinstance(field, models.BooleanField):
            return forms.ChoiceField(choices=found, widget=forms.RadioSelect, initial="1" if field.default else "0", **options)
        return forms.ChoiceField(choices=[("", "Не выбрано"), *found], widget=LongSelect, **options)

    def _allowed(self, name: str, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
        if self.own.whole or name not in ("block", "recipient"):
            return found
        ids = (
            self.own.recipients if name == "recipient" else self.own.blocks if "recipient" not in self.register.fields else None
        )
        return found if ids is None else [(value, label) for value, label in found if int(value) in ids]

    def _row(self, field: models.Field[Any, Any], name: str, value: str) -> Any:
        kept = getattr(self.row, name, None)
        if kept is not None and str(kept.pk) == value:
            return kept
        model = field.related_model
        return self.choices.rows(model).get(int(value)) if value and isinstance(model, type) else None


class VoidForm(ServiceForm):
    """Why a row must not count."""

    reason = forms.CharField(
        label="Почему запись не должна учитываться",
        max_length=300,
        help_text="Например: внесена дважды. Запись останется видна с этой причиной, но ни в один отчёт не войдёт.",
    )


def _initial(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.pk if isinstance(value, models.Model) else value


def _written(name: str, field: models.Field[Any, Any], options: dict[str, Any]) -> forms.Field:
    """A line for a short text, an area for a long one."""
    limit = field.max_length or LONGEST
    widget: forms.Widget = forms.TextInput()
    if name.endswith("url"):
        widget = forms.URLInput()
    elif isinstance(field, models.TextField) or limit >= _SHORT:
        widget = forms.Textarea(attrs={"rows": 4 if isinstance(field, models.TextField) else 2})
    return forms.CharField(max_length=limit, widget=widget, **options)
