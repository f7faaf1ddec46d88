"""A file of messages judged and put in as the worker does it, with the times and the most memory held."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from django.core.files import File

from blocks import actors
from blocks.models import Center
from mcu import uploads
from mcu.clock import utc_now
from messages.services.imports import asking, work
from messages.services.imports.passes import Pass


def run(slug: str, path: str) -> dict[str, Any]:
    """Seconds of judging and of putting in, what became of the rows, and MiB at most with the reader's own process."""
    center = Center.objects.get(slug=slug)
    actor = actors.system(center)
    begun = time.perf_counter()
    with Path(path).open("rb") as content:
        table = uploads.accept_table(File(content, name="im.xlsx"))
        with uploads.stored(table) as kept:
            told = {"code": "im", "name": table.name, "sha256": table.sha256, "path": kept}
            row = asking.bring(center=center, actor=actor, now=utc_now(), taken=True, **told)
    row = work.read(Pass(row, actor, utc_now))
    judged = time.perf_counter() - begun
    row = asking.confirm(import_id=row.pk, center=center, actor=actor, now=utc_now(), taken=True)
    row = work.run(Pass(row, actor, utc_now))
    put = time.perf_counter() - begun - judged
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"judged": judged, "put": put, "counts": row.counts, "memory": most // 1024}
