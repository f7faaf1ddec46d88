"""The cache on Redis that answers sensibly when Redis is away, and does not wait long for one that hangs."""

from __future__ import annotations

from functools import cache
from time import monotonic
from typing import Any, Final

from django_redis.cache import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

LEFT_ALONE: Final = 5.0  # seconds


class WaitsOnce(Retry):
    """After Redis has not answered in time nobody of this process asks it for a while.

    A page asks a dozen times, and would wait as often: signing in took twenty seconds beside a server that hangs. It
    stands where redis-py would try again, for there every command and every new connection comes by.
    """

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self._until = 0.0

    def __deepcopy__(self, memo: Any) -> WaitsOnce:
        return self  # each connection copies what it is given; they are to know of each other

    def call_with_retry(self, do: Any, *args: Any, **kwargs: Any) -> Any:
        """The command, unless one has just waited in vain."""
        if monotonic() < self._until:
            raise NoAnswer("Redis did not answer a moment ago")
        try:
            return super().call_with_retry(do, *args, **kwargs)
        except NoAnswer:
            self._until = monotonic() + LEFT_ALONE
            raise


class ForgivingRedisCache(RedisCache):
    """django-redis passes over a lost connection; here ``add`` then says yes, as an empty cache would.

    allauth takes a refused ``add`` for a lock held by another and tells the person that there were too many attempts:
    without this nobody could sign in while Redis is down.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {**params["OPTIONS"], "CONNECTION_POOL_KWARGS": {"retry": _waits_once(server)}}
        super().__init__(server, {**params, "OPTIONS": options})

    def add(self, *args: Any, **kwargs: Any) -> bool:
        added = super().add(*args, **kwargs)
        return True if added is None else bool(added)


@cache
def _waits_once(server: str) -> WaitsOnce:
    """One for all connections to a server."""
    return WaitsOnce()
