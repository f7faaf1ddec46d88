"""Errors that we foresee. Pages, API and commands turn each into a clear answer in one place of their own."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal with words for the user: what happened, what was kept, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(DomainError):
    """This person may not do this; nothing was changed."""


class NotFound(DomainError):
    """There is no such thing among what the person may see."""


class WrongState(DomainError):
    """The case is no longer where the step starts from, usually because a colleague was faster."""


class Conflict(DomainError):
    """Two people changed the same thing; both versions are kept."""


class Invalid(DomainError):
    """Input that cannot be taken, field by field."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})
