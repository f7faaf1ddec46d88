"""Changing the rules of terms on the page and by the charter: a new edition, and the open cases as somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from pydantic import ValidationError

from blocks.actors import Actor
from blocks.models import Center, DeadlineRule
from blocks.services import editions as writer
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound
from messages import policies
from messages.models import RuleChange
from messages.selectors.terms.rule_words import change_lines
from messages.services.rule_scope import Pair, Preview, book_with, concerned, pairs_at, preview
from messages.services.rule_values import CONDITIONS, RuleValues, checked
from messages.services.term_book import book_of

Choice = RuleChange.Choice
_NOT_SAVED: Final = 2**62  # the id of an edition that is only looked at: after all that are there


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a rule: other values, or None to end it; ``edition`` as the person saw it, None: a new rule."""

    values: RuleValues | None
    edition: DeadlineRule | None = None


def look(*, center: Center, actor: Actor, wish: Wish, now: datetime) -> tuple[Pair, Preview]:
    """What the change would be and which terms of open cases would move; nothing is written.

    Raises ``NotAllowed``, ``Invalid``, ``NotFound`` and ``Conflict`` as the change itself does.
    """
    _permitted(center, actor)
    before = _in_force(center, wish.edition, actor)
    columns = _columns(wish, center, before)
    if before is not None and columns is not None and not _counts(before, columns):
        return Pair(before, _as_if(center, before, columns)), Preview()
    pair = Pair(before, _as_if(center, before, columns) if columns is not None else None)
    return pair, preview(center, [pair], book=book_with(center, pair, now=now), now=now)


@transaction.atomic
def change_rule(*, center: Center, actor: Actor, wish: Wish, choice: str, now: datetime) -> RuleChange:
    """Write the change and what becomes of open cases; those to be moved are moved by a task, in parts.

    Raises ``NotAllowed``, ``Invalid`` by fields, ``NotFound``, and ``Conflict`` where a colleague changed the rule meanwhile.
    """
    _permitted(center, actor)
    if choice not in Choice.values:
        raise Invalid("Скажите, что делать с открытыми делами.", {"choice": "Выберите одно из двух."})
    writer.lock(center.slug)
    seen = wish.edition
    fresh = DeadlineRule.objects.select_related("source", "topic").get(pk=seen.pk) if seen else None
    before = _in_force(center, fresh, actor)
    columns = _columns(wish, center, before)
    if before is not None and columns is not None and not _counts(before, columns):
        return _put_right(center, actor, before, columns, now)
    after = None
    if before is None:
        after = writer.add(center=center, values=columns or {}, user_id=actor.user_id, now=now)
    elif columns is not None:
        after = writer.begin(before, columns, user_id=actor.user_id, now=now)
    else:
        writer.end(before, now=now, user_id=actor.user_id)
    return announce(center=center, pairs=[Pair(before, after)], choice=choice, by=actor.name, user_id=actor.user_id, now=now)


def done_already(*, center: Center, actor: Actor, wish: Wish) -> bool:
    """Whether a wish that was refused is what this very person has made of the rule already: sent twice. One query."""
    rows = DeadlineRule.objects.filter(center=center, made_by_id=actor.user_id)
    if wish.values is None:
        return wish.edition is not None and rows.filter(pk=wish.edition.pk, closed_at__isnull=False).exists()
    try:
        columns = wish.values.row()
    except ValidationError:  # of a step of the ladder: it was never taken
        return False
    if wish.edition is not None:
        columns = {name: value for name, value in columns.items() if name not in CONDITIONS}
        rows = rows.filter(code=wish.edition.code)
    else:
        rows = rows.filter(**{name: columns[name] for name in CONDITIONS})
    row = rows.filter(closed_at__isnull=True).first()
    return row is not None and all(getattr(row, name) == value for name, value in columns.items())


def announce(
    *, center: Center, pairs: Sequence[Pair], choice: str, by: str, user_id: int | None = None, now: datetime
) -> RuleChange:
    """Write down a change that was made at ``now``, and whether a task moves the open cases under it."""
    moving = choice == Choice.MOVE
    cases = concerned(center, pairs, book_of(center).rules, at=now).count() if moving else 0
    return RuleChange.objects.create(
        center=center,
        at=now,
        by=by,
        user_id=user_id,
        kinds=sorted({str(pair.kind) for pair in pairs}),
        changes=list(change_lines((pair.before, pair.after) for pair in pairs)),
        choice=choice,
        total=cases,
        finished_at=None if cases else now,
    )


def of_charter(center: Center, *, now: datetime) -> tuple[list[Pair], Preview]:
    """What a load of the charter made of the rules at ``now``, in its transaction; of a new Center nothing."""
    pairs = pairs_at(center, now)
    return pairs, preview(center, pairs, book=book_of(center), now=now) if pairs else Preview()


def _permitted(center: Center, actor: Actor) -> None:
    if actor.center_id != center.pk or not (verdict := policies.may_change_rules(actor)):
        raise NotAllowed(policies.WHO_CHANGES_RULES if actor.center_id != center.pk else verdict.reason)


def _in_force(center: Center, seen: DeadlineRule | None, actor: Actor) -> DeadlineRule | None:
    """The edition as the person saw it, if it is still in force."""
    if seen is None:
        return None
    if seen.center_id != center.pk:
        raise NotFound("Такого правила в Центре нет.")
    if seen.closed_at is not None:
        raise Conflict(_overtaken(center, seen, actor))
    return seen


def _overtaken(center: Center, seen: DeadlineRule, actor: Actor) -> str:
    """Who was faster and when."""
    after = DeadlineRule.objects.filter(center=center, code=seen.code, since=seen.closed_at).select_related("made_by").first()
    by = f" ({after.made_by.short_name})" if after and after.made_by else ""
    at = f"{seen.closed_at.astimezone(center.tz):%d.%m.%Y в %H:%M}" if seen.closed_at else ""
    what = "уже изменили" if after else "уже закрыли"
    if actor.user_id is not None and (after or seen).made_by_id == actor.user_id:
        return f"Это правило {what} вы сами {at}, в другом окне. Набранное здесь не записано: посмотрите, что в правиле теперь."
    return f"Это правило {what} {at}{by}, пока страница была открыта. Ваше не записано: посмотрите, что в правиле теперь."


def _columns(wish: Wish, center: Center, before: DeadlineRule | None) -> dict[str, Any] | None:
    """The columns wanted, checked; None ends the rule."""
    if wish.values is None:
        if before is None:
            raise NotFound("Такого правила в Центре нет.")
        return None
    columns = checked(wish.values, center=center, of=before)
    if before is not None and all(getattr(before, name) == value for name, value in columns.items()):
        raise Invalid("В правиле ничего не изменилось: записывать нечего.")
    return columns


def _counts(before: DeadlineRule, columns: dict[str, Any]) -> bool:
    """Whether terms are counted otherwise by these columns: then they make another edition."""
    return any(getattr(before, name) != value for name, value in columns.items() if name not in writer.IN_PLACE)


def _as_if(center: Center, before: DeadlineRule | None, columns: dict[str, Any]) -> DeadlineRule:
    """The edition that the change would make, not saved."""
    kept = {field.attname: getattr(before, field.attname) for field in DeadlineRule._meta.concrete_fields} if before else {}
    row = DeadlineRule(**{"code": "", **kept, **columns, "id": _NOT_SAVED, "center_id": center.pk})
    if before is not None:
        row.source, row.topic = before.source, before.topic  # its conditions stay; already read
    return row


def _put_right(center: Center, actor: Actor, row: DeadlineRule, columns: dict[str, Any], now: datetime) -> RuleChange:
    """Another name or clause: the edition goes on and no case is touched."""
    before = _as_if(center, row, {})
    writer.put_right(row, columns, user_id=actor.user_id)
    return RuleChange.objects.create(
        center=center,
        at=now,
        by=actor.name,
        user_id=actor.user_id,
        changes=list(change_lines([(before, row)])),
        choice=Choice.KEEP,
        finished_at=now,
    )
