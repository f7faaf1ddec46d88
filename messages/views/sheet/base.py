"""One showing of the case page: what its parts are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms as django_forms
from django.urls import reverse

from blocks.access import CenterRequest
from blocks.actors import Actor
from blocks.selectors import Roster, roster_of
from messages import forms
from messages.masking import mask_for
from messages.models import Message
from messages.selectors.case import CasePage
from messages.services.reply import DraftConflict


@dataclass(frozen=True)
class CameBack:
    """What a refused request brings back to the page, so that nothing typed is lost."""

    failed: tuple[str, forms.StepForm] | None = None  # the step and its form
    draft: forms.DraftForm | None = None
    conflict: DraftConflict | None = None
    classify: forms.ClassifyForm | None = None
    typed: Iterable[str] = ()  # words of a form that is no longer there
    forms: Mapping[str, django_forms.Form] = field(default_factory=dict)  # of the other parts, by their names


@dataclass(frozen=True)
class Sheet:
    """The request, the case as it is read once, and what came back."""

    request: CenterRequest
    page: CasePage
    now: datetime
    back: CameBack = field(default_factory=CameBack)
    contacts_shown: bool = False

    @property
    def actor(self) -> Actor:
        return self.request.actor

    @property
    def case(self) -> Message:
        return self.page.message

    @cached_property
    def roster(self) -> Roster:
        """The people of the Center today. One query, once."""
        return roster_of(self.request.center, self.now)

    def url(self, name: str, *args: object) -> str:
        """Address of something of this case: ``draft``, ``comment`` …"""
        return reverse(f"messages:{name}", args=[self.request.center.slug, self.case.number, *args])

    def masked(self, text: str) -> str:
        """Contacts stand in answers, remarks, comments and ways of delivery, too."""
        return mask_for(self.actor, self.case, text)


@dataclass(frozen=True)
class Part:
    """A part of the page: its template and the function that gives its variables; files it alone needs."""

    template: str
    show: Callable[[Sheet], dict[str, Any]]
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
