"""A notice to a person's devices: number and subject only, never what a citizen wrote or who it is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from django.urls import reverse

from mcu import webpush
from mcu.models import Outbox, PushDevice
from mcu.outbox.errors import NothingToReach, Refused, Resting, words_of
from mcu.outside import Forbidden

GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
TITLE: Final = "МЦУ"
WAITS: Final = timedelta(hours=12)  # a device that is off meets it later; after that it stands in the program only


class Push:
    """Push services of the browsers' makers for one run; one that does not answer is not asked again in the run."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._silent: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def reaches(self, row: Outbox) -> bool:
        return bool(_devices(row))

    def send(self, row: Outbox) -> None:
        """Delivered when one device has taken it. A subscription that its service no longer knows is removed."""
        devices = _devices(row)
        asked = [device for device in devices if webpush.host_of(device.endpoint) not in self._silent]
        if not asked:
            raise Resting
        errors = [error for device in asked if (error := self._to(device, row))]
        if len(errors) < len(asked):
            return
        if not PushDevice.objects.filter(user_id=row.user_id).exists():
            raise NothingToReach("Подписки устройств больше не действуют: включите уведомления на устройстве заново.")
        raise Refused("; ".join(errors))

    def _to(self, device: PushDevice, row: Outbox) -> str:
        """Empty, or what went wrong."""
        host = webpush.host_of(device.endpoint)
        urgent = row.urgent or row.on_duty
        try:
            status = webpush.send(device.subscription, payload_of(row), ttl=int(WAITS.total_seconds()), urgent=urgent)
        except Forbidden as error:
            return words_of(error)
        except OSError as error:
            self._silent.add(host)
            return f"{host}: {words_of(error)}"
        if status in GONE:
            device.delete()
            return f"{host}: подписка больше не действует"
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return f"{host}: ответ {status}"
        PushDevice.objects.filter(pk=device.pk).update(pushed_at=self._now)
        return ""


def payload_of(row: Outbox) -> bytes:
    """What the device shows: the subject and where it leads."""
    url = reverse("notice_open", args=[row.center_slug, row.pk]) if row.center_slug else row.path or "/"
    return json.dumps({"title": TITLE, "body": row.subject, "url": url, "tag": f"notice-{row.pk}"}).encode()


def _devices(row: Outbox) -> list[PushDevice]:
    return list(row.user.push_devices.all())  # read with the rows of the chunk
