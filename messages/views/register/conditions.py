"""The form of «Ещё условия»: every filter of the register as a field, with counts of open cases beside the choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms

from mcu.widgets import LongSelect
from messages.models import Completeness, Regime
from messages.selectors.register.choices import Choice, Lists
from messages.selectors.register.filters import ANY, CONTROLS, DATES, FLAGS, ME, NOBODY, SCORES, Filters
from messages.selectors.register.words import LABELS

NBSP: Final = "\u00a0"


class ConditionsForm(forms.Form):
    """Only draws: what is sent is read by ``Filters.read``, which passes over what it does not know."""

    topic = forms.ChoiceField(widget=LongSelect)
    settlement = forms.ChoiceField(widget=LongSelect)
    recipient = forms.ChoiceField(widget=LongSelect)
    responsible = forms.ChoiceField(widget=LongSelect)
    sorted_by = forms.ChoiceField(widget=LongSelect)
    tag = forms.ChoiceField(widget=LongSelect)
    regime = forms.ChoiceField(widget=LongSelect)
    completeness = forms.ChoiceField(widget=LongSelect)
    control = forms.ChoiceField(widget=LongSelect)
    score = forms.ChoiceField(widget=LongSelect)
    rule = forms.ChoiceField(widget=LongSelect)
    received_from = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
    received_to = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
    answered_from = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
    answered_to = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
    fast = forms.BooleanField()
    extended = forms.BooleanField()
    reopened = forms.BooleanField()
    leading = forms.BooleanField()
    parts = forms.BooleanField()

    def __init__(self, filters: Filters, lists: Lists) -> None:
        super().__init__(initial=filters.set(), auto_id="if_%s", use_required_attribute=False)
        me = Choice(ME, "я")
        choices: dict[str, list[Any]] = {
            "topic": [("", "любая"), *((block, _options(topics)) for block, topics in lists.topics)],
            "settlement": [("", "любой"), *_options(lists.settlements)],
            "recipient": [("", "любой"), *_options(lists.recipients)],
            "responsible": [("", "любой"), *_options([me, Choice(NOBODY, "никто"), *lists.responsibles])],
            "sorted_by": [("", "любой"), *_options([me, *lists.sorters])],
            "tag": [("", "любая"), *_options(lists.tags)],
            "regime": [("", "любой"), *Regime.choices],
            "completeness": [("", "любая"), *Completeness.choices],
            "control": [("", "любой"), *CONTROLS.items()],
            "score": [("", "любая"), *SCORES.items()],
            "rule": [("", "не важно"), (ANY, "любое"), *_options(lists.rules)],
        }
        for name, field in self.fields.items():
            field.label = FLAGS.get(name, LABELS[name])
            if isinstance(field, forms.ChoiceField):
                _offer(choices[name], str(self.initial.get(name, "")))
                field.choices = choices[name]
            elif name in FLAGS and not self.initial.get(name):
                field.widget.attrs["value"] = "1"

    @property
    def lists(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in (*DATES, *FLAGS)]

    @property
    def periods(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        return [
            ("Поступило", self["received_from"], self["received_to"]),
            ("Ответ направлен", self["answered_from"], self["answered_to"]),
        ]

    @property
    def flags(self) -> list[forms.BoundField]:
        return [self[name] for name in FLAGS]

    def kept(self, address: Mapping[str, str]) -> dict[str, str]:
        """What the address holds and this form does not ask for: it goes along."""
        return {name: value for name, value in address.items() if name not in self.fields}


def _options(choices: Iterable[Choice]) -> list[tuple[str, str]]:
    """«Дороги · 12»: an option holds only words."""
    return [(one.value, f"{one.label}{NBSP}· {one.count}" if one.count else one.label) for one in choices]


def _offer(choices: list[Any], value: str) -> None:
    """A value that the list no longer has is offered too, so that it is not silently dropped."""
    known = {code for one in choices for code in ([one[0]] if isinstance(one[1], str) else [row[0] for row in one[1]])}
    if value and value not in known:
        choices.append((value, value))
