"""``manage.py prepare``: check the servers, migrate, load charters that are not there yet, collect static files.

``manage.py up`` and the docker-compose step ``migrate`` call it. It mounts the apps like urls do, so it may import them.
"""

import hashlib
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from blocks import charters
from blocks.models import Center
from mcu.models import Heartbeat, User

_OLDEST_POSTGRES = 15_00_00
# Before PostgreSQL 18 full-text search lowers letters by another locale than lower() does: both are asked.
_QUESTION = """
SELECT current_setting('server_version_num')::int,
       getdatabaseencoding() = 'UTF8' AND lower('Ё') = 'ё'
       AND to_tsvector('russian', 'ДОРОГА') = to_tsvector('russian', 'дорога')
"""
_REFUSE_DEMO = (
    "Эта база начата для настоящей работы, образец в неё не загружается. Ничего не изменено. "
    "Для образца возьмите другую папку данных: MCU_VAR=… make run"
)
_REFUSE_WORK = (
    "В этой базе лежит образец с выдуманными людьми, для настоящей работы она не годится. Ничего не изменено. "
    "Возьмите новую папку данных: MCU_VAR=… .venv/bin/python manage.py up --no-demo"
)
_HALFWAY = (
    "Эту базу сделала ранняя сборка, и с неё сразу на эту версию не перейти. Ничего не изменено. "
    "Запустите на ней один раз последнюю прежнюю версию программы, затем эту."
)


class Command(BaseCommand):
    """Make the database and the files fit the program; doing it again changes nothing."""

    help = "Проверить серверы, обновить базу, загрузить уставы и подготовить файлы страниц."
    # The database is checked here first, in words a person can act on.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="загрузить все уставы и образец")
        parser.add_argument("--charters", default="", help="уставы через запятую: имена из поставки или файлы")
        parser.add_argument("--no-static", action="store_true", help="файлы страниц уже собраны")

    def handle(self, *args: Any, **options: Any) -> None:
        demo: bool = options["demo"]
        self._check_database()
        self._check_redis()
        self._check_purpose(demo=demo)
        self._check_migrations()
        call_command("migrate", verbosity=0, interactive=False)
        names = charters.shipped() if demo else [name.strip() for name in options["charters"].split(",") if name.strip()]
        missing = self._missing_charters(names)
        # From here on the database is for the one or for the other.
        Heartbeat.objects.get_or_create(name="demo" if demo else "work", defaults={"at": timezone.now()})
        for name in missing:
            call_command("load_charter", name, stdout=StringIO())
            self.stdout.write(f"Загружен устав: {charters.load(name).center.name}.")
        if not options["no_static"]:
            self._collect_static()
        if demo:
            self._load_demo()

    def _load_demo(self) -> None:
        """The demo and the reports that are due, which in real life beat makes in the morning."""
        is_first = not User.objects.exists()
        if is_first:
            self.stdout.write("Загружается образец (один раз, около минуты) …")
        call_command("load_demo", stdout=self.stdout)
        call_command("load_demo_registers", stdout=StringIO())
        if is_first:
            call_command("make_reports", stdout=StringIO())

    def _check_database(self) -> None:
        """Refuse a database in which Russian words would be compared wrongly, or that is too old."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(_QUESTION)
                number, knows_letters = cursor.fetchone()
        except OperationalError as error:
            raise CommandError(f"База данных не отвечает: {error}Проверьте DATABASE_URL.") from error
        if number < _OLDEST_POSTGRES:
            raise CommandError(f"Нужен PostgreSQL 15 или новее, а это {number // 10_000}.")
        if not knows_letters:
            raise CommandError(
                "База данных не знает русских букв (для неё «Ё» и «ё» разные слова): поиск и сравнение ошибались бы. "
                "Создайте базу заново: CREATE DATABASE mcu OWNER mcu ENCODING 'UTF8' LOCALE 'ru_RU.UTF-8' TEMPLATE template0;"
            )

    def _check_redis(self) -> None:
        try:
            with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5) as client:
                client.ping()
        except redis.RedisError as error:
            raise CommandError(f"Redis не отвечает: {error}. Проверьте REDIS_URL.") from error

    def _check_purpose(self, *, demo: bool) -> None:
        """A demo and real work never share a database; nothing is changed before this is known."""
        if Heartbeat._meta.db_table not in connection.introspection.table_names():
            return
        is_demo = Heartbeat.objects.filter(name="demo").exists()
        if demo and not is_demo and (Heartbeat.objects.filter(name="work").exists() or Center.objects.exists()):
            raise CommandError(_REFUSE_DEMO)
        if not demo and is_demo:
            raise CommandError(_REFUSE_WORK)

    def _check_migrations(self) -> None:
        """Migrations folded into one are carried over whole; ``migrate`` would pass over a part of them without a word."""
        done = set(MigrationRecorder(connection).applied_migrations())
        for folded in MigrationLoader(None).replacements.values():
            if done.intersection(folded.replaces) and not done.issuperset(folded.replaces):
                raise CommandError(_HALFWAY)

    def _missing_charters(self, names: list[str]) -> list[str]:
        """Charters of Centers that are not there yet; one that is there changes only by ``load_charter``."""
        known = set(Center.objects.values_list("slug", flat=True))
        if not names and not known:
            raise CommandError(no_charters())
        try:
            return [name for name in names if charters.load(name).center.slug not in known]
        except charters.CharterError as error:
            raise CommandError(str(error)) from error

    def _collect_static(self) -> None:
        """Collect the files of pages when any of them has changed: packing them takes longer than all the rest."""
        files = sorted(
            (name, status.st_size, status.st_mtime_ns)
            for finder in get_finders()
            for name, storage in finder.list([])
            for status in [Path(storage.path(name)).stat()]
        )
        fingerprint = hashlib.sha256(repr(files).encode()).hexdigest()
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if not stamp.exists() or stamp.read_text() != fingerprint:
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            stamp.write_text(fingerprint)


def no_charters() -> str:
    """What a person who starts real work must decide: the charters there are, and the command to type."""
    lines = ["В базе нет ни одного Центра. Скажите, чьи уставы загрузить:"]
    lines += [f"  {name} — {charters.load(name).center.name}" for name in charters.shipped()]
    lines.append(f"Команда: .venv/bin/python manage.py up --no-demo --charters {','.join(charters.shipped())}")
    return "\n".join(lines)
