"""How something went out to an applicant: its link or way of delivery, and when it was really posted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mcu.errors import Invalid
from mcu.text import clean_text
from messages.models import Message

MISSING: Final = "Укажите ссылку на размещённый ответ или способ доставки."
NOT_YET: Final = "Время отправки ещё не наступило: укажите, когда ответ действительно размещён."


def where(*, url: str, delivery: str, missing: str = MISSING) -> tuple[str, str]:
    """Link and way of delivery, cleaned; one of the two is needed. Raises ``Invalid`` naming the field."""
    url, delivery = clean_text(url)[:1000], clean_text(delivery)[:300]
    if not url and not delivery:
        raise Invalid(missing, {"url": missing})
    if url and not url.startswith(("http://", "https://")):
        problem = "Ссылка начинается с http:// или https://."
        raise Invalid(problem, {"url": problem})
    return url, delivery


def moment(
    message: Message,
    posted_at: datetime | None,
    *,
    not_before: datetime,
    early: str,
    now: datetime,
    future: str = NOT_YET,
    field: str = "posted_at",
) -> datetime:
    """The time of posting by the publisher's word: ``None`` is now; not in the future, not before ``not_before``.

    People type minutes, events have seconds: a minute's difference is forgiven. ``early`` says what it may not precede.
    """
    if posted_at is None:
        return now
    if posted_at > now + timedelta(minutes=1):
        raise Invalid(future, {field: future})
    if posted_at < not_before.replace(second=0, microsecond=0):
        local = not_before.astimezone(message.center.tz)
        problem = f"{early} ({local:%d.%m.%Y %H:%M}): проверьте время."
        raise Invalid(problem, {field: problem})
    return min(max(posted_at, not_before), now)
