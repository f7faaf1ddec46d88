"""Working copies: what people are typing and have not saved as a version. Kept every few seconds, never sent out, never lost.

One rule: a copy goes away only when its writer saves or drops it, or when its text stands in a version. As long as a text
is on its way to the applicant (from submission to the closing), no copy becomes a version: agreement binds to the version
that was seen. Where a step takes the case from those who write it (``SETTLED``), every copy becomes a version by its
writer. Between these two the copies of others stay in sight of whoever writes now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from blocks.actors import Actor, ActorKind, Grant
from blocks.roles import Role
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound
from mcu.text import clean_text
from messages import policies
from messages.models import Message, Reply, WorkingCopy
from messages.services.history import record
from messages.workflow import State

MAX_COPY: Final = 100_000  # longer than an answer may be: what is too long to save is still not lost
# States into which a step takes the case away from its writers, and that have no text under agreement.
SETTLED: Final = frozenset({State.RECEIVED, State.ASSIGNED, State.MERGED, State.REDIRECTED, State.DISMISSED, State.CLOSED})


class CopyElsewhere(Conflict):
    """The same person has typed something else in another window or on another machine: neither text is given up."""

    def __init__(self, copy: WorkingCopy) -> None:
        super().__init__("В другом окне вы набрали другой текст этого ответа. Оба целы: выберите, с каким работать дальше.")
        self.copy = copy


@dataclass(frozen=True, slots=True)
class Kept:
    """What the server holds of a person's typing; without ``saved_at`` there is nothing to hold: the text is a version."""

    saved_at: datetime | None
    mark: str
    latest_version: int


def mark_of(copy: WorkingCopy | None) -> str:
    """By which a window knows whether the copy is still the one it kept itself."""
    return copy.saved_at.isoformat() if copy else ""


@transaction.atomic
def keep(*, message_id: int, actor: Actor, text: str, base_version: int, known: str = "", now: datetime) -> Kept:
    """Keep what is being typed: no version, no line of the history. Four queries.

    ``known`` is the mark of the copy this window knows of; another copy than that raises ``CopyElsewhere``. A blank text
    keeps what was kept: clearing the editor loses nothing. Whoever began to type while he might goes on being kept as long
    as he sees the case. Raises ``NotFound``, ``NotAllowed``, ``Invalid``.
    """
    message = Message.objects.visible_to(actor).filter(pk=message_id).first()
    if message is None:
        raise NotFound("Этого дела больше нет среди тех, что вам видны. Набранное хранится в этой вкладке.")
    copy = _own(message, actor)
    verdict = policies.may_edit_draft(actor, message)
    if actor.user_id is None or (copy is None and not verdict):
        raise NotAllowed(f"{verdict.reason} Набранное хранится в этой вкладке.")
    text = clean_text(text)
    if len(text) > MAX_COPY:
        raise Invalid(f"Текст длиннее {MAX_COPY} знаков: такой программа не хранит.")
    latest = Reply.objects.filter(message=message).order_by("-version").only("version", "text").first()
    version = latest.version if latest else 0
    if not text:
        return Kept(copy.saved_at if copy else None, mark_of(copy), version)
    if copy and copy.text != text and mark_of(copy) != known:
        raise CopyElsewhere(copy)
    if latest and latest.text == text:
        if copy:
            copy.delete()
        return Kept(None, "", version)
    if copy is None:
        role = verdict.grant.role if verdict.grant else ""
        copy = WorkingCopy(message=message, user_id=actor.user_id, role=role)
    copy.text, copy.base_version, copy.saved_at = text, base_version, now
    if copy.pk:
        copy.save()
    else:  # two windows that begin in one moment: the later one stands, as if the earlier had been a key sooner
        fields = ["text", "base_version", "role", "saved_at"]
        WorkingCopy.objects.bulk_create([copy], update_conflicts=True, update_fields=fields, unique_fields=["message", "user"])
    return Kept(copy.saved_at, mark_of(copy), version)


@transaction.atomic
def drop(*, message_id: int, actor: Actor, known: str) -> None:
    """Give up one's own copy: by the person's own word only, and only the one that was seen."""
    message = Message.objects.visible_to(actor).filter(pk=message_id).first()
    if message is None:
        raise NotFound("Такого дела нет среди тех, что вам видны.")
    copy = _own(message, actor)
    if copy is None:
        return
    if mark_of(copy) != known:
        raise CopyElsewhere(copy)
    copy.delete()


def add_version(message: Message, *, latest: Reply | None, text: str, author_id: int | None, role: str, now: datetime) -> Reply:
    """The next version of the answer; whoever calls holds the lock of the case."""
    return Reply.objects.create(
        message=message,
        version=(latest.version if latest else 0) + 1,
        text=text,
        author_id=author_id,
        author_role=role,
        saved_at=now,
    )


def give_way(message: Message, latest: Reply | None, *, actor: Actor, text: str, known: str, now: datetime) -> Reply | None:
    """Before ``text`` is saved: the writer's copy makes way for it; the newest version then.

    A copy the saving window does not know of was typed elsewhere: it becomes a version of its own first. Copies of anybody
    that say just what is being saved are needed no longer.
    """
    copies = list(_locked_copies(message).filter(Q(user_id=actor.user_id) | Q(text=text)))
    for copy in copies:
        if copy.text != text and mark_of(copy) != known:
            latest = _settle(message, copy, latest, now=now)
    if copies:
        WorkingCopy.objects.filter(pk__in=[copy.pk for copy in copies]).delete()
    return latest


def settle_copies(message: Message, *, now: datetime) -> None:
    """After a step: where it has taken the case from its writers, what they were typing becomes versions. One query if none."""
    if message.state not in SETTLED:
        return
    copies = list(_locked_copies(message).order_by("saved_at", "pk"))
    if not copies:
        return
    versions = list(Reply.objects.filter(message=message).order_by("version"))
    latest, texts = versions[-1] if versions else None, {reply.text for reply in versions}
    for copy in copies:
        if copy.text not in texts:
            latest = _settle(message, copy, latest, now=now)
            texts.add(copy.text)
    WorkingCopy.objects.filter(pk__in=[copy.pk for copy in copies]).delete()


def _settle(message: Message, copy: WorkingCopy, latest: Reply | None, *, now: datetime) -> Reply:
    """A copy as a version by its writer, who need not be at the machine any more."""
    reply = add_version(message, latest=latest, text=copy.text, author_id=copy.user_id, role=copy.role, now=now)
    writer = Actor(ActorKind.PERSON, message.center_id, copy.user.short_name, user_id=copy.user_id)
    grant = Grant(Role(copy.role)) if copy.role else None
    data = {"version": reply.version, "typed": True}
    record(message=message, code="draft", actor=writer, now=now, grant=grant, data=data)
    return reply


def _own(message: Message, actor: Actor) -> WorkingCopy | None:
    return WorkingCopy.objects.select_for_update().filter(message=message, user_id=actor.user_id or 0).first()


def _locked_copies(message: Message) -> QuerySet[WorkingCopy]:
    return WorkingCopy.objects.select_for_update(of=("self",)).select_related("user").filter(message=message)
