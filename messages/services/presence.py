"""Who has the case open at this moment: kept in Redis for seconds, never in the database.

With Redis down nobody is shown and nothing else happens: the second to save still gets both texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.cache import cache
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

HERE_FOR: Final = 10  # seconds after the last beat; a page beats every four
ADMITTED_FOR: Final = 60


@dataclass(frozen=True, slots=True)
class Present:
    """A person with the case open."""

    user_id: int
    name: str
    writing: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """That a person has been let in to a case; remembered for a minute, so that a beat costs one query."""

    message_id: int
    user_id: int
    name: str


def beat(*, message_id: int, user_id: int, name: str, writing: bool, moment: float) -> list[Present]:
    """Say that the person is here, and learn who else is. ``moment`` is Unix time; one exchange with Redis."""
    key = _key(message_id)
    mine = {flag: _member(user_id, name, writing=flag) for flag in (False, True)}
    found: list[bytes] = []
    try:
        with get_redis_connection("default").pipeline() as pipe:
            pipe.zremrangebyscore(key, "-inf", moment - HERE_FOR)
            pipe.zrem(key, mine[not writing])
            pipe.zadd(key, {mine[writing]: moment})
            pipe.expire(key, HERE_FOR * 2)
            pipe.zrange(key, 0, -1)
            found = pipe.execute()[-1]
    except (RedisError, ConnectionInterrupted):
        return []
    return _others(found, user_id)


def leave(*, message_id: int, user_id: int, name: str) -> None:
    """The person has closed the case: others learn it with their next beat."""
    try:
        members = (_member(user_id, name, writing=flag) for flag in (False, True))
        get_redis_connection("default").zrem(_key(message_id), *members)
    except (RedisError, ConnectionInterrupted):
        return  # the entry ends by itself


def admit(admission: Admission, *, session: str, address: str) -> None:
    """Remember who was let in, by the session and the address of the case."""
    cache.set(_pass_of(session, address), asdict(admission), ADMITTED_FOR)


def admitted(*, session: str, address: str) -> Admission | None:
    """Whom this session was let in as within the last minute; nobody where Redis is down."""
    found: dict[str, Any] | None = cache.get(_pass_of(session, address)) if session else None
    return Admission(**found) if found else None


def _others(members: Iterable[bytes], user_id: int) -> list[Present]:
    """Everybody but the person, by name; somebody with two windows is writing if in one of them."""
    found: dict[int, Present] = {}
    for member in members:
        pk, name, writing = json.loads(member)
        known = found.get(pk)
        found[pk] = Present(pk, name, bool(writing) or (known is not None and known.writing))
    found.pop(user_id, None)
    return sorted(found.values(), key=lambda one: one.name)


def _key(message_id: int) -> str:
    return f"mcu:here:{message_id}"


def _member(user_id: int, name: str, *, writing: bool) -> str:
    return json.dumps([user_id, name, int(writing)], ensure_ascii=False)


def _pass_of(session: str, address: str) -> str:
    """The session's key itself is not kept outside the table of sessions."""
    return "admitted:" + hashlib.sha256(f"{session}\n{address}".encode()).hexdigest()
