"""A register's rows as lines of a table: django-import-export reads a file into rows and says what would change.

The resource never saves: it makes the plan that the preview shows and ``services.register_files`` carries out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from import_export import fields, resources
from import_export.instance_loaders import BaseInstanceLoader

from mcu.cells import fold
from reports.registers.checking import cleaned, problems
from reports.registers.choices import Choices
from reports.registers.columns import Whole, widget_of
from reports.registers.rights import Reach
from reports.registers.table import NUMBER, Register


class RegisterResource(resources.Resource):
    """Lines of a file against the rows of a register in one Center."""

    def __init__(self, register: Register, choices: Choices, *, own: Reach, today: date, kept: Sequence[Any] = ()) -> None:
        super().__init__()
        self.register, self.choices, self.own, self.today = register, choices, own, today
        self.fields = {
            name: fields.Field(attribute=name, column_name=register.title(name), widget=widget_of(register, name, choices))
            for name in register.fields
        }
        self.by_number = {row.number: row for row in kept}
        self.by_key = {self.key_of(row): row for row in reversed(kept) if row.voided_at is None}
        self.before: dict[str, Any] = {}
        self.seen: dict[object, int] = {}

    def key_of(self, row: Any) -> tuple[object, ...]:
        """What tells the row from others where a file has no number."""
        return tuple(_alike(getattr(row, name)) for name in self.register.key)

    def init_instance(self, row: Any = None) -> Any:
        return self.register.model(center=self.choices.center)

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> Any:
        """The kept row of the line: by its number, else by what tells rows apart."""
        try:
            number = Whole().clean(row.get(NUMBER))
        except ValueError as problem:
            raise ValidationError(f"{NUMBER}: {problem}") from problem
        if number is not None:
            if number not in self.by_number:
                raise ValidationError(f"Записи № {number} нет. Чтобы внести новую, оставьте «{NUMBER}» пустым")
            if self.by_number[number].voided_at is not None:
                raise ValidationError(f"Запись № {number} аннулирована: её больше не меняют")
            return self._copy(self.by_number[number])
        probe = self.init_instance()
        for name in self.register.key:
            try:
                self.fields[name].save(probe, row)
            except (KeyError, ValueError):
                return None  # the line's own reading says in words what is wrong with it
        found = self.by_key.get(self.key_of(probe))
        return self._copy(found) if found is not None else None

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self.before = {} if new else {name: getattr(instance, name) for name in self.register.fields}

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Read the line; several mistakes of one line are all told."""
        super().import_instance(instance, row, **kwargs)
        for name, value in cleaned(self.register, {name: getattr(instance, name) for name in self.register.fields}).items():
            setattr(instance, name, value)
        mark = instance.number if instance.number else self.key_of(instance)
        if mark in self.seen:
            raise ValidationError(f"Повторяет строку {self.seen[mark]}")
        self.seen[mark] = kwargs.get("lines", {}).get(kwargs.get("row_number"), 0)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Nothing to do where the line says what is kept."""
        if not self.before or import_validation_errors:
            return False
        return all(getattr(instance, name) == value for name, value in self.before.items())

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True) -> None:
        """The same rules as of the form."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        values = {name: getattr(instance, name) for name in self.register.fields}
        changed = {name for name, value in values.items() if self.before.get(name) != value or not self.before}
        if self.before and not self.own.covers(self.before):
            raise ValidationError("Эта запись не вашего блока: её меняют его люди")
        found = problems(self.register, self.choices.center, self.own, values, today=self.today, changed=changed)
        if found:
            raise ValidationError({name: [words] for name, words in found.items()})

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Kept back: the service writes the whole file at once."""

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """There is nothing of the kind."""

    def _copy(self, kept: Any) -> Any:
        """The row to read the line into, so that the kept one stays as it was."""
        row = self.register.model(**{field.attname: getattr(kept, field.attname) for field in kept._meta.concrete_fields})
        for name in self.register.points():
            if getattr(kept, f"{name}_id") is not None:
                setattr(row, name, getattr(kept, name))
        return row

    class Meta:
        instance_loader_class = BaseInstanceLoader
        use_transactions = False
        skip_unchanged = True
        report_skipped = True
        skip_diff = True
        store_instance = True


def _alike(value: Any) -> object:
    if isinstance(value, str):
        return fold(value)
    return value.pk if isinstance(value, models.Model) else value
