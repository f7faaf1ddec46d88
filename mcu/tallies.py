"""Counts too frequent for the database: kept in Redis, taken from there by a task. With Redis away nothing is counted.

A tally is one hash of counters. Whoever gathers it moves it aside first, so that counting goes on meanwhile, and takes it
away only after having kept it: what a gatherer that died left is gathered by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError, ResponseError

logger = logging.getLogger(__name__)
AWAY: Final = (ConnectionInterrupted, RedisError)


def count(tally: str, fields: Iterable[str]) -> None:
    """Add one to each of the counters, in one round."""
    try:
        with get_redis_connection("default").pipeline(transaction=False) as pipe:
            for field in fields:
                pipe.hincrby(_key(tally), field, 1)
            pipe.execute()
    except AWAY as error:
        logger.warning("not counted in %s: %s", tally, error)


def set_aside(tally: str) -> dict[str, int]:
    """What has been counted since, to be kept and then ``forget``; what an earlier gatherer left comes first."""
    try:
        connection = get_redis_connection("default")
        if not connection.exists(_aside(tally)):
            connection.rename(_key(tally), _aside(tally))
        return {field.decode(): int(value) for field, value in connection.hgetall(_aside(tally)).items()}
    except ResponseError:  # nothing has been counted
        return {}
    except AWAY as error:
        logger.warning("%s not gathered: %s", tally, error)
        return {}


def forget(tally: str) -> None:
    """What was set aside has been kept."""
    try:
        get_redis_connection("default").delete(_aside(tally))
    except AWAY as error:
        logger.warning("%s gathered, not taken away: %s", tally, error)


def _key(tally: str) -> str:
    return f"mcu:tally:{tally}"


def _aside(tally: str) -> str:
    return f"mcu:tally:{tally}:aside"
