"""PostgreSQL and Valkey out of wheels, for a machine where neither is installed.

``database_url`` and ``redis_url`` only compute addresses from the data folder: settings call them when ``DATABASE_URL``
or ``REDIS_URL`` is not set, so that any command finds the servers which a running ``manage.py up`` started.
``start`` and ``running`` start them.
"""

from mcu.embedded.errors import EmbeddedError
from mcu.embedded.places import Places, broker_url, database_url, redis_url
from mcu.embedded.servers import Servers, is_running, remove, running, start

__all__ = [
    "EmbeddedError",
    "Places",
    "Servers",
    "broker_url",
    "database_url",
    "is_running",
    "redis_url",
    "remove",
    "running",
    "start",
]
