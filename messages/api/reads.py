"""What a client may read back: messages, their terms and the answers that were sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from blocks.actors import Actor
from blocks.models import Settlement, Source, Topic
from messages.api import etags, serializers
from messages.api.serializers.shapes import Term
from messages.models import Attachment, Deadline, Message, Reply


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the client is shown it, and the edition of that."""

    body: dict[str, Any]
    etag: str


def terms_of(message: Message) -> list[Term]:
    """The terms of the present cycle that a client is shown. One query."""
    return in_force(_rows().filter(message=message, cycle=message.cycle))


def in_force(terms: Iterable[Term]) -> list[Term]:
    """Of a case's terms those in force without the Center's internal ones, nearest first."""
    return sorted((one for one in terms if not one.internal and one.void_at is None), key=attrgetter("due_at"))


def shown(actor: Actor, message: Message, tz: ZoneInfo) -> Shown:
    """The message with its terms and its answer. Two queries, two more where its names were not joined."""
    answer = Reply.objects.filter(message=message, posted_at__isnull=False).order_by("-version").first()
    body = serializers.case(message, terms_of(message), answer, tz, actor=actor)
    return Shown(body, etags.of(message.changed_at.isoformat(), body))


def shown_all(actor: Actor, messages: Sequence[Message], tz: ZoneInfo) -> list[dict[str, Any]]:
    """The messages of a page, each as ``shown`` gives it. Two queries."""
    ids = [message.pk for message in messages]
    terms: dict[int, list[Term]] = defaultdict(list)
    for row in _rows().filter(message__in=ids, cycle=F("message__cycle")):
        terms[row.message_id].append(row)
    sent = Reply.objects.filter(message__in=ids, posted_at__isnull=False).order_by("message_id", "-version")
    answers = {reply.message_id: reply for reply in sent.distinct("message_id")}
    return [
        serializers.case(message, in_force(terms[message.pk]), answers.get(message.pk), tz, actor=actor) for message in messages
    ]


def files_of(actor: Actor, message: Message) -> QuerySet[Attachment]:
    """The files that this client passed on, and those that went out with an answer."""
    rows = Attachment.objects.filter(message=message, removed_at__isnull=True)
    passed_on = Q(kind=Attachment.Kind.MESSAGE, client_id=actor.client_id)
    return rows.filter(passed_on | Q(kind=Attachment.Kind.ANSWER, reply__posted_at__isnull=False)).order_by("uploaded_at", "pk")


def topics_of(actor: Actor) -> list[dict[str, Any]]:
    """The Center's open topics. One query."""
    rows = Topic.objects.filter(center=actor.center_id, closed_at__isnull=True).select_related("block")
    return [serializers.topic(row) for row in rows.order_by("name", "pk")]


def settlements_of(actor: Actor) -> list[dict[str, Any]]:
    """The Center's settlements. One query."""
    rows = Settlement.objects.filter(center=actor.center_id, closed_at__isnull=True)
    return [serializers.settlement(row) for row in rows.order_by("name", "pk")]


def sources_of(actor: Actor) -> list[dict[str, Any]]:
    """The sources that the client is bound to. One query."""
    return [serializers.source(row) for row in Source.objects.filter(pk__in=actor.source_ids).order_by("name", "pk")]


def _rows() -> QuerySet[Deadline]:
    return Deadline.objects.select_related("rule").order_by("id")
