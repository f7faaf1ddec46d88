"""The month's indicators as plain data: month, year to date, blocks, the months so far, the plan and what December brings."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from blocks.models import Block, Center, Indicator
from reports.indicators import DEFINITIONS, outlook
from reports.indicators.counting import INFORMING, YEAR, Divided, YearCount, begun
from reports.periods import Period, month_of

NOBODY: Final = "none"


def count_month(center: Center, month: Period) -> dict[str, Any]:
    """All indicators of the charter for the month and the year to date. Thirteen queries."""
    indicators = list(Indicator.objects.filter(center=center, closed_at__isnull=True).order_by("number", "pk"))
    blocks = list(Block.objects.filter(center=center).order_by("order", "pk"))
    year = YearCount(center, month).everything()
    since = _first_month(center, month, year)
    rows = [_row(one, year, blocks, since) for one in indicators if one.code in DEFINITIONS]
    return {
        "year": month.last.year,
        "month": month.code,
        "year_code": year.year.code,
        "months": [month_of(date(month.last.year, number, 1), month.tz).code for number in year.months],
        "since": since,
        "blocks": _used_blocks(rows, blocks),
        "rows": rows,
    }


def _first_month(center: Center, month: Period, year: YearCount) -> int:
    """The number of the first month that the Center worked or has anything kept of; months before it are gaps."""
    first = begun(center)
    local = first.astimezone(month.tz).date() if first else None
    worked = month.last.month + 1 if local is None else 1 if local.year < month.last.year else local.month
    known = (span for (code, span, _), of in year.counts.items() if span != YEAR and _is_kept(code, span, of, worked))
    return min([worked, *known])


def _is_kept(code: str, span: int, of: Divided, worked: int) -> bool:
    """Recipients are there in every month, so only what they published says something of it."""
    return of.part > 0 or (of.whole > 0 and (code != INFORMING or span >= worked))


def _row(indicator: Indicator, year: YearCount, blocks: list[Block], since: int) -> dict[str, Any]:
    code, definition = indicator.code, DEFINITIONS[indicator.code]
    plan = indicator.targets.get(str(year.month.last.year))
    to_date, of_month = year.get(code, YEAR), year.get(code, year.month.last.month)
    ahead = _december(code, year, since)
    return {
        "code": code,
        "number": indicator.number,
        "name": indicator.name,
        "title": definition.title,
        "short": definition.short,
        "unit": indicator.unit,
        "formula": indicator.formula,
        "note": indicator.note,
        "plan": plan,
        "plans": {key: indicator.targets[key] for key in sorted(indicator.targets)},
        "month": _of(of_month),
        "year": _of(to_date),
        "reached_month": outlook.reaches(of_month, plan),
        "reached": outlook.reaches(to_date, plan),
        "forecast": ahead,
        "ahead": definition.ahead,
        "forecast_reached": None if ahead is None or plan is None else ahead * 100 >= plan,
        "history": [_of(year.get(code, number)) if number >= since else None for number in year.months],
        "blocks": _by_block(code, year, blocks) if definition.by_block else {},
    }


def _december(code: str, year: YearCount, since: int) -> float | None:
    """What the year is worth at its end, by the indicator's own method."""
    to_date, left = year.get(code, YEAR), 12 - year.month.last.month
    worked = [number for number in year.months if number >= since]
    match DEFINITIONS[code].ahead:
        case "joining":
            return outlook.forecast_of_stock(to_date, [year.newcomers.get(number, 0) for number in worked], left)
        case "to_date":
            return outlook.share(to_date)
        case _:
            return outlook.forecast(to_date, [year.get(code, number) for number in worked], left)


def _by_block(code: str, year: YearCount, blocks: list[Block]) -> dict[str, dict[str, Any]]:
    keys = [*(str(block.pk) for block in blocks), NOBODY]
    of_month = year.month.last.month
    return {
        key: {"month": _of(year.get(code, of_month, key)), "year": _of(year.get(code, YEAR, key))}
        for key in keys
        if year.get(code, YEAR, key).whole
    }


def _used_blocks(rows: list[dict[str, Any]], blocks: list[Block]) -> list[dict[str, str]]:
    used = {key for row in rows for key in row["blocks"]}
    named = [{"key": str(block.pk), "name": block.short or block.name} for block in blocks]
    nobody = {"key": NOBODY, "name": "Блок не назначен"}
    return [*(one for one in named if one["key"] in used), *([nobody] if NOBODY in used else [])]


def _of(of: Divided) -> dict[str, Any]:
    return {"value": outlook.share(of), "numerator": of.part, "denominator": of.whole}
