"""``python -m tests.faults.job intake prepare | verdict TAG``: a client, and what became of all that was pushed."""

from __future__ import annotations

import json
import sys
from typing import Any

from blocks.services.clients import create_client
from mcu.clock import utc_now
from messages.models import Applicant, Change, Deadline, Message, MessageEvent, NumberSequence
from tests.cast import load_center

CENTER = "korsakovsky"  # the other faults fill Октябрьское past its row of numbers


def prepare() -> dict[str, str]:
    """A client that pushes and reads its own."""
    now = utc_now()
    _, key = create_client(center=load_center(CENTER), name=f"Портал {now:%H%M%S%f}", sources=["im"], now=now)
    return {"key": key}


def verdict(tag: str) -> dict[str, Any]:
    """How many cases there are of this run, their numbers, and which are not whole."""
    center = load_center(CENTER)
    cases = Message.objects.filter(center=center, external_id__startswith=tag)
    keys = dict(cases.values_list("pk", "number"))

    def counted(model: Any, name: str = "message_id", **where: Any) -> dict[int, int]:
        found: dict[int, int] = dict.fromkeys(keys, 0)
        for key in model.objects.filter(message__in=cases, **where).values_list(name, flat=True):
            found[key] += 1
        return found

    terms = counted(Deadline)
    parts: dict[str, dict[int, int]] = {
        "created": counted(MessageEvent, code="created"),
        "told": counted(Change, event__code="created"),
        "applicant": counted(Applicant),
        "terms": {pk: number == max(terms.values()) for pk, number in terms.items()},
    }
    running = {
        int(number.rsplit("-", 1)[1]) for number in Message.objects.filter(center=center).values_list("number", flat=True)
    }
    last = NumberSequence.objects.filter(center=center, series="case").values_list("last", flat=True).get()
    return {
        "cases": len(keys),
        "outside": cases.values("external_id").distinct().count(),
        "terms": max(terms.values(), default=0),
        "broken": {what: [keys[pk] for pk, number in found.items() if number != 1][:10] for what, found in parts.items()},
        "gaps": sorted(set(range(1, last + 1)) - running)[:10],
        "numbers": dict(cases.values_list("external_id", "number")),
    }


if __name__ == "__main__":
    print(json.dumps(prepare() if sys.argv[1] == "prepare" else verdict(sys.argv[2])))
