"""Form controls that Django's own would make too dear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A list of many lines. Django draws every line by two templates: a hundred topics cost as much as the whole page."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The same marks as Django's, written at once."""
        whole = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        chosen = set(self.format_value(value))
        return format_html("<select{}>{}</select>", whole, format_html_join("\n", "{}", self._lines(chosen)))

    def _lines(self, chosen: set[str]) -> Iterator[tuple[SafeString]]:
        for value, label in self.choices:
            if isinstance(label, (list, tuple)):
                options = format_html_join("\n", "{}", ((_option(one, words, chosen),) for one, words in label))
                yield (format_html('<optgroup label="{}">{}</optgroup>', value, options),)
            else:
                yield (_option(value, label, chosen),)


def _option(value: Any, label: Any, chosen: set[str]) -> SafeString:
    words = str("" if value is None else value)
    mark = SafeString(" selected") if words in chosen else ""
    return format_html('<option value="{}"{}>{}</option>', words, mark, label)
