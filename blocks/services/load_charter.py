"""Brings a Center in line with its charter: adds, changes, closes and reopens; deletes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from blocks.charters.schema import Charter
from blocks.models import Block, Center, CenterRow, CharterLoad, DeadlineRule, Recipient, Topic
from blocks.services import editions
from blocks.services.charter_changes import Change, ChangeKind, Place, differences
from blocks.services.charter_rows import SHEETS, Sheet, Values, center_values
from mcu.errors import Conflict

_RECIPIENT = "Получатель"
_OWN = (DeadlineRule, Topic, Recipient)  # what people of the Center keep on pages too
_LISTS = ("legal_grounds", "outcomes")  # rows of these are named by cases, so they are closed, not dropped


def apply(
    *, charter: Charter, actor_label: str, now: datetime, dry_run: bool = False, rules_from_file: bool = False
) -> list[Change]:
    """Load the charter in one transaction and tell what changed; with `dry_run` only tell.

    A second run with the same charter changes nothing and leaves no record. What the charter no longer
    names gets `closed_at = now` (aware UTC). A rule of terms, a topic or a recipient that was changed on the page stays as it
    is and is told as such, unless `rules_from_file`. Raises Conflict where another Center holds the prefix.
    """
    with transaction.atomic():
        editions.lock(charter.center.slug)
        loader = _Loader(charter, now, rules_from_file=rules_from_file)
        changes = loader.load()
        if any(change.made for change in changes) and not dry_run:
            CharterLoad.objects.create(
                center=loader.center,
                at=now,
                by=actor_label,
                digest=hashlib.sha256(charter.model_dump_json().encode()).hexdigest(),
                changes=[str(change) for change in changes if change.made],
            )
        if dry_run:
            transaction.set_rollback(True)
    return changes


class _Loader:
    """One load: the Center, the rows already brought in line and the changes found on the way."""

    center: Center

    def __init__(self, charter: Charter, now: datetime, *, rules_from_file: bool) -> None:
        self.charter = charter
        self.now = now
        self.rules_from_file = rules_from_file
        self.is_new = False
        self.changes: list[Change] = []
        self.rows: dict[type[CenterRow], dict[str, CenterRow]] = {}

    def load(self) -> list[Change]:
        self._load_center()
        for sheet in SHEETS:
            self._load_sheet(sheet)
        self._load_recipient_blocks()
        return self.changes

    def _load_center(self) -> None:
        slug, wanted = self.charter.center.slug, center_values(self.charter)
        if Center.objects.filter(prefix=wanted["prefix"]).exclude(slug=slug).exists():
            raise Conflict(f"Начало номеров «{wanted['prefix']}» занято другим Центром: в уставе нужно иное.")
        center = Center.objects.filter(slug=slug).first()
        if center is None:
            self.center, self.is_new = Center.objects.create(slug=slug, **wanted), True
            self._note(ChangeKind.ADDED, Place("Центр", slug, self.center.name))
            return
        self.center = center
        place = Place("Центр", slug, center.name)
        for field in _LISTS:
            wanted[field] = _with_closed(getattr(center, field), wanted[field], self.now)
        found = len(self.changes)
        for field, value in wanted.items():
            self._compare(place, field, getattr(center, field), value)
            setattr(center, field, value)
        if center.closed_at is not None:
            center.closed_at = None
            self._note(ChangeKind.REOPENED, place)
        if len(self.changes) > found:
            center.save()

    def _load_sheet(self, sheet: Sheet) -> None:
        """Three queries: read, change, add. Of rows with editions the last one of a code is read."""
        kept = {row.code: row for row in sheet.model._default_manager.filter(center=self.center).order_by("pk")}
        self.rows[sheet.model] = kept
        added: list[CenterRow] = []
        touched: list[CenterRow] = []
        moved = False
        codes = set()
        for order, (code, by_code) in enumerate(sheet.rows(self.charter), start=1):
            codes.add(code)
            values = self._resolved(sheet, by_code)
            row = kept.get(code)
            if row is not None and self._made_here(row):
                self._tell_kept(sheet, row, by_code)
                continue
            if row is None:
                added.append(self._new(sheet, code, order, values))
                self._note(ChangeKind.ADDED, Place(sheet.label, code, str(by_code["name"])))
                continue
            moved = moved or row.order != order
            if isinstance(row, DeadlineRule) and self._changes_terms(sheet, row, by_code):
                self._tell_differences(sheet, row, by_code)
                added.append(self._new(sheet, code, order, values))
                if row.closed_at is None:
                    row.closed_at = self.now
                    touched.append(row)
                continue
            if self._change_row(sheet, row, values, by_code) or row.order != order:
                row.order = order
                touched.append(row)
        if moved:
            self._note(ChangeKind.CHANGED, Place(f"{sheet.label}: порядок строк"))
        touched += self._close_rows(sheet, [row for code, row in kept.items() if code not in codes])
        fields = [field.name for field in sheet.model._meta.concrete_fields if field.name not in ("id", "center", "code")]
        sheet.model._default_manager.bulk_update(touched, fields)  # first: an edition ends before the next begins
        sheet.model._default_manager.bulk_create(added)
        kept.update((row.code, row) for row in added)

    def _new(self, sheet: Sheet, code: str, order: int, values: Values) -> CenterRow:
        """A row to add; an edition of a rule is in force from now, but with a new Center it always was."""
        row = sheet.model(center=self.center, code=code, order=order, **values)
        if isinstance(row, DeadlineRule) and not self.is_new:
            row.since = self.now
        return row

    def _changes_terms(self, sheet: Sheet, row: DeadlineRule, by_code: Values) -> bool:
        """Whether the charter's values make another edition: they differ in what terms are counted by, or it was closed."""
        fields = by_code.keys() - editions.IN_PLACE
        return row.closed_at is not None or any(self._old_value(sheet, row, field) != by_code[field] for field in fields)

    def _made_here(self, row: CenterRow) -> bool:
        """Whether people of the Center changed the row on its page, and the file may not take it back."""
        return isinstance(row, _OWN) and row.made_by_id is not None and not self.rules_from_file

    def _tell_kept(self, sheet: Sheet, row: CenterRow, by_code: Values) -> None:
        """Say that what was changed on the page stays, where the file has it otherwise."""
        fields = [field for field in by_code if self._old_value(sheet, row, field) != by_code[field]]
        if row.closed_at is not None:
            self._note_kept(sheet, row, editions.closed_words(row, self.center.tz))
        elif fields and isinstance(row, DeadlineRule):
            self._note_kept(sheet, row, editions.changed_words(row, self.center.tz))
        elif fields:
            self._note_kept(sheet, row, editions.LISTED_HERE)

    def _note_kept(self, sheet: Sheet, row: CenterRow, words: str) -> None:
        self.changes.append(Change(ChangeKind.KEPT, Place(sheet.label, row.code, row.name), note=words))

    def _resolved(self, sheet: Sheet, by_code: Values) -> Values:
        """The values with references turned from codes into rows."""
        values = dict(by_code)
        for field, model in sheet.references.items():
            code = by_code[field]
            values[field] = self.rows[model][str(code)] if code is not None else None
        return values

    def _change_row(self, sheet: Sheet, row: CenterRow, values: Values, by_code: Values) -> bool:
        """Take the charter's values over; whether anything was different."""
        found = len(self.changes)
        self._tell_differences(sheet, row, by_code)
        for field, value in values.items():
            setattr(row, field, value)
        row.closed_at = None
        if isinstance(row, _OWN):
            row.made_by = None  # the file's word again
        return len(self.changes) > found

    def _tell_differences(self, sheet: Sheet, row: CenterRow, by_code: Values) -> None:
        place = Place(sheet.label, row.code, row.name)
        for field, value in by_code.items():
            self._compare(place, field, self._old_value(sheet, row, field), value)
        if row.closed_at is not None:
            self._note(ChangeKind.REOPENED, place)

    def _old_value(self, sheet: Sheet, row: CenterRow, field: str) -> object:
        """What the row holds; of a reference its code, without a query."""
        if field not in sheet.references:
            return getattr(row, field)
        held = getattr(row, f"{field}_id")
        return next((other.code for other in self.rows[sheet.references[field]].values() if other.pk == held), None)

    def _close_rows(self, sheet: Sheet, gone: Iterable[CenterRow]) -> list[CenterRow]:
        closed = []
        for row in gone:
            if row.closed_at is not None:
                continue
            if self._made_here(row):
                self._note_kept(sheet, row, editions.ADDED_HERE)
                continue
            row.closed_at = self.now
            if isinstance(row, _OWN):
                row.made_by = None  # the file closed it, and may bring it back
            closed.append(row)
            self._note(ChangeKind.CLOSED, Place(sheet.label, row.code, row.name))
        return closed

    def _load_recipient_blocks(self) -> None:
        """Which blocks a recipient answers in: the one relation that is not a column. Three queries."""
        links = Recipient.blocks.through
        recipients, blocks = self.rows[Recipient], self.rows[Block]
        new_here = {c.place.code for c in self.changes if c.place.table == _RECIPIENT and c.kind == ChangeKind.ADDED}
        held: dict[int, dict[int, int]] = {}
        for link in links.objects.filter(recipient__center=self.center):
            held.setdefault(link.recipient_id, {})[link.block_id] = link.pk
        code_of = {row.pk: row.code for row in blocks.values()}
        added, dropped = [], []
        for row in self.charter.recipients:
            if self._made_here(recipients[row.code]):
                continue
            recipient_id = recipients[row.code].pk
            old, new = held.get(recipient_id, {}), {blocks[code].pk for code in row.blocks}
            if row.code not in new_here:
                old_codes = sorted(code_of[block_id] for block_id in old)
                self._compare(Place(_RECIPIENT, row.code, row.name), "blocks", old_codes, sorted(row.blocks))
            added += [links(recipient_id=recipient_id, block_id=block_id) for block_id in sorted(new - old.keys())]
            dropped += [link_id for block_id, link_id in old.items() if block_id not in new]
        links.objects.bulk_create(added)
        links.objects.filter(pk__in=dropped).delete()

    def _compare(self, place: Place, field: str, old: object, new: object) -> None:
        self.changes += differences(place, field, old, new)

    def _note(self, kind: ChangeKind, place: Place) -> None:
        self.changes.append(Change(kind, place))


def _with_closed(held: list[dict[str, Any]], wanted: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The wanted entries, then those that went out of the charter, each with the moment it was closed."""
    codes = {entry["code"] for entry in wanted}
    gone = [entry for entry in held if entry["code"] not in codes]
    return [*wanted, *({"closed_at": now.isoformat(), **entry} for entry in gone)]
