"""What a key may do: its scopes, the messages it reads, and how words of citizens are shown to whoever did not bring them."""

from __future__ import annotations

from typing import Final, cast

from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.request import Request

from blocks.actors import Actor
from blocks.models import ApiClient, Scope
from messages.masking import mask_contacts
from messages.models import Message

NUMBER_MAX: Final = 40
REFUSED: Final = {
    Scope.PUSH: "Этот ключ только читает: передавать и менять сообщения нельзя. Права ключа меняет технический специалист.",
    Scope.READ: "Этот ключ только передаёт сообщения: читать их он не может. Права ключа меняет технический специалист.",
}


def caller(request: Request) -> tuple[ApiClient, Actor]:
    """The client behind the key, and the client as an actor."""
    return cast(ApiClient, request.user), cast(Actor, request.auth)


def require(actor: Actor, scope: Scope) -> None:
    """Refuse (403) a key that lacks the scope; whoever reads everything reads its own too."""
    if scope in actor.scopes or (scope == Scope.READ and reads_all(actor)):
        return
    raise exceptions.PermissionDenied(REFUSED[scope])


def reads_all(actor: Actor) -> bool:
    """Whether the client reads all messages of its sources, not only those it brought."""
    return Scope.READ_ALL in actor.scopes


def readable(actor: Actor) -> QuerySet[Message]:
    """The messages the client may read: those it brought and whose source it still has, or all of its sources."""
    require(actor, Scope.READ)
    rows = Message.objects.visible_to(actor)
    return rows if reads_all(actor) else rows.filter(client_id=actor.client_id)


def own(actor: Actor) -> QuerySet[Message]:
    """The messages the client brought itself: only those may it add to or change."""
    return Message.objects.visible_to(actor).filter(client_id=actor.client_id, client__isnull=False)


def one_of(rows: QuerySet[Message], number: str) -> Message:
    """The message with this number among these, with its source; 404 otherwise. One query or none."""
    message = None
    if len(number) <= NUMBER_MAX and "\x00" not in number:
        message = rows.select_related("source").filter(number=number).first()
    if message is None:
        raise exceptions.NotFound("Среди сообщений, доступных этому ключу, такого номера нет.")
    return message


def shown(actor: Actor, message: Message, words: str) -> str:
    """Words of a citizen: whole for the client that brought them, with contacts hidden for any other."""
    return words if message.client_id == actor.client_id else mask_contacts(words)
