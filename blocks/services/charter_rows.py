"""What rows a charter makes: for every table, code and values, references still by code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.charters.schema import Charter
from blocks.models import (
    Block,
    CenterRow,
    DeadlineRule,
    Indicator,
    Recipient,
    ReportDuty,
    RoleTitle,
    Settlement,
    Source,
    Topic,
)

Values = Mapping[str, object]


@dataclass(frozen=True)
class Sheet:
    """A table of the charter: its model, its name for people, its rows and which values are references."""

    model: type[CenterRow]
    label: str
    rows: Callable[[Charter], Iterable[tuple[str, Values]]]
    references: dict[str, type[CenterRow]] = field(default_factory=dict)


def center_values(charter: Charter) -> dict[str, Any]:
    """The Center's own fields, but for the lists that keep what was closed (see `load_charter`)."""
    center = charter.center
    return {
        "prefix": center.prefix,
        "name": center.name,
        "short": center.short,
        "district": center.district,
        "region": center.region,
        "timezone": center.timezone,
        "form": center.form,
        "partner": center.partner,
        "decree": center.decree.reference,
        "settings": charter.settings.model_dump(mode="json"),
        "legal_grounds": [row.model_dump(mode="json") for row in charter.grounds],
        "outcomes": [row.model_dump(mode="json") for row in charter.outcomes],
        "notes": [row.model_dump(mode="json") for row in charter.notes],
    }


def _settlements(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.geography.settlements:
        yield row.code, {"name": row.name, "kind": row.type, "parent": row.parent, "lat": row.lat, "lon": row.lon}


def _blocks(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.blocks:
        values = {"name": row.name, "short": row.short, "territorial": row.territorial, "settlement": row.settlement}
        yield row.code, values


def _topics(charter: Charter) -> Iterable[tuple[str, Values]]:
    for block, row in charter.topics():
        yield (
            row.code,
            {
                "name": row.name,
                "block": block.code,
                "classifier_code": row.classifier,
                "fast_track": row.fast_track,
                "keywords": row.keywords,
            },
        )


def _recipients(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.recipients:
        yield row.code, {"name": row.name, "short": row.short, "kind": row.kind, "settlement": row.settlement}


def _sources(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.sources:
        yield (
            row.code,
            {
                "name": row.name,
                "short": row.short,
                "family": row.family,
                "regime": row.regime,
                "approval": list(row.approval),
                "publisher": row.publisher,
                "clause": row.clause,
            },
        )


def _deadlines(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.deadlines:
        yield (
            row.code,
            {
                "name": row.title,
                "kind": row.kind,
                "clause": row.clause,
                "basis": row.basis,
                "internal": row.internal,
                "regime": row.regime or "",
                "source": row.source,
                "fast_track": row.fast_track,
                "topic": row.topic,
                "starts_on": row.starts_on,
                "amount": row.amount,
                "unit": row.unit,
                "day_count": row.day_count,
                "on_day_off": row.on_day_off,
                "warn_shares": charter.warn_shares_of(row),
                "warn_before": list(row.warn_before),
                "ladder": [step.model_dump(mode="json", exclude_defaults=True) for step in charter.steps_of(row)],
                "pauses": row.pauses,
            },
        )


def _indicators(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.indicators.rows if charter.indicators else []:
        yield (
            row.code,
            {
                "name": row.name,
                "number": row.number,
                "unit": row.unit,
                "formula": row.formula,
                "targets": row.targets,
                "note": row.note,
            },
        )


def _reports(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.reports:
        values = {
            "name": row.name,
            "period": row.period,
            "author": row.author,
            "recipients": list(row.to),
            "clause": row.clause,
        }
        yield row.code, values


def _roles(charter: Charter) -> Iterable[tuple[str, Values]]:
    for row in charter.roles:
        yield (
            row.row_code,
            {
                "name": row.title,
                "role": row.code,
                "post": row.post,
                "clause": row.clause,
                "from_decree": row.from_decree,
                "totp_required": row.totp_required,
            },
        )


# In the order in which they refer to each other.
SHEETS: tuple[Sheet, ...] = (
    Sheet(RoleTitle, "Роль", _roles),
    Sheet(Settlement, "Населённый пункт", _settlements),
    Sheet(Block, "Блок", _blocks, {"settlement": Settlement}),
    Sheet(Topic, "Тема", _topics, {"block": Block}),
    Sheet(Recipient, "Получатель", _recipients, {"settlement": Settlement}),
    Sheet(Source, "Источник", _sources),
    Sheet(DeadlineRule, "Срок", _deadlines, {"source": Source, "topic": Topic}),
    Sheet(Indicator, "Показатель", _indicators),
    Sheet(ReportDuty, "Отчёт", _reports),
)
