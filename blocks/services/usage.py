"""How much programs call: counted beside each call in Redis, gathered into a row a client and day every minute."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from http import HTTPStatus
from typing import Final

from django.db import connection

from blocks.models import ApiClient
from mcu import tallies

TALLY: Final = "api"
CALLS: Final = "calls"
REFUSED: Final = "refused"
LIMITED: Final = "limited"
FAILED: Final = "failed"
_COLUMNS: Final = (CALLS, REFUSED, LIMITED, FAILED)
# A client that is gone meanwhile is passed over.
_ADD: Final = """
INSERT INTO blocks_apiusage AS kept (client_id, day, calls, refused, limited, failed)
SELECT new.client_id, new.day, new.calls, new.refused, new.limited, new.failed
FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS new (client_id, day, calls, refused, limited, failed)
JOIN blocks_apiclient AS client ON client.id = new.client_id
ON CONFLICT (client_id, day) DO UPDATE SET
    calls = kept.calls + excluded.calls, refused = kept.refused + excluded.refused,
    limited = kept.limited + excluded.limited, failed = kept.failed + excluded.failed
"""


def note_call(client: ApiClient, status: int, now: datetime) -> None:
    """Count one call of the client on its Center's day. One round to Redis."""
    day = now.astimezone(client.center.tz).date()
    outcome = _outcome(status)
    tallies.count(TALLY, [f"{client.pk}:{day:%Y-%m-%d}:{one}" for one in (CALLS, outcome) if one])


def gather_usage() -> int:
    """Bring what was counted into the table; how many rows it touched.

    Killed at the one moment between keeping and taking away it counts those calls twice; none is ever lost.
    """
    counted = tallies.set_aside(TALLY)
    if not counted:
        return 0
    days: defaultdict[tuple[int, date], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COLUMNS, 0))
    for field, value in counted.items():
        client, day, column = field.split(":")
        days[int(client), date.fromisoformat(day)][column] += value
    rows = [(client, day, *(values[column] for column in _COLUMNS)) for (client, day), values in sorted(days.items())]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])
    tallies.forget(TALLY)
    return len(rows)


def _outcome(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return LIMITED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FAILED
    return REFUSED if status >= HTTPStatus.BAD_REQUEST else ""
