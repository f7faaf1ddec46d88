"""Writing notices: in the caller's transaction, each once, by the ways each person wants."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from mcu import calendars, memo
from mcu.models import Outbox, PushDevice, User
from mcu.outbox.groups import Way, group_of
from mcu.outbox.wishes import held_until, settings_of, wants

# One statement for any number: the ORM would build an object of thirty fields for each notice of a sweep.
_INSERT: Final = """
INSERT INTO mcu_outbox (
  created_at, attempts, error, key, kind, user_id, center_slug, subject, body, path, urgent, on_duty, gather, ways_fixed,
  by_email, next_try_at, by_push, push_try_at, attached, attached_name
)
SELECT %s, 0, '', new.*
FROM json_to_recordset(%s) AS new (
  key text, kind text, user_id bigint, center_slug text, subject text, body text, path text, urgent boolean,
  on_duty boolean, gather boolean, ways_fixed boolean, by_email boolean, next_try_at timestamptz, by_push boolean,
  push_try_at timestamptz, attached text, attached_name text
)
ON CONFLICT DO NOTHING
"""


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
    ways: tuple[str, ...] = ()
    """Ways prescribed for it, whatever the person chose; empty: as the person chose."""
    attached: str = ""
    """A file in the storage that the letter carries, and under which name."""
    attached_name: str = ""
    gather: bool = False
    """Made up for after a time down: leaves the program in one message with the others, by ``gather``."""


def put(notices: Iterable[Notice], *, now: datetime, by_email: bool = True) -> int:
    """Write notices in the caller's transaction; repeated keys are passed over. Returns how many were asked for.

    ``by_email=False``: they stand in the program only, nothing leaves it (history walked through afterwards). Two queries,
    one more where somebody's days off are quiet.
    """
    asked = list(notices)
    if not asked:
        return 0
    people = read_people({notice.user_id for notice in asked}) if by_email else {}
    departures = _Departures(people, now)
    with memo.remembering():
        rows = [_row(notice, departures) for notice in asked]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, json.dumps(rows, default=_moment)])
    return len(rows)


def first_try(way: Way, row: Outbox, user: User, *, reachable: bool, now: datetime) -> datetime | None:
    """When the notice may leave by the way, now or after the person's quiet hours; None if it must not at all."""
    if row.ways_fixed:
        wanted = row.by_email if way is Way.EMAIL else row.by_push
    else:
        wanted = wants(settings_of(user), group_of(row.kind, urgent=row.urgent), way)
    return departure(user, now, wanted=wanted and reachable, on_duty=row.on_duty)


def departure(user: User, now: datetime, *, wanted: bool, on_duty: bool) -> datetime | None:
    """The moment from which a notice that should leave may; None for one that should not."""
    if not (wanted and user.is_active):
        return None
    chosen = settings_of(user)
    if on_duty or chosen is None:
        return now
    calendar = memo.remembered("calendar", calendars.current) if chosen.quiet_days_off else None
    return held_until(chosen, now, calendar=calendar) or now


def reaches(user: User, way: Way) -> bool:
    """Whether a person read by ``read_people`` can be reached by the way."""
    # With no mail server the installation has no mail: what is written now is not sent out a year later.
    return bool(settings.EMAIL_ENABLED and user.email) if way is Way.EMAIL else bool(vars(user)["has_device"])


def read_people(ids: Iterable[int]) -> dict[int, User]:
    """Users with what they chose and whether they have a device. One query."""
    device = PushDevice.objects.filter(user=OuterRef("pk"))
    rows = User.objects.select_related("notice_settings").annotate(has_device=Exists(device)).filter(pk__in=ids)
    return {user.pk: user for user in rows}


@dataclass(slots=True)
class _Departures:
    """When notices leave, by way. Thousands of a sweep are alike to the same few people: each likeness is judged once."""

    people: dict[int, User]
    now: datetime
    known: dict[tuple[Any, ...], tuple[datetime | None, datetime | None]] = field(default_factory=dict)

    def of(self, notice: Notice) -> tuple[datetime | None, datetime | None]:
        key = (notice.user_id, notice.kind, notice.urgent, notice.on_duty, notice.ways)
        if key not in self.known:
            self.known[key] = self._judged(notice)
        return self.known[key]

    def _judged(self, notice: Notice) -> tuple[datetime | None, datetime | None]:
        user = self.people.get(notice.user_id)
        if user is None:
            return None, None
        mail, push = (
            departure(user, self.now, wanted=_wanted(notice, user, way) and reaches(user, way), on_duty=notice.on_duty)
            for way in (Way.EMAIL, Way.PUSH)
        )
        return mail, push


def _wanted(notice: Notice, user: User, way: Way) -> bool:
    if notice.ways:
        return way in notice.ways
    return wants(settings_of(user), group_of(notice.kind, urgent=notice.urgent), way)


def _row(notice: Notice, departures: _Departures) -> dict[str, Any]:
    """By the columns of the statement. A gathered one keeps by which ways it would have left, but no moment."""
    mail, push = departures.of(notice)
    gather = notice.gather and (mail or push) is not None
    return {
        "key": notice.key,
        "kind": notice.kind,
        "user_id": notice.user_id,
        "center_slug": notice.center_slug,
        "subject": " ".join(notice.subject.split())[:300],  # a line break would end the header of a letter
        "body": notice.body,
        "path": notice.path,
        "urgent": notice.urgent,
        "on_duty": notice.on_duty,
        "gather": gather,
        "ways_fixed": bool(notice.ways),
        "by_email": mail is not None,
        "next_try_at": None if gather else mail,
        "by_push": push is not None,
        "push_try_at": None if gather else push,
        "attached": notice.attached,
        "attached_name": notice.attached_name,
    }


def _moment(value: datetime) -> str:
    return value.isoformat()
