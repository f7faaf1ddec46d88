"""What a file of messages costs: 20,000 rows of «Инцидент Менеджмент» judged and put in, by a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import xlsxwriter

from bench import texts
from bench.results import FILE_BAR, FILE_MEMORY_BAR, Results
from blocks.models import Block, Center, Topic
from messages.exchange import im

ROWS: Final = 20_000
_STEPS: Final = ("Готово", "Готово", "Готово", "Оценка удовлетворенности", "В работе")


def measure(center: Center, now: datetime, results: Results) -> None:
    """The file made, judged and put in: seconds of both together, and the most memory held with the reader's own process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "im.xlsx")
        made(path, center, now)
        command = [sys.executable, "-m", "bench.file_worker", center.slug, str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"Файл не внесён: {ran.stderr[-2000:]}")
    told = json.loads(ran.stdout)
    if told["counts"] != {"made": ROWS}:
        raise RuntimeError(f"Внесено не то: {told['counts']}")
    where = f"{ROWS:,} строк".replace(",", "\u00a0")
    both = told["judged"] + told["put"]
    note = f"проверка {told['judged']:.1f} с, внесение {told['put']:.1f} с"
    results.add(f"Внесение файла: {where}", [both], bar=FILE_BAR, note=note)
    results.hold(f"Внесение файла: память, {where}", told["memory"], bar=FILE_MEMORY_BAR)


def made(path: Path, center: Center, now: datetime) -> None:
    """A workbook of 47 columns as that system writes it: times as text, lengths as cells of time."""
    chance = Random(20_000)
    topics = list(Topic.objects.filter(center=center).values_list("name", flat=True))
    blocks = dict(Block.objects.filter(center=center).values_list("short", "code"))
    stock = texts.Stock.of(center.slug)
    places = {column.attribute: place for place, column in enumerate(im.COLUMNS)}
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Лист1")
        lasting = book.add_format({"num_format": "[h]:mm:ss.000"})
        sheet.write_row(0, 0, [column.title for column in im.COLUMNS])
        for line in range(1, ROWS + 1):
            block = chance.choice(list(blocks))
            said = {"executor": block, "topic": chance.choice(topics), "text": stock.letter(blocks[block], chance)}
            row = _row(line, now, chance, said | {"answer": stock.answer(blocks[block], chance)})
            for name in sorted(row, key=lambda name: places[name]):
                value = row[name]
                if isinstance(value, timedelta):
                    sheet.write_datetime(line, places[name], value, lasting)
                else:
                    sheet.write(line, places[name], value)


def _row(line: int, now: datetime, chance: Random, said: dict[str, str]) -> dict[str, Any]:
    created = now.replace(tzinfo=None) - timedelta(days=30 + chance.random() * 300)
    handed = created + timedelta(minutes=chance.randrange(5, 60))
    sent = handed + timedelta(minutes=chance.randrange(20, 200))
    agreeing = timedelta(minutes=chance.randrange(1, 90), milliseconds=chance.randrange(1000))
    answered = sent + agreeing + timedelta(minutes=chance.randrange(1, 60))
    step = chance.choice(_STEPS)
    empty = dict.fromkeys((column.attribute for column in im.COLUMNS), "-")
    row = empty | {
        "cabinet": "Октябрьский район",
        "id": 5_000_000 + line,
        "number": 900_000 + line,
        "department": "Администрация",
        "executor": said["executor"],
        "assigned_at": f"{handed:%Y-%m-%d %H:%M:%S}",
        "step": step,
        "created_at": f"{created:%Y-%m-%d %H:%M:%S}",
        "topic": said["topic"],
        "street": texts.address(chance),
        "kind": "Решаемый",
        "post_url": f"https://vk.com/wall-{line}_1",
        "text": f"'[id{line}|Имя], {said['text']}",
        "author_url": f"https://vk.com/id{line}",
        "tags": "выгрузка",
    }
    if step == "В работе":
        return row
    return row | {
        "answered_at": f"{answered:%Y-%m-%d %H:%M:%S}",
        "answer": said["answer"],
        "took": answered - created,
        "submitted_at": f"{sent:%Y-%m-%d %H:%M:%S}",
        "agreeing": agreeing,
        "ended_at": f"{answered + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
        "outcome": "Решено",
        "reason": chance.choice(("Автор доволен", "Нет ответа от автора", 5, 4, 2)),
    }
