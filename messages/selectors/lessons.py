"""Which lesson of a Center counts, and whether another one was asked for."""

from __future__ import annotations

from blocks.models import Center
from mcu.models import Heartbeat
from messages.models import Lesson


def newest(center: Center) -> Lesson | None:
    """The lesson that counts, without its weights. One query."""
    return Lesson.objects.filter(center=center).defer("weights").order_by("-learned_at", "-pk").first()


def is_asked(center: Center, last: Lesson | None) -> bool:
    """Whether a lesson was asked for and is not learned yet. One query."""
    asked = Heartbeat.objects.filter(name=asked_name(center)).first()
    return asked is not None and (last is None or asked.at > last.learned_at)


def asked_name(center: Center) -> str:
    """Under which sign of life it stands when a lesson was asked for."""
    return f"lesson-asked:{center.pk}"
