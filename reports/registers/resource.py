"""A register's rows as lines of a table: django-import-export reads a file into rows and says what would change.

The resource never saves: it makes the plan that the preview shows and ``services.register_files`` carries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models
from import_export import fields, resources, widgets
from import_export.instance_loaders import BaseInstanceLoader

from mcu.text import clean_text, folded
from reports.models import ResidentDecision
from reports.registers.checking import cleaned, problems
from reports.registers.choices import Choices, name_of
from reports.registers.rights import Reach
from reports.registers.table import NUMBER, Register

_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")
_YES: Final = frozenset({"да", "1", "true", "истина", "yes", "+", "✓"})
_NO: Final = frozenset({"нет", "0", "false", "ложь", "no", "-", "−"})
_GUARDED: Final = ("=", "+", "-", "@", "\t")


def fold(text: str) -> str:
    """Words as they are compared: without regard to case, spaces and ё."""
    return " ".join(folded(text).split())


def text_of(value: Any) -> str:
    """The words of a cell; the apostrophe by which CSV keeps formulas from running is taken off again."""
    text = clean_text("" if value is None else str(value))
    return text[1:] if text[:1] == "'" and text[1:2] in _GUARDED else text


class Text(widgets.Widget):
    """A text."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return text_of(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else str(value)


class Day(Text):
    """A local day."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        text = text_of(value)
        if not text:
            return None
        for form in _DAYS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        raise ValueError(f"«{text[:40]}» — не день: нужен вид 31.12.2026")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Whole(Text):
    """A whole number, with spaces between thousands or without."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        text = "".join(text_of(value).split())
        if not text:
            return None
        whole = text.removesuffix(".0").removesuffix(",0")
        if not (whole.isascii() and whole.isdigit() and len(whole) < 12):
            raise ValueError(f"«{text[:40]}» — не целое число")
        return int(whole)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Fraction(Text):
    """A number with hundredths."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        text = "".join(text_of(value).split()).replace(",", ".")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(f"«{text[:40]}» — не число") from None
        if not number.is_finite() or abs(number) >= 10**12:
            raise ValueError(f"«{text[:40]}» — не число")
        return number.quantize(Decimal("0.01"))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class YesNo(Text):
    """«да» or «нет»; nothing is no."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = fold(text_of(value))
        if text in _YES:
            return True
        if text in _NO or not text:
            return False
        raise ValueError(f"«{text[:40]}» — напишите «да» или «нет»")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "да" if value else "нет"


class OneOf(Text):
    """One of the choices, by its words or its code; ``several``: words that stand for more than one."""

    def __init__(self, known: Mapping[str, Any], several: Iterable[str] = (), labels: Mapping[Any, str] | None = None) -> None:
        super().__init__()
        self.known, self.several, self.labels = known, frozenset(several), labels or {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        if not text:
            return ""
        if fold(text) in self.several:
            raise ValueError(f"«{text[:60]}» есть несколько: укажите как в шаблоне файла")
        if fold(text) not in self.known:
            raise ValueError(f"«{text[:60]}» нет в списке: возьмите значение из шаблона файла")
        return self.known[fold(text)]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.labels.get(value, "" if value is None else str(value))


class OneRow(OneOf):
    """A row of another table by its name, short name or code."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return super().clean(value) or None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else self.labels.get(value.pk, name_of(value))


def widget_of(register: Register, name: str, choices: Choices) -> Text:
    """How a column is read and written."""
    field = register.of(name)
    if isinstance(field, models.ForeignKey):
        return _of_rows(choices, field.related_model)
    if name == "network":
        return OneOf({fold(one): one for one in choices.networks})
    if field.choices:
        labels = {value: str(label) for value, label in field.flatchoices}
        return OneOf({fold(words): value for value, label in labels.items() for words in (label, str(value))}, labels=labels)
    for kind, widget in _WIDGETS:
        if isinstance(field, kind):
            return widget()
    return Text()


_WIDGETS: Final[tuple[tuple[type[models.Field[Any, Any]], type[Text]], ...]] = (
    (models.DateField, Day),
    (models.DecimalField, Fraction),
    (models.IntegerField, Whole),
    (models.BooleanField, YesNo),
)


def _of_rows(choices: Choices, model: Any) -> OneRow:
    rows = choices.rows(model)
    labels = dict(zip(rows, choices.labels(rows.values()), strict=True))
    known: dict[str, Any] = {}
    several: set[str] = set()
    for row in rows.values():
        for words in {fold(word) for word in _names(row)}:
            if words in known:
                several.add(words)
            known[words] = row
    for pk, label in labels.items():  # what the product itself writes is always understood
        known[fold(label)] = rows[pk]
        several.discard(fold(label))
    return OneRow(known, several, labels)


def _names(row: Any) -> list[str]:
    if isinstance(row, ResidentDecision):
        return [str(row.number), f"№ {row.number}", row.title, name_of(row)]
    return [one for one in (row.name, getattr(row, "short", ""), row.code, name_of(row)) if one]


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
