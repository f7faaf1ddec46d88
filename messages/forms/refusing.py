"""A service's refusal shown in the form it came from."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from mcu.errors import DomainError, Invalid


def blame(form: forms.BaseForm, error: DomainError, names: Mapping[str, str] | None = None) -> None:
    """Say beside each field what is wrong with it; what the form does not ask for stands on top.

    ``names``: the form's field where the service names it otherwise.
    """
    fields = error.fields if isinstance(error, Invalid) else {}
    for field, words in (fields or {"": error.message}).items():
        name = (names or {}).get(field, field)
        form.add_error(name if name in form.fields else None, words)
