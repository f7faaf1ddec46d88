"""Writing notices: in the caller's transaction, each once, by the ways each person wants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from mcu.models import Outbox, PushDevice, User
from mcu.outbox.groups import Way, group_of
from mcu.outbox.wishes import held_until, settings_of, wants


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell one person. ``key`` makes it happen once: the same key is never written twice."""

    key: str
    kind: str
    user_id: int
    subject: str
    body: str = ""
    path: str = ""
    center_slug: str = ""
    urgent: bool = False
    """About a term set in hours."""
    on_duty: bool = False
    """A breach told to whoever is on duty: quiet hours do not hold it."""


def put(notices: Iterable[Notice], *, now: datetime, by_email: bool = True) -> int:
    """Write notices in the caller's transaction; repeated keys are passed over. Returns how many were asked for.

    ``by_email=False``: they stand in the program only, nothing leaves it (history walked through afterwards). Two queries.
    """
    asked = list(notices)
    if not asked:
        return 0
    people = _people({notice.user_id for notice in asked}) if by_email else {}
    rows = [_row(notice, people.get(notice.user_id), now) for notice in asked]
    Outbox.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def first_try(way: Way, row: Outbox, user: User, *, reachable: bool, now: datetime) -> datetime | None:
    """When the notice may leave by the way, now or after the person's quiet hours; None if it must not at all."""
    chosen = settings_of(user)
    if not (reachable and user.is_active and wants(chosen, group_of(row.kind, urgent=row.urgent), way)):
        return None
    return now if row.on_duty else held_until(chosen, now) or now


def _people(ids: set[int]) -> dict[int, User]:
    device = PushDevice.objects.filter(user=OuterRef("pk"))
    rows = User.objects.select_related("notice_settings").annotate(has_device=Exists(device)).filter(pk__in=ids)
    return {user.pk: user for user in rows}


def _row(notice: Notice, user: User | None, now: datetime) -> Outbox:
    row = Outbox(
        key=notice.key,
        kind=notice.kind,
        user_id=notice.user_id,
        center_slug=notice.center_slug,
        subject=" ".join(notice.subject.split())[:300],  # a line break would end the header of a letter
        body=notice.body,
        path=notice.path,
        created_at=now,
        urgent=notice.urgent,
        on_duty=notice.on_duty,
    )
    if user is not None:
        # With no mail server the installation has no mail: what is written now is not sent out a year later.
        mailed = settings.EMAIL_ENABLED and bool(user.email)
        row.next_try_at = first_try(Way.EMAIL, row, user, reachable=mailed, now=now)
        row.push_try_at = first_try(Way.PUSH, row, user, reachable=vars(user)["has_device"], now=now)
    row.by_email, row.by_push = row.next_try_at is not None, row.push_try_at is not None
    return row
