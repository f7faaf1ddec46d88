"""``manage.py figures --center oktyabrsky --from 2026-11-16 --to 2026-11-22``: every figure of a period, from the terminal."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.models import Center, Source
from mcu.cells import moment
from mcu.clock import utc_now
from mcu.errors import DomainError
from reports import listing, wording
from reports.figures import count_period
from reports.indicators.listed import of_indicators
from reports.periods import begun, of_days


class Command(BaseCommand):
    """Print every figure of a period with the period before, the same a year ago, numerator and denominator."""

    help = "Показать все показатели за период; оба дня входят в него, полночь — по времени Центра."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра, например oktyabrsky")
        parser.add_argument("--from", dest="first", required=True, help="первый день, например 2026-11-16 или 16.11.2026")
        parser.add_argument("--to", dest="last", required=True, help="последний день, он тоже входит")
        parser.add_argument("--source", default="", help="только один источник, например im")
        parser.add_argument("--json", action="store_true", dest="as_json", help="вывести данные для программ")

    def handle(self, *args: Any, center: str, first: str, last: str, source: str, as_json: bool, **options: Any) -> None:
        now = utc_now()
        found = Center.objects.filter(slug=center).first()
        if found is None:
            known = ", ".join(sorted(Center.objects.values_list("slug", flat=True))) or "ни одного"
            raise CommandError(f"Центра «{center}» нет. Есть: {known}.")
        only = _source(found, source) if source else None
        try:
            period = begun(of_days(_day(first, "--from"), _day(last, "--to"), found.tz), now)
        except DomainError as error:
            raise CommandError(error.message) from error
        figures = count_period(found, period, source=only, now=now)
        joined = [] if only else [join(found, period, now) for join in (*listing.JOINED, of_indicators)]
        joined = [part for part in joined if part.lines]
        if as_json:
            words = {
                "center": found.slug,
                "source": only.code if only else None,
                "period": {"code": period.code, "from": period.first.isoformat(), "to": period.last.isoformat()},
                "figures": figures,
                "joined": {part.title: [[words, *cells] for words, cells in part.lines] for part in joined},
            }
            self.stdout.write(json.dumps(words, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{found.name}\n{wording.period(period)}{f', {only.name}' if only else ''}\n")
        self.stdout.write(listing.text([*listing.parts_of(figures), *joined]))


def _day(value: str, option: str) -> date:
    found = moment(value)
    if found is None:
        raise CommandError(f"{option} {value}: такого дня нет. Нужен вид 2026-11-16 или 16.11.2026.")
    return found.date()


def _source(center: Center, code: str) -> Source:
    found = Source.objects.filter(center=center, code=code).first()
    if found is None:
        known = ", ".join(Source.objects.filter(center=center).order_by("order").values_list("code", flat=True))
        raise CommandError(f"Источника «{code}» в этом Центре нет. Есть: {known}.")
    return found
