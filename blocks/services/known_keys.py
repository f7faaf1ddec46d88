"""Keys of clients as calls bring them, kept by the process for as long as neither they nor what they open has changed.

With each call the database is asked whether all of it is still the same (``mcu.row_marks``): what was blocked, closed or
bound otherwise is so for the very next call.
"""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.models import Prefetch

from blocks.models import ApiKey, Source
from mcu import row_marks

_STAMP: Final = """
SELECT {}
FROM blocks_apikey AS key
JOIN blocks_apiclient AS client ON client.id = key.client_id
JOIN blocks_center AS center ON center.id = client.center_id
WHERE key.prefix = %s
""".format(
    ", ".join(
        [
            *map(row_marks.of_row, ("key", "client", "center")),
            row_marks.of_rows("blocks_source", "center_id = center.id"),
            row_marks.of_rows("blocks_apiclient_sources", "apiclient_id = client.id"),
        ]
    )
)
_kept: Final[dict[str, tuple[tuple[str | None, ...], ApiKey]]] = {}


def by_prefix(prefix: str) -> ApiKey | None:
    """The key with its client, Center and sources, whatever has become of them. One query, two more after a change.

    Shared by all calls of the process: not to be changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [prefix])
        stamp = cursor.fetchone()
    if stamp is None:
        return None
    kept = _kept.get(prefix)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    key = _read(prefix)
    if key is not None:
        _kept[prefix] = (stamp, key)
    return key


def _read(prefix: str) -> ApiKey | None:
    rows = ApiKey.objects.select_related("client__center").prefetch_related(
        Prefetch("client__sources", Source.objects.filter(closed_at__isnull=True))
    )
    key = rows.filter(prefix=prefix).first()
    if key is not None:
        for source in key.client.sources.all():
            source.center = key.client.center
    return key
