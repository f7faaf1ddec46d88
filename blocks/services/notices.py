"""What a person does with notices: reads them, chooses how to be told, allows them on a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from django.db import transaction

from blocks.models import Center
from blocks.selectors.notices import own, unread
from mcu import outbox
from mcu.errors import Invalid, NotFound
from mcu.models import NoticeSettings, Outbox, PushDevice, User
from mcu.outbox import Notice, Way
from mcu.webpush import BadSubscription, read_subscription

DEVICES: Final = 10


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a person wants to be told; times are of the Center's zone."""

    ways: Mapping[str, frozenset[Way]]
    quiet: tuple[time, time] | None = None
    quiet_days_off: bool = False
    digest: bool = True
    digest_at: time = time(9)


def choose(*, user: User, center: Center, wishes: Wishes, now: datetime) -> None:
    """Keep what the person chose, for all Centers of the person; quiet hours are those of this Center's zone."""
    if wishes.quiet and wishes.quiet[0] == wishes.quiet[1]:
        raise Invalid("Выбор не сохранён.", {"quiet_until": "Начало и конец тихих часов не могут совпадать."})
    start, end = wishes.quiet or (None, None)
    NoticeSettings.objects.update_or_create(
        user=user,
        defaults={
            "ways": {group: sorted(ways) for group, ways in wishes.ways.items()},
            "quiet_from": start,
            "quiet_until": end,
            "quiet_days_off": wishes.quiet_days_off,
            "digest": wishes.digest,
            "digest_at": wishes.digest_at,
            "timezone": center.timezone,
            "changed_at": now,
        },
    )


def open_notice(*, user: User, center: Center, notice_id: int, now: datetime) -> Outbox:
    """Mark the person's notice as read and give it. Raises NotFound."""
    row = own(user.pk, center.slug).filter(pk=notice_id).first()
    if row is None:
        raise NotFound("Такого уведомления у вас нет.")
    if row.read_at is None:
        Outbox.objects.filter(pk=row.pk, read_at__isnull=True).update(read_at=now)
    return row


def read_up_to(*, user: User, center: Center, last: int, now: datetime) -> int:
    """Mark as read what the person has seen: a notice that came meanwhile stays new."""
    return unread(user.pk, center.slug).filter(pk__lte=last).update(read_at=now)


@transaction.atomic
def add_device(*, user: User, given: object, label: str, now: datetime) -> PushDevice:
    """Allow notices in a browser by its subscription. A browser two people use tells the one who allowed it last."""
    try:
        subscription = read_subscription(given)
    except BadSubscription as problem:
        raise Invalid(str(problem)) from problem
    keys = subscription["keys"]
    values = {"user": user, "p256dh": keys["p256dh"], "auth": keys["auth"], "label": label[:100], "created_at": now}
    device, _ = PushDevice.objects.update_or_create(endpoint=subscription["endpoint"], defaults=values)
    kept = PushDevice.objects.filter(user=user).order_by("-created_at", "-pk").values_list("pk", flat=True)[:DEVICES]
    PushDevice.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
    return device


def remove_device(*, user: User, device_id: int) -> None:
    """The browser is told nothing any more. Raises NotFound."""
    if not PushDevice.objects.filter(user=user, pk=device_id).delete()[0]:
        raise NotFound("Такого устройства у вас нет.")


def check(*, user: User, center: Center, path: str, now: datetime) -> None:
    """Send the person a notice to try every way; one a minute."""
    notice = Notice(
        key=f"check:{user.pk}:{now:%Y-%m-%dT%H:%M}",
        kind="check",
        user_id=user.pk,
        subject="Пробное уведомление: если вы его видите, всё настроено",
        path=path,
        center_slug=center.slug,
        on_duty=True,  # asked for now, so it comes in quiet hours too
    )
    outbox.put([notice], now=now)
