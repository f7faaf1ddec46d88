"""``manage.py evaluate_suggestions --train FILE --test FILE`` or ``--folds 5 FILE``: how often the suggestions are right."""

from __future__ import annotations

import resource
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from mcu.cells import plain
from mcu.uploads import tables
from messages.suggesting import KINDS, Accuracy, Letter, Model, accuracy_of, from_bytes, to_bytes
from messages.suggesting.training import MOST_TEXTS, Example, learn

_TEXT: Final = ("text", "текст", "текст сообщения", "текст обращения")
_COLUMNS: Final = {
    "block": ("block", "блок", "отраслевой блок"),
    "topic": ("topic", "тема"),
    "recipient": ("recipient", "получатель", "ответственный получатель"),
}
_WORDS: Final = {"block": "блок", "topic": "тема", "recipient": "получатель"}
_HEADER_WITHIN: Final = 20  # lines


class Command(BaseCommand):
    help = "Проверить подсказки: выучить на одном файле решений и угадать другой. CSV или XLSX со столбцами по названиям."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--train", metavar="FILE", help="на чём учиться")
        parser.add_argument("--test", metavar="FILE", help="на чём проверять")
        parser.add_argument("--folds", type=int, metavar="N", help="вместо двух файлов: разделить один на N частей")
        parser.add_argument("file", nargs="?", help="файл для --folds")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["folds"]:
            if not options["file"] or options["folds"] < 2:
                raise CommandError("Укажите файл и не меньше двух частей: --folds 5 FILE.")
            self._folds(_read(options["file"]), options["folds"])
        elif options["train"] and options["test"]:
            train, test = _read(options["train"]), _read(options["test"])
            self._told(train, test, [self._one(train, test)])
        else:
            raise CommandError("Укажите --train FILE и --test FILE или --folds 5 FILE.")

    def _folds(self, examples: list[Example], folds: int) -> None:
        """Each part guessed by what all the others teach, from the beginning to the end."""
        if folds > len(examples):
            raise CommandError(f"Строк в файле {len(examples)}: на {folds} частей не делится.")
        parts = np.array_split(np.random.default_rng(0).permutation(len(examples)), folds)
        results = []
        for number, part in enumerate(parts):
            rest = np.concatenate([other for place, other in enumerate(parts) if place != number])
            results.append(self._one([examples[place] for place in rest], [examples[place] for place in part]))
        self._told(examples, examples, results)

    def _one(self, train: Sequence[Example], test: Sequence[Example]) -> dict[str, Accuracy]:
        """Learned, kept as bytes and read back, as the product does it."""
        begun = time.monotonic()
        kept = to_bytes(learn(train[-MOST_TEXTS:], _names(train)).model)
        learned = time.monotonic()
        model = from_bytes(kept)
        opened = time.monotonic()
        found = _measured(model, test)
        each = 1000 * (time.monotonic() - opened) / len(test)
        self.stdout.write(f"обучение {learned - begun:.1f} с, одна подсказка {each:.1f} мс, модель {len(kept) / 1e6:.1f} МБ")
        return found

    def _told(self, train: Sequence[Example], test: Sequence[Example], results: Sequence[dict[str, Accuracy]]) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.stdout.write(f"память {memory:.0f} МБ; строк для обучения {len(train)}, для проверки {len(test)}")
        self.stdout.write(f"{'':12}{'top-1':>8}{'top-3':>8}{'самое частое':>15}{'уверенность':>14}")
        for kind in KINDS:
            found = [(one[kind], one[kind].cases) for one in results if one[kind].cases]
            cases = sum(count for _, count in found)
            if cases:
                shares = [
                    sum(getattr(one, name) * count for one, count in found) / cases
                    for name in ("top1", "top3", "usual", "sure")
                ]
                top1, top3, usual, sure = shares
                self.stdout.write(f"{_WORDS[kind]:12}{top1:8.4f}{top3:8.4f}{usual:15.4f}{sure:14.4f}")


def _measured(model: Model, test: Sequence[Example]) -> dict[str, Accuracy]:
    """A right answer that was never seen in learning counts as a miss, not as nothing."""
    shares = [model.shares(one.letter) for one in test]
    found = {}
    for kind in KINDS:
        new = sorted({label for one in test if (label := getattr(one, kind))} - set(model.labels[kind]))
        labels = (*model.labels[kind], *new)
        places = {label: place for place, label in enumerate(labels)}
        given = np.array([places.get(getattr(one, kind), -1) for one in test], dtype=np.int64)
        told = np.array([one[kind] for one in shares]).reshape(len(test), -1)
        found[kind] = accuracy_of(np.pad(told, ((0, 0), (0, len(new)))), given, labels)
    return found


def _names(examples: Sequence[Example]) -> dict[str, dict[str, str]]:
    """In a file a choice is written by its name."""
    return {kind: {label: label for one in examples if (label := getattr(one, kind))} for kind in ("topic", "recipient")}


def _read(path: str) -> list[Example]:
    rows = _lines(path)
    header: list[str] = []
    for _, cells in zip(range(_HEADER_WITHIN), rows, strict=False):
        header = [cell.strip().casefold() for cell in cells]
        if any(cell in _TEXT for cell in header):
            break
    else:
        raise CommandError(f"В файле {path} нет столбца с текстом: назовите его «text» или «Текст».")
    text = next(place for place, cell in enumerate(header) if cell in _TEXT)
    places = {kind: next((place for place, cell in enumerate(header) if cell in known), -1) for kind, known in _COLUMNS.items()}
    examples = [
        Example(Letter(cells[text]), **{kind: _cell(cells, place) for kind, place in places.items()})
        for cells in rows
        if _cell(cells, text)
    ]
    if not examples:
        raise CommandError(f"В файле {path} нет ни одной строки с текстом.")
    return examples


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if 0 <= place < len(cells) else ""


def _lines(path: str) -> Iterator[list[str]]:
    try:
        Path(path).stat()
        for row in tables.rows(path, "csv" if Path(path).suffix.casefold() == ".csv" else "xlsx"):
            if isinstance(row, tuple):
                yield [plain(cell) for cell in row[1]]
    except (OSError, tables.Unread) as problem:
        raise CommandError(f"Файл {path} не читается: {problem}") from None
