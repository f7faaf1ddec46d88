"""What one bulk job reads again and again and nobody changes meanwhile: kept while the job runs, never otherwise.

Outside of ``remembering()`` every call reads anew, so pages and single steps always see the present.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def remembering(kept: dict[Hashable, Any] | None = None) -> Iterator[None]:
    """Within it ``remembered`` reads each key once. For a job that changes neither people nor the charter.

    ``kept``: what was read before and is known to be still so; what is read now is added to it.
    """
    token = _kept.set({} if kept is None else kept)
    try:
        yield
    finally:
        _kept.reset(token)


def remembered(key: Hashable, read: Callable[[], T]) -> T:
    """What ``read`` gives, kept under the key within ``remembering()``."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    value: T = kept[key]
    return value
