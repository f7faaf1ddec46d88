"""Keeping the register's filters under a name, and the register as a person likes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Center
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.text import clean_text
from messages import policies
from messages.models import SavedFilter
from messages.selectors.register.columns import COLUMNS
from messages.selectors.register.filters import QUERY_LENGTH, Filters
from messages.selectors.register.saved import address_of

MOST: Final = 50  # of one person in one Center
_NAME_LENGTH: Final = 100


@transaction.atomic
def save(
    *, center: Center, actor: Actor, name: str, query: str, columns: Sequence[str] = (), shared: bool = False, now: datetime
) -> SavedFilter:
    """Keep the filters under the name; the person's own of that name is written anew. Raises ``Invalid``, ``NotAllowed``."""
    user_id, name = _person(center, actor), _name(name)
    if shared:
        _may_share(actor)
    own = SavedFilter.objects.select_for_update().filter(center=center, owner_id=user_id)
    known = own.filter(name=name).first()
    if known is None and own.exclude(name="").count() >= MOST:
        problem = f"У вас уже {MOST} отборов: удалите ненужный и сохраните снова."
        raise Invalid(problem, {"name": problem})
    kept = known or SavedFilter(center=center, owner_id=user_id, name=name, created_at=now)
    before = address_of(kept.query, kept.columns)
    kept.query, kept.columns, kept.shared = _canonical(query), _known(columns), shared
    kept.save()
    if known:
        _follow(center, user_id, before, address_of(kept.query, kept.columns))
    return kept


@transaction.atomic
def rename(*, center: Center, actor: Actor, saved_id: int, name: str) -> SavedFilter:
    """Give a kept filter another name. Raises ``Invalid`` where the person has one of that name."""
    saved, name = _own(center, actor, saved_id), _name(name)
    if SavedFilter.objects.filter(center=center, owner_id=saved.owner_id, name=name).exclude(pk=saved.pk).exists():
        problem = f"Отбор «{name}» уже есть. Дайте другое имя."
        raise Invalid(problem, {"name": problem})
    saved.name = name
    saved.save()
    return saved


@transaction.atomic
def share(*, center: Center, actor: Actor, saved_id: int, shared: bool) -> SavedFilter:
    """Show a kept filter to the whole Center, or to its owner alone again."""
    _may_share(actor)
    saved = _own(center, actor, saved_id)
    saved.shared = shared
    saved.save()
    return saved


@transaction.atomic
def delete(*, center: Center, actor: Actor, saved_id: int) -> str:
    """Remove a kept filter; gives its name. Whoever opened the register with it keeps doing so."""
    saved = _own(center, actor, saved_id)
    saved.delete()
    return saved.name


@transaction.atomic
def open_first(*, center: Center, actor: Actor, saved_id: int | None, now: datetime) -> None:
    """Open the register with a kept filter, own or shared; with ``None`` as it was made."""
    look = _look(center, actor, now)
    look.query = ""
    if saved_id is not None:
        rows = SavedFilter.objects.filter(center=center, pk=saved_id).exclude(name="")
        saved = next((row for row in rows if row.shared or row.owner_id == look.owner_id), None)
        if saved is None:
            raise NotFound("Такого отбора нет: возможно, его удалили.")
        look.query = address_of(saved.query, saved.columns)[:QUERY_LENGTH]
    look.save()


@transaction.atomic
def set_columns(*, center: Center, actor: Actor, columns: Sequence[str], now: datetime) -> None:
    """The person's own columns of the register; none of them means the usual ones."""
    look = _look(center, actor, now)
    look.columns = _known(columns)
    look.save()


def _look(center: Center, actor: Actor, now: datetime) -> SavedFilter:
    look, _ = SavedFilter.objects.get_or_create(
        center=center, owner_id=_person(center, actor), name="", defaults={"created_at": now}
    )
    return look


def _follow(center: Center, user_id: int, before: str, after: str) -> None:
    """Whoever wrote his filter anew and opened the register with it opens it with the new one."""
    SavedFilter.objects.filter(center=center, owner_id=user_id, name="", query=before).exclude(query="").update(query=after)


def _own(center: Center, actor: Actor, saved_id: int) -> SavedFilter:
    """A filter the person may change: an own one; of shared ones any, for whoever may share."""
    _person(center, actor)
    saved = SavedFilter.objects.select_for_update(of=("self",)).filter(center=center, pk=saved_id).exclude(name="").first()
    may_share = bool(policies.may_share_filters(actor))
    if saved is None or (saved.owner_id != actor.user_id and not (saved.shared and may_share)):
        raise NotFound("Такого отбора нет среди ваших: возможно, его удалили.")
    return saved


def _person(center: Center, actor: Actor) -> int:
    if actor.user_id is None or actor.center_id != center.pk:
        raise NotAllowed("Отборы хранятся у людей этого Центра.")
    return actor.user_id


def _may_share(actor: Actor) -> None:
    verdict = policies.may_share_filters(actor)
    if not verdict:
        raise NotAllowed(verdict.reason)


def _name(name: str) -> str:
    words = " ".join(clean_text(name).split())
    if not words:
        problem = "Дайте отбору имя: под ним вы его найдёте."
        raise Invalid(problem, {"name": problem})
    if len(words) > _NAME_LENGTH:
        problem = f"Имя длиннее {_NAME_LENGTH} знаков: сократите его."
        raise Invalid(problem, {"name": problem})
    return words


def _canonical(query: str) -> str:
    """Only what the register knows, in the order of its filters."""
    return urlencode(Filters.read(dict(parse_qsl(query))).set())[:QUERY_LENGTH]


def _known(columns: Sequence[str]) -> list[str]:
    return [code for code in COLUMNS if code in columns]
