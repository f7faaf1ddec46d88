"""``manage.py push``: a small REST client that sends the rows of a CSV file; safe to repeat. Needs no database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from mcu.push.rows import FIELDS, Mapping, PushError, Row, Table, read_table, write_refused
from mcu.push.sender import Outcome, Result, Sender, Stopped, Tally, send_all
from mcu.text import system_words


class Command(BaseCommand):
    help = (
        "Передать сообщения из CSV в МЦУ по REST. Столбцы с именами полей берутся сами, остальные называет --map. "
        "Команду можно повторять: принятое второй раз не заводится."
    )
    requires_system_checks = ()  # needs no database
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="файл CSV: UTF-8 или Windows-1251, запятая, точка с запятой или табуляция")
        parser.add_argument("--url", required=True, help="адрес МЦУ: http://127.0.0.1:8000")
        parser.add_argument(
            "--key", default=os.environ.get("MCU_KEY", ""), help="ключ клиента; можно в переменной окружения MCU_KEY"
        )
        parser.add_argument("--source", default="", help="код источника для всех строк: im")
        parser.add_argument(
            "--map", action="append", default=[], metavar="ПОЛЕ=СТОЛБЕЦ", help=f"откуда брать поле; поля: {', '.join(FIELDS)}"
        )
        parser.add_argument("--set", action="append", default=[], metavar="ПОЛЕ=ЗНАЧЕНИЕ", help="одно значение для всех строк")
        parser.add_argument("--workers", type=int, default=4, help="сколько запросов сразу, от 1 до 32 (4)")
        parser.add_argument("--errors", type=Path, help="куда записать непринятые строки (ИМЯ.refused.csv в текущей папке)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["key"]:
            raise CommandError("Нужен ключ клиента: --key или переменная окружения MCU_KEY.")
        if not 1 <= options["workers"] <= 32:
            raise CommandError("--workers: от 1 до 32.")
        try:
            table = read_table(options["file"])
            mapping = Mapping.of(table.columns, maps=options["map"], constants=options["set"], source=options["source"])
            with Sender(options["url"], options["key"], connections=options["workers"]) as sender:
                self._say_what(table, mapping, sender)
                tally, stopped = self._send(table, mapping, sender, options["workers"])
        except PushError as error:
            raise CommandError(str(error)) from error
        self._report(table, tally, stopped, options["errors"] or Path(f"{options['file'].stem}.refused.csv"))

    def _say_what(self, table: Table, mapping: Mapping, sender: Sender) -> None:
        self.stderr.write(f"Строк: {len(table.rows)} ({table.encoding}). Приём: {sender.address}")
        pairs = ", ".join(f"{field} ← {column}" for field, column in mapping.columns.items())
        self.stderr.write(f"Поля: {pairs or 'все заданы --set'}.")
        unused = [column for column in table.columns if column not in mapping.columns.values()]
        if unused:
            self.stderr.write(f"Не передаются столбцы: {', '.join(unused)}.")
        if sender.is_open_text:
            self.stderr.write("Внимание: адрес http, ключ и сообщения пойдут по сети открыто. Для чужой машины нужен https.")

    def _send(self, table: Table, mapping: Mapping, sender: Sender, workers: int) -> tuple[Tally, Stopped | None]:
        tally = Tally()
        stopped: Stopped | None = None
        with tqdm(total=len(table.rows), unit=" сообщ.", desc="Передача", dynamic_ncols=True) as bar:

            def done(row: Row, outcome: Outcome) -> None:
                tally.add(row, outcome)
                bar.update()
                bar.set_postfix_str(tally.short)

            def send(row: Row) -> Outcome:
                return Outcome(Result.REFUSED, row.problem) if row.problem else sender.send(mapping.payload(row))

            try:
                send_all(table.rows, send, done=done, workers=workers, sender=sender)
            except Stopped as error:
                stopped = error
            except KeyboardInterrupt:
                stopped = Stopped("Передача прервана.")
        return tally, stopped

    def _report(self, table: Table, tally: Tally, stopped: Stopped | None, errors: Path) -> None:
        self.stdout.write(
            f"Принято новых: {tally.made}. Уже были: {tally.already}. "
            f"С другим содержанием: {tally.conflicts}. Отказано: {tally.refused}."
        )
        if tally.bad:
            try:
                write_refused(errors, table, tally.bad)
            except OSError as error:
                raise CommandError(f"Не удалось записать непринятые строки в {errors}: {system_words(error)}.") from error
            self.stdout.write(f"Непринятые строки с причинами: {errors}")
        if stopped is not None:
            left = len(table.rows) - tally.total
            raise CommandError(f"{stopped} Не передано строк: {left}. Повторите ту же команду: принятое не удвоится.")
        if tally.bad:
            raise CommandError(f"Не принято строк: {len(tally.bad)}. Исправьте их и передайте файл с ними тем же способом.")
