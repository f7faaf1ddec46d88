"""`manage.py load_charter`: brings a Center in line with its charter after showing what will change.

It stands above the charters because a change of the rules of terms also asks what becomes of open cases.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from blocks.charters import Charter, load, shipped
from blocks.models import Center
from blocks.services.charter_changes import Change, ChangeKind
from blocks.services.load_charter import apply
from mcu.clock import utc_now
from mcu.errors import DomainError
from messages.models import RuleChange
from messages.selectors.terms.rule_words import kind_words, shift_words
from messages.services import rule_changes
from messages.services.rule_scope import Preview, pairs_at

Choice = RuleChange.Choice
_YES = frozenset({"да", "д", "yes", "y"})
_UNSAID = (
    "Сроки открытых дел изменились бы (список выше), а спросить некого. Ничего не сделано. Повторите с --open-cases keep "
    "(открытые дела остаются при прежних сроках) или с --open-cases move (переводятся на новые)."
)


class Command(BaseCommand):
    help = "Загружает устав Центра: показывает изменения и вносит их. Ничего не удаляет, исчезнувшее закрывает."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("charter", metavar="ИМЯ|ФАЙЛ", help=f"имя из поставки ({', '.join(shipped())}) или путь к файлу")
        parser.add_argument("--dry-run", action="store_true", help="только показать, что изменится")
        parser.add_argument("--yes", action="store_true", help="не спрашивать, если что-то закрывается")
        parser.add_argument(
            "--open-cases",
            choices=Choice.values,
            help="изменились правила сроков: keep — открытые дела остаются при прежних, move — переводятся на новые",
        )
        parser.add_argument(
            "--rules-from-file", action="store_true", help="взять из файла и те правила сроков, что изменены на странице"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from_file: bool = options["rules_from_file"]
        try:
            charter = load(options["charter"])
            planned, preview = self._look(charter, utc_now(), from_file=from_file)
            self._show(charter, planned, preview)
            if options["dry_run"] or not any(change.made for change in planned):
                return
            if not options["yes"] and not self._agreed(planned):
                self.stdout.write("Оставлено как было.")
                return
            choice, preview = self._decide(charter, preview, said=options["open_cases"], from_file=from_file)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(self.style.SUCCESS("Устав загружен."))
        if choice == Choice.MOVE and preview.cases:
            self.stdout.write("Открытые дела переводятся понемногу; ход виден в программе, «Сроки» → «Правила».")

    def _look(self, charter: Charter, now: datetime, *, from_file: bool) -> tuple[list[Change], Preview]:
        """What the load would do, and to which open cases: made, looked at and taken back."""
        with transaction.atomic():
            planned = apply(charter=charter, actor_label=_who(), now=now, rules_from_file=from_file)
            _, preview = rule_changes.of_charter(_center(charter), now=now)
            transaction.set_rollback(True)
        return planned, preview

    def _decide(self, charter: Charter, preview: Preview, *, said: str | None, from_file: bool) -> tuple[str, Preview]:
        """The choice, and the load by it as of now: cases went on while the question stood.

        Asked again where other cases would move than were shown, unless the answer, that none moves, holds for them as well.
        """
        while True:
            choice = said or self._choice(preview)
            left = preview.moved and choice == Choice.KEEP
            shown = None if said or left else preview
            fresh = self._load(charter, choice, utc_now(), shown=shown, from_file=from_file)
            if fresh is None:
                return choice, preview
            self.stdout.write("Пока вы отвечали, открытые дела изменились. Ничего ещё не сделано.")
            preview = fresh
            self._show_cases(charter, preview)

    @transaction.atomic
    def _load(self, charter: Charter, choice: str, now: datetime, *, shown: Preview | None, from_file: bool) -> Preview | None:
        """The charter and what becomes of the open cases, together; where other cases would move than shown, those instead."""
        apply(charter=charter, actor_label=_who(), now=now, rules_from_file=from_file)
        center = _center(charter)
        if shown is not None:
            _, fresh = rule_changes.of_charter(center, now=now)
            if _moving(fresh) != _moving(shown):
                transaction.set_rollback(True)
                return fresh
        if pairs := pairs_at(center, now):
            rule_changes.announce(center=center, pairs=pairs, choice=choice, by=_who(), now=now)
        return None

    def _show(self, charter: Charter, changes: list[Change], preview: Preview) -> None:
        made = sum(change.made for change in changes)
        self.stdout.write(f"{charter.center.name}: {f'изменений: {made}' if made else 'изменений нет'}.")
        for change in changes:
            self.stdout.write(f"  {change}")
        self._show_cases(charter, preview)

    def _show_cases(self, charter: Charter, preview: Preview) -> None:
        if preview.moved:
            self._show_moves(_zone(charter), preview)
        elif preview.cases:
            self.stdout.write(f"Открытых дел по изменённым правилам: {preview.cases}. Их сроки не изменились бы.")

    def _show_moves(self, center: Center, preview: Preview) -> None:
        self.stdout.write(
            f"Сроки открытых дел, которые изменились бы: {preview.moved} (раньше — {preview.earlier}, позже — {preview.later}, "
            f"больше не нужны — {preview.ended}, станут просроченными — {preview.late})."
        )
        for move in preview.shown:
            late = ", СТАНЕТ ПРОСРОЧЕННЫМ" if move.becomes_late else ""
            ends = f"{_at(center, move.old_due_at)} → {_at(center, move.new_due_at)}"
            self.stdout.write(f"  {move.number}, {kind_words(move.kind).lower()}: {ends} ({shift_words(move)}){late}")
        if preview.moved > len(preview.shown):
            self.stdout.write(f"  … и ещё {preview.moved - len(preview.shown)}")

    def _agreed(self, changes: list[Change]) -> bool:
        """A person at the keyboard is asked before anything is closed; a script is not."""
        closing = sum(change.kind == ChangeKind.CLOSED for change in changes)
        if not closing or not sys.stdin.isatty():
            return True
        return (
            self._asked(f"Будет закрыто строк: {closing}. Сообщения, где они указаны, сохранятся. Продолжить? [да/нет] ")
            in _YES
        )

    def _choice(self, preview: Preview) -> str:
        """What becomes of the open cases: asked where any would move; cases do not move by themselves."""
        if not preview.moved:
            return Choice.KEEP
        if not sys.stdin.isatty():
            raise CommandError(_UNSAID)
        answer = self._asked("Перевести и открытые дела на новые сроки? [да — перевести, нет — оставить при прежних] ")
        return Choice.MOVE if answer in _YES else Choice.KEEP

    def _asked(self, question: str) -> str:
        self.stdout.write(question, ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower()


def _moving(preview: Preview) -> Preview:
    """What would move, however many cases stay."""
    return replace(preview, cases=0)


def _center(charter: Charter) -> Center:
    return Center.objects.get(slug=charter.center.slug)


def _zone(charter: Charter) -> Center:
    """The Center as far as its clock is concerned: it may be not loaded yet."""
    return Center(slug=charter.center.slug, timezone=charter.center.timezone)


def _at(center: Center, moment: datetime | None) -> str:
    return f"{moment.astimezone(center.tz):%d.%m.%Y %H:%M}" if moment else "нет"


def _who() -> str:
    """The account of the operating system that runs the command."""
    return f"командная строка, {os.environ.get('USER') or f'uid {os.getuid()}'}"
