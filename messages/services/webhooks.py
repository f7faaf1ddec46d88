"""Where a program wants changes told: adding an address, its secret, trying it, switching it on again, removing it.

What is told is the changes feed itself, so a webhook keeps nothing but its place in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.crypto import salted_hmac

from blocks.actors import Actor
from blocks.models import ApiClient, Webhook
from blocks.models.programs import Scope
from blocks.services.clients import Kind, may_keep, note
from mcu import outside
from mcu.errors import Conflict, Invalid, NotFound
from messages.selectors import feed

LONGEST_URL: Final = 1000
MOST_OF_ONE: Final = 5
SECONDS: Final = 10.0  # for one call in all
_REFUSED: Final = "Адрес не добавлен."
_SALT_BYTES: Final = 16


def add(*, client: ApiClient, url: str, actor: Actor, now: datetime) -> Webhook:
    """Tell changes from now on to this address. Raises NotAllowed, Invalid, Conflict."""
    may_keep(actor, client.center)
    url = url.strip()
    _check(client, url)  # asks the network for the name's address, so nothing is held meanwhile
    return _added(client, url, actor, now)


@transaction.atomic
def _added(client: ApiClient, url: str, actor: Actor, now: datetime) -> Webhook:
    ApiClient.objects.select_for_update(no_key=True).get(pk=client.pk)
    if client.webhooks.filter(url=url).exists():
        raise Conflict("Этот адрес у программы уже есть.")
    if client.webhooks.count() >= MOST_OF_ONE:
        words = f"У программы уже {MOST_OF_ONE} адресов; уберите лишний."
        raise Invalid(words, {"url": words})
    webhook = Webhook.objects.create(
        client=client,
        url=url,
        salt=secrets.token_hex(_SALT_BYTES),
        position=feed.last_position(),
        created_at=now,
        created_by_id=actor.user_id,
        next_try_at=now,
    )
    note(client, Kind.WEBHOOK_ADDED, actor=actor, now=now, url=url)
    return webhook


@transaction.atomic
def enable(*, client: ApiClient, webhook_id: int, actor: Actor, now: datetime) -> Webhook:
    """Go on from the place where it stopped, whoever stopped it."""
    webhook = _locked(client, webhook_id, actor)
    if webhook.disabled_at is not None:
        webhook.disabled_at, webhook.disabled_why = None, ""
        webhook.attempts, webhook.failing_since, webhook.error, webhook.next_try_at = 0, None, "", now
        webhook.save()
        note(client, Kind.WEBHOOK_ENABLED, actor=actor, now=now, url=webhook.url)
    return webhook


@transaction.atomic
def disable(*, client: ApiClient, webhook_id: int, actor: Actor, now: datetime) -> Webhook:
    """Tell nothing there until it is enabled again; its place is kept."""
    webhook = _locked(client, webhook_id, actor)
    if webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_why = now, "технический специалист"
        webhook.attempts, webhook.failing_since, webhook.error = 0, None, ""
        webhook.save()
        note(client, Kind.WEBHOOK_DISABLED, actor=actor, now=now, url=webhook.url)
    return webhook


@transaction.atomic
def remove(*, client: ApiClient, webhook_id: int, actor: Actor, now: datetime) -> str:
    """Forget the address; which one it was."""
    webhook = _locked(client, webhook_id, actor)
    note(client, Kind.WEBHOOK_REMOVED, actor=actor, now=now, url=webhook.url, position=webhook.position)
    webhook.delete()
    return webhook.url


@transaction.atomic
def show_secret(*, client: ApiClient, webhook_id: int, actor: Actor, now: datetime) -> tuple[Webhook, str]:
    """The secret by which the program checks signatures; that it was shown is written down."""
    webhook = _locked(client, webhook_id, actor)
    note(client, Kind.SIGNING_SHOWN, actor=actor, now=now, url=webhook.url)
    return webhook, secret_of(webhook)


def check(*, client: ApiClient, webhook_id: int, actor: Actor, now: datetime) -> tuple[Webhook, str]:
    """Send a test event; what went wrong, empty where it was taken. Changes nothing."""
    may_keep(actor, client.center)
    webhook = _one(client, webhook_id)
    body = json.dumps({"type": "test", "at": now.isoformat(timespec="seconds")}).encode()
    return webhook, call(webhook, f"test-{secrets.token_hex(8)}", body, now)


def secret_of(webhook: Webhook) -> str:
    """``whsec_…``: derived from the installation's key and the webhook's salt, so a copy of the database tells nothing."""
    return f"whsec_{base64.b64encode(_key(webhook)).decode()}"


def signature(webhook: Webhook, said: str, moment: int, body: bytes) -> str:
    """As the Standard Webhooks scheme asks: HMAC-SHA256 of id, moment and body."""
    return sign(_key(webhook), said, moment, body)


def sign(key: bytes, said: str, moment: int, body: bytes) -> str:
    """The value of ``Webhook-Signature``."""
    digest = hmac.new(key, f"{said}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def call(webhook: Webhook, said: str, body: bytes, now: datetime) -> str:
    """Post one signed event; what went wrong in words for a person, empty where it was taken (2xx)."""
    moment = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "MCU-Webhooks/1",
        "Webhook-Id": said,
        "Webhook-Timestamp": str(moment),
        "Webhook-Signature": signature(webhook, said, moment, body),
    }
    try:
        answered = outside.post(webhook.url, body, headers=headers, inside=settings.WEBHOOK_PRIVATE_HOSTS, seconds=SECONDS)
    except outside.Forbidden as refusal:
        return f"Обращаться нельзя: {refusal}"
    except TimeoutError:
        return f"Не ответил за {SECONDS:.0f} секунд."
    except OSError as error:
        return f"Не отвечает: {_reason(error)}."
    if HTTPStatus.OK <= answered.status < HTTPStatus.MULTIPLE_CHOICES:
        return ""
    if HTTPStatus.MULTIPLE_CHOICES <= answered.status < HTTPStatus.BAD_REQUEST:
        return f"Ответил переадресацией ({answered.status}): укажите конечный адрес."
    return f"Ответил {answered.status}, а нужно 200–299."


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "не удалось договориться о TLS, проверьте сертификат"
    if isinstance(error, socket.gaierror):
        return "имя узла не найдено"
    if isinstance(error, ConnectionRefusedError):
        return "соединение не принято"
    return str(error)[:300] or type(error).__name__


def _key(webhook: Webhook) -> bytes:
    return salted_hmac("mcu.webhook", webhook.salt, algorithm="sha256").digest()


def _check(client: ApiClient, url: str) -> None:
    problem = ""
    if not {Scope.READ, Scope.READ_ALL} & set(client.scopes):
        problem = "Этой программе нельзя читать сообщения: сначала дайте ей такое право."
    elif len(url) > LONGEST_URL or not url.isascii():
        problem = "Адрес слишком длинный или набран не латиницей."
    else:
        try:
            address = outside.may_call_now(url, inside=settings.WEBHOOK_PRIVATE_HOSTS)
            # A name of the own network need not look like one of the internet.
            if not outside.is_inside(address, settings.WEBHOOK_PRIVATE_HOSTS):
                URLValidator(schemes=["https"])(url)
        except outside.Forbidden as refusal:
            problem = f"{str(refusal).capitalize()} Узлы своей сети разрешает настройка WEBHOOK_PRIVATE_HOSTS."
        except ValidationError:
            problem = "Нужен полный адрес, например https://portal.example.ru/mcu."
    if problem:
        raise Invalid(f"{problem} {_REFUSED}", {"url": problem})


def _locked(client: ApiClient, webhook_id: int, actor: Actor) -> Webhook:
    may_keep(actor, client.center)
    found = Webhook.objects.select_for_update(of=("self",)).filter(pk=webhook_id, client=client).first()
    if found is None:
        raise _unknown()
    return found


def _one(client: ApiClient, webhook_id: int) -> Webhook:
    found = Webhook.objects.filter(pk=webhook_id, client=client).first()
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("У этой программы такого адреса нет.")
