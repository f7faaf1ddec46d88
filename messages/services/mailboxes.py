"""Mailboxes as the technical role keeps them: connected after a check, paused, closed; their passwords are sealed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from blocks.actors import Actor
from blocks.models import Center, Source
from mcu.errors import Invalid, NotAllowed, NotFound
from mcu.sealing import Unsealable, seal, unseal
from messages import policies
from messages.models import Mailbox
from messages.services import mail_box
from messages.services.mail_box import Access, Unreachable

WRONG_PORT = "Порт — число от 1 до 65535, обычно 993."
_TAKEN = "Этот ящик уже подключён. Откройте его в списке."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is said of a mailbox; an empty password leaves the one that is kept."""

    source: Source
    address: str
    host: str
    port: int
    user_name: str
    password: str
    folder: str = "INBOX"

    @property
    def access(self) -> Access:
        return Access(
            host=self.host, port=self.port, user_name=self.user_name, password=self.password, folder=self.folder or "INBOX"
        )


def connect(*, center: Center, actor: Actor, given: Given, now: datetime) -> Mailbox:
    """Connect a mailbox once its server lets us in. Letters that lie in it already are left: new ones count from here.

    Raises ``Invalid`` in words for the fields, also where the server says no.
    """
    _permit(actor)
    if not given.password:
        raise Invalid("Укажите пароль.", {"password": "Укажите пароль: без него ящик не прочитать."})
    _judge(center, given)
    opened = _tried(given.access)
    try:
        with transaction.atomic():
            return Mailbox.objects.create(
                center=center,
                source=given.source,
                address=given.address,
                host=given.host.lower(),
                port=given.port,
                user_name=given.user_name,
                password=seal(given.password),
                folder=given.folder or "INBOX",
                created_at=now,
                created_by_id=actor.user_id,
                uid_validity=opened[0],
                last_uid=opened[1],
                checked_at=now,
            )
    except IntegrityError:
        raise Invalid(_TAKEN, {"user_name": _TAKEN}) from None


def change(*, center: Center, actor: Actor, mailbox_id: int, given: Given, now: datetime) -> Mailbox:
    """Other words about a mailbox, checked as at its connection. Another folder or name starts from its present end."""
    _permit(actor)
    mailbox = _found(center, mailbox_id)
    given = given if given.password else replace(given, password=password_of(mailbox))
    _judge(center, given)
    opened = _tried(given.access)
    with transaction.atomic():
        mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        same = (mailbox.host, mailbox.user_name, mailbox.folder) == (given.host.lower(), given.user_name, given.folder)
        mailbox.source, mailbox.address = given.source, given.address
        mailbox.host, mailbox.port, mailbox.user_name = given.host.lower(), given.port, given.user_name
        mailbox.folder, mailbox.password = given.folder or "INBOX", seal(given.password)
        if not same:
            mailbox.uid_validity, mailbox.last_uid = opened
        mailbox.error, mailbox.failing_since, mailbox.checked_at = "", None, now
        try:
            with transaction.atomic():
                mailbox.save()
        except IntegrityError:
            raise Invalid(_TAKEN, {"user_name": _TAKEN}) from None
    return mailbox


def pause(*, center: Center, actor: Actor, mailbox_id: int, paused: bool, now: datetime) -> Mailbox:
    """Stop reading, or go on: what came meanwhile is read then."""
    _permit(actor)
    mailbox = _found(center, mailbox_id)
    if paused == (mailbox.closed_at is not None):
        return mailbox
    mailbox.closed_at = now if paused else None
    try:
        with transaction.atomic():
            mailbox.save(update_fields=["closed_at"])
    except IntegrityError:
        raise Invalid(_TAKEN) from None
    return mailbox


def check(*, center: Center, actor: Actor, mailbox_id: int, now: datetime) -> str:
    """Try the connection now; the words of what is wrong, or nothing. What was wrong is kept beside the mailbox."""
    _permit(actor)
    mailbox = _found(center, mailbox_id)
    try:
        with mail_box.opened(access_of(mailbox)):
            problem = ""
    except Unreachable as error:
        problem = str(error)
    note(mailbox, problem, now=now)
    return problem


def note(mailbox: Mailbox, problem: str, *, now: datetime) -> None:
    """Keep how the last try ended."""
    since = (mailbox.failing_since or now) if problem else None
    mailbox.checked_at, mailbox.error, mailbox.failing_since = now, problem[:500], since
    mailbox.save(update_fields=["checked_at", "error", "failing_since"])


def access_of(mailbox: Mailbox) -> Access:
    """How the mailbox is reached. Raises ``Unreachable`` where its password cannot be read any more."""
    return Access(
        host=mailbox.host,
        port=mailbox.port,
        user_name=mailbox.user_name,
        password=password_of(mailbox),
        folder=mailbox.folder,
    )


def password_of(mailbox: Mailbox) -> str:
    try:
        return unseal(mailbox.password)
    except Unsealable:
        raise Unreachable("пароль запечатан другим секретом установки: введите его заново") from None


def _tried(access: Access) -> tuple[int, int]:
    """UIDVALIDITY and the last uid there is."""
    try:
        with mail_box.opened(access) as box:
            return box.uid_validity, max(0, box.uid_next - 1)
    except Unreachable as error:
        words = f"Не получилось войти в ящик: {error}."
        raise Invalid(words, {"host": words}) from error


def _judge(center: Center, given: Given) -> None:
    wrong: dict[str, str] = {}
    if given.source.center_id != center.pk or given.source.closed_at is not None:
        wrong["source"] = "Выберите источник из списка."
    if not 0 < given.port < 65536:
        wrong["port"] = WRONG_PORT
    if wrong:
        raise Invalid("Проверьте введённое.", wrong)


def _found(center: Center, mailbox_id: int) -> Mailbox:
    mailbox = Mailbox.objects.filter(center=center, pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("Такого ящика у Центра нет.")
    return mailbox


def _permit(actor: Actor) -> None:
    verdict = policies.may_keep_mailboxes(actor)
    if not verdict:
        raise NotAllowed(verdict.reason)
