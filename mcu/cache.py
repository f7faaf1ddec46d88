"""The cache on Redis that answers sensibly when Redis is away."""

from __future__ import annotations

from typing import Any

from django_redis.cache import RedisCache


class ForgivingRedisCache(RedisCache):
    """django-redis passes over a lost connection; here ``add`` then says yes, as an empty cache would.

    allauth takes a refused ``add`` for a lock held by another and tells the person that there were too many attempts:
    without this nobody could sign in while Redis is down.
    """

    def add(self, *args: Any, **kwargs: Any) -> bool:
        added = super().add(*args, **kwargs)
        return True if added is None else bool(added)
