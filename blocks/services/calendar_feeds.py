"""The private address at which a calendar program reads a person's terms: made, shown once, replaced, called off."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from blocks.models import CalendarFeed, Center
from mcu.models import User

TOKEN_BYTES: Final = 32
_READ_AGAIN_AFTER: Final = timedelta(minutes=1)


def feed_of(*, user: User, center: Center) -> CalendarFeed | None:
    """The person's address in force. One query."""
    return CalendarFeed.objects.filter(user=user, center=center, revoked_at__isnull=True).first()


@transaction.atomic
def create_feed(*, user: User, center: Center, now: datetime) -> str:
    """Make an address in place of the former one, which stops at once; its token is returned here and never again."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # pressed twice, one address is made after the other
    revoke_feed(user=user, center=center, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.create(user=user, center=center, token_hash=_hash(token), created_at=now)
    return token


def revoke_feed(*, user: User, center: Center, now: datetime) -> bool:
    """Call the address off; whether there was one."""
    return bool(CalendarFeed.objects.filter(user=user, center=center, revoked_at__isnull=True).update(revoked_at=now))


def opened_feed(*, token: str, now: datetime) -> CalendarFeed | None:
    """The feed of a token in force, of a person who may sign in and a Center that works; remembers the reading. Two queries."""
    feed = (
        CalendarFeed.objects.filter(
            token_hash=_hash(token), revoked_at__isnull=True, user__is_active=True, center__closed_at__isnull=True
        )
        .select_related("user", "center")
        .first()
    )
    if feed is not None and (feed.read_at is None or now - feed.read_at >= _READ_AGAIN_AFTER):
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return feed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
