"""Messages coming in by REST: one by one and by hundreds, from several clients at once, into the register as it is filled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from bench import people, texts, web
from bench.results import BULK_BAR, SINGLE_BAR, Results
from blocks.models import Center
from messages.models import Message

_WARM_UP: Final = 40
_SINGLES, _CLIENTS = 1500, 4
_BODIES, _BODY, _BULK_CLIENTS = 8, 2500, 2


def measure(site: web.Site, center: Center, now: datetime, results: Results) -> None:
    """What two web workers take in a second, with history, numbers and terms."""
    key, messages = people.client_key(center, now), _messages(center, now)
    site.push(_take(messages, _WARM_UP), key, threads=2)
    singles, bodies = _take(messages, _SINGLES), [_take(messages, _BODY) for _ in range(_BODIES)]
    before = Message.objects.count()
    for name, pushed, clients, bar in (
        ("Приём по одному", singles, _CLIENTS, SINGLE_BAR),
        (f"Приём по {_BODY} разом", bodies, _BULK_CLIENTS, BULK_BAR),
    ):
        begun = time.perf_counter()
        times = site.push(pushed, key, threads=clients)
        seconds = time.perf_counter() - begun
        after = Message.objects.count()
        rate, before = (after - before) / seconds, after
        results.add(name, times, rate=rate, rate_bar=bar, note=f"{rate:.0f} сообщений/с, клиентов {clients}")


def _take(messages: Iterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [message for _, message in zip(range(count), messages, strict=False)]


def _messages(center: Center, now: datetime) -> Iterator[dict[str, Any]]:
    """Letters as they come, each received some time in the last hours."""
    stock, chance, number = texts.Stock.of(center.slug), Random(0), 0
    while True:
        block, topic = chance.choice(stock.topics)
        number += 1
        yield {
            "source": chance.choice(("im", "pos", "fz59")),
            "external_id": f"bench-{number}",
            "text": stock.letter(block, chance),
            "received_at": (now - timedelta(minutes=chance.uniform(0, 300))).isoformat(timespec="seconds"),
            "topic": topic,
            "settlement": chance.choice(stock.settlements),
            "address": texts.address(chance),
            "applicant": {"name": texts.person(chance), "phone": "+7 900 000-00-00"},
        }
