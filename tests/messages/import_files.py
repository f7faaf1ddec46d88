"""Files of other systems as they are met, made here: every layout known, and the ways they are broken."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile

from mcu import uploads
from messages.exchange import delo, im, mcu, pos
from messages.exchange.columns import Column
from messages.models import ImportRow, MessageImport
from messages.services.imports import asking, work
from tests.cast import NOW, Cast

Row = dict[str, Any]
COLUMNS: dict[str, Sequence[Column]] = {"im": im.COLUMNS, "pos": pos.COLUMNS, "delo": delo.COLUMNS, "mcu": mcu.COLUMNS}

IM: Row = {
    "id": 90001,
    "number": 2246,
    "created_at": "2026-11-10 10:00:00",
    "step": "В работе",
    "group": "Дороги",
    "topic": "Ямы на дорогах",
    "text": "'[id123|Иван], яма у школы<br>когда починят?",
    "post_url": "https://vk.com/wall-1_1",
    "author_url": "https://vk.com/id123",
}
IM_ANSWERED: Row = IM | {
    "assigned_at": "2026-11-10 10:30:00",
    "submitted_at": "2026-11-10 12:00:00",
    "agreeing": timedelta(minutes=40),
    "answered_at": "2026-11-10 13:00:00",
    "took": timedelta(hours=3),
    "answer": "Яму засыпали.",
    "step": "Оценка удовлетворенности",
}
IM_DONE: Row = IM_ANSWERED | {"step": "Готово", "ended_at": "2026-11-11 09:00:00", "outcome": "Решено", "reason": 5}
POS: Row = {
    "number": "ПОС-77",
    "category": "Дороги",
    "received_on": "06.11.2026",
    "planned_on": "16.11.2026",
    "done_on": "-",
    "stage": "В работе",
    "status": "Назначен исполнитель",
    "fast_track": "Да",
    "law": "Обычное сообщение",
    "score": "-",
}
POS_ANSWERED: Row = POS | {
    "done_on": "16.11.2026",
    "stage": "Завершено",
    "status": "Отправлен ответ заявителю",
    "decision": "Решено",
    "score": "5",
}
DELO: Row = {
    "kind": "Письмо",
    "number": "К-12/26",
    "registered_on": "12.10.2026",
    "text": "О ремонте дороги",
    "person": "Проверкин П. П.",
    "rubric": "(0002.0014.0143.0416) Качество оказания помощи",
    "planned_on": "10.11.2026",
    "to": "Администрация",
    "delivery": "E-mail",
}


def sheet(
    code: str, rows: Sequence[Row], *, order: Sequence[str] = (), before: Sequence[str] = (), extra: Sequence[str] = (),
    titles: dict[str, str] | None = None, headers: bool = True, name: str = "Лист1",
) -> bytes:  # fmt: skip
    """A workbook of the format: its columns in ``order``, lines ``before`` the headers, ``extra`` columns beside them."""
    columns = {column.attribute: column for column in COLUMNS[code]}
    fields = list(order) or list(columns)
    lines: list[list[Any]] = [[text] for text in before]
    if headers:
        lines.append([(titles or {}).get(field, columns[field].title) for field in fields] + list(extra))
    lines += [[row.get(field, "") for field in fields] + [""] * len(extra) for row in rows]
    return workbook(lines, name=name)


def workbook(lines: Sequence[Sequence[Any]], name: str = "Лист1", more: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of these cells; texts stay texts."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        page = book.add_worksheet(name)
        lasting = book.add_format({"num_format": "[h]:mm:ss.000"})
        for line, cells in enumerate(lines):
            for place, cell in enumerate(cells):
                if isinstance(cell, timedelta):
                    page.write_datetime(line, place, cell, lasting)
                elif cell != "":
                    page.write(line, place, cell)
        if more:
            more(book)
    return content.getvalue()


def brought(cast: Cast, code: str, content: bytes, *, by: str = "head", name: str = "выгрузка.xlsx") -> MessageImport:
    """The file brought and judged, as after the worker's first pass."""
    table = uploads.accept_table(ContentFile(content, name=name))
    with uploads.stored_bytes(content) as path:
        row = asking.bring(
            center=cast.center, actor=cast.actor(by), code=code, name=table.name, sha256=table.sha256, path=path, now=NOW
        )
    worked()
    row.refresh_from_db()
    return row


def put_in(cast: Cast, code: str, rows: Sequence[Row] | bytes, **values: Any) -> MessageImport:
    """The rows brought, judged and let in."""
    content = rows if isinstance(rows, bytes) else sheet(code, rows)
    by = values.get("by", "head")
    row = brought(cast, code, content, **values)
    assert row.state == MessageImport.State.READY, row.error
    asking.confirm(import_id=row.pk, center=cast.center, actor=cast.actor(by), now=NOW)
    worked()
    row.refresh_from_db()
    assert row.state == MessageImport.State.DONE, row.error
    return row


def worked() -> None:
    """What the worker does when its turn comes."""
    while (row := work.take(now=NOW)) is not None:
        work.work(row=row, clock=lambda: NOW)


def kinds(row: MessageImport) -> dict[str, int]:
    """How many rows of each kind there are, by the report."""
    found: dict[str, int] = {}
    for kind in row.rows.values_list("kind", flat=True):
        found[kind] = found.get(kind, 0) + 1
    return found


def words(row: MessageImport, line: int) -> str:
    """What the report says of a line."""
    return ImportRow.objects.get(file=row, line=line).words
