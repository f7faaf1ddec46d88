"""The measurement itself: fill, serve, open pages, push, sweep; then the table."""

from __future__ import annotations

from http.cookies import SimpleCookie
from io import StringIO
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tqdm import tqdm

from bench import files, intake, load, people, reports, sweeps, web
from bench.pages import Page, Tour, Visit
from bench.results import QUERIES_BAR, Results
from blocks.models import Center
from mcu.clock import utc_now
from messages.services.sweep import sweep

_SLUGS: Final = ("oktyabrsky", "korsakovsky")
_REQUESTS, _REQUESTS_SMALL, _SMALL = 120, 30, 20_000
_WARM_UP: Final = 6  # each of the workers must have opened the page
_COUNTED: Final = 5  # visits of a page whose queries are counted; the costliest tells


def run(*, size: int, kept: Path) -> bool:
    """Measure with ``size`` messages, print the table, keep it as JSON; whether every bar was kept."""
    now = utc_now()
    results = Results(size, now)
    with results.timed("подготовка базы"):
        call_command("prepare", charters=",".join(_SLUGS), stdout=StringIO())
        staffs = [people.hire(Center.objects.get(slug=slug), now) for slug in _SLUGS]
        sweep(now=now)  # its heartbeat: without it every page would say that terms are not watched
    with results.timed("загрузка"):
        load.fill(staffs, size, now)
    with web.served() as site:
        tour = Tour(staffs[0], now)
        requests = _REQUESTS if size >= _SMALL else _REQUESTS_SMALL
        pages = tour.pages(site)
        for page in tqdm(pages, desc="Страницы", unit=" стр."):
            _open(site, page, requests, results)
        intake.measure(site, staffs[0].center, now, results)
    center = staffs[0].center
    files.measure(center, utc_now(), results)
    few = reports.measure(center, size, results)
    sweeps.measure(staffs[0], size, results, grown=lambda: reports.compare(center, few, size * reports.TIMES, results))
    results.save(kept)
    print(results.table())
    print(f"То же в файле {kept}")
    return results.ok


def _open(site: web.Site, page: Page, requests: int, results: Results) -> None:
    client = site.connect()
    times = []
    for number, visit in zip(range(_WARM_UP + requests), page.turns(), strict=False):
        answer = site.get(client, visit.path, visit.cookie)
        if number >= _WARM_UP:
            times.append(answer.seconds)
    client.close()
    queries = max(_queries(visit) for visit in page.visits[:_COUNTED])
    results.add(page.name, times, bar=page.bar, queries=queries, queries_bar=QUERIES_BAR)


def _queries(visit: Visit) -> int:
    """How many queries one page costs."""
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies = SimpleCookie(visit.cookie)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(visit.path)
    if answer.status_code != 200:
        raise web.Refused(f"{visit.path}: {answer.status_code}")
    return len(captured)
