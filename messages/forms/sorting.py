"""The form of the sorting desk: block, topic, recipient, responsible in one look; lists that the script makes typeable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.models import User
from messages.forms.steps import EMPTY, StepForm
from messages.models import Message, Regime
from messages.selectors.case import Lists
from messages.selectors.sorting import Choice, Choices


class MarkedSelect(forms.Select):
    """A list whose lines bear what the script needs: the blocks of each, and whether a topic is on the fast track."""

    def __init__(self, rows: tuple[Choice, ...], heads: Mapping[int, str], attrs: dict[str, Any]) -> None:
        self.rows, self.heads = rows, heads
        super().__init__(attrs)

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Written at once: Django draws every line by two templates of its own."""
        whole = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html(
            '<select{}><option value="">—</option>{}</select>', whole, format_html_join("", "{}", self._lines(str(value or "")))
        )

    def _lines(self, chosen: str) -> Iterator[tuple[SafeString]]:
        for row in self.rows:
            ids = " ".join(map(str, row.ids))
            words = self.heads.get(row.ids[0], "") if row.ids and self.heads else ""
            yield (
                format_html(
                    '<option value="{}" data-blocks="{}"{}{}{}>{}</option>',
                    row.pk,
                    ids,
                    format_html(' data-of="{}"', words) if words else "",
                    SafeString(" data-fast") if row.flag else "",
                    SafeString(" selected") if str(row.pk) == chosen else "",
                    row.name,
                ),
            )


class HandOverForm(StepForm):
    """A decision of the desk. ``seen`` tells which stage the person saw."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    block = forms.ChoiceField(
        label="Отраслевой блок",
        error_messages={
            "required": "Выберите блок: клавишей 1, 2, 3 по подсказке или Alt с цифрой из списка.",
            "invalid_choice": "Выберите блок из списка.",
        },
    )
    topic = forms.ChoiceField(label="Тема", required=False)
    recipient = forms.ChoiceField(label="Ответственный получатель", required=False)
    responsible = forms.ChoiceField(label="Ответственный", required=False)
    fast_track = forms.BooleanField(label="Фаст-трек", required=False)
    outside_number = forms.CharField(label="Регистрационный номер в СЭД", required=False, max_length=100)

    def __init__(self, data: Mapping[str, Any] | None = None, *, message: Message, choices: Choices) -> None:
        self.choices = choices
        super().__init__(data, message=message, lists=Lists(), prefix_id="sort_")

    def prepare(self) -> None:
        """Choices with their marks; the topic that came with the message is set, the block is left to the person."""
        message, choices = self.message, self.choices
        heads = {row.pk: row.name for row in choices.block}
        people = [
            Choice(pk, User(full_name=name).short_name, blocks) for pk, (name, blocks) in _by_person(choices.person).items()
        ]
        self._choices("block", choices.block)
        self._choices("topic", choices.topic, heads)
        self._choices("recipient", choices.recipient)
        self._choices("responsible", people)
        self.initial.update(seen=message.stage, topic=message.topic_id or "", fast_track=message.fast_track)
        if message.registered_at or message.regime != Regime.APPEAL:
            del self.fields["outside_number"]

    def _choices(self, name: str, rows: Iterable[Choice], heads: Mapping[int, str] | None = None) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            rows = tuple(rows)
            field.widget = MarkedSelect(rows, heads or {}, {"data-typed": True})
            field.choices = [EMPTY, *((row.pk, row.name) for row in rows)]
            vars(field)["either"] = True  # the block alone is needed: on this desk the others are not each called optional

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "block_id": int(data["block"]),
            "topic_id": int(data["topic"]) if data["topic"] else None,
            "without_topic": "topic" in self.data and not data["topic"],  # shown with its topic and left empty
            "recipient_id": int(data["recipient"]) if data["recipient"] else None,
            "responsible_id": int(data["responsible"]) if data["responsible"] else None,
            "fast_track": data["fast_track"],
            "outside_number": data.get("outside_number", ""),
            "seen": data["seen"],
        }


def _by_person(rows: Iterable[Choice]) -> dict[int, tuple[str, tuple[int, ...]]]:
    """One line for a person who answers for several blocks."""
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    for row in rows:
        name, blocks = found.get(row.pk, (row.name, ()))
        found[row.pk] = (name, (*blocks, *row.ids))
    return found
