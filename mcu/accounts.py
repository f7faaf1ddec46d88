"""Accounts of the kernel: sign-up is closed; people come by one-time links, and a person's sessions can be ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.urls import reverse

from mcu.clock import utc_now
from mcu.errors import NotFound, WrongState
from mcu.models import OneTimeLink, User
from mcu.text import ended

TOKEN_BYTES = 32


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by himself: a manager of a Center invites (issue «Start-up»)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Who has signed in within allauth's five minutes is not asked for the password again: the role's second step
        is turned on right after the first sign-in."""
        if not super().is_reauthentication_required(app=app, **options):
            return False
        fresh = utc_now().timestamp() - app_settings.REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(self.request, self.request.user) if self.request else []
        return all(record["at"] < fresh for record in records)


def make_link(*, purpose: OneTimeLink.Purpose, user: User | None, by: User | None, now: datetime) -> str:
    """A new one-time link; returns its path, which is kept nowhere. Earlier unused links of the same person stop working.

    For ``FIRST`` there is no person yet, and every earlier unused link of that purpose stops working.
    """
    same = OneTimeLink.objects.filter(user=user) if user else OneTimeLink.objects.filter(purpose=purpose)
    same.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    OneTimeLink.objects.create(
        token_hash=hash_of(token),
        purpose=purpose,
        user=user,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    return reverse("one_time_link", args=[token])


def revoke_links(*, user: User, now: datetime) -> None:
    """Unused links of the person stop working now."""
    OneTimeLink.objects.filter(user=user, used_at__isnull=True, expires_at__gt=now).update(expires_at=now)


def find_link(*, token: str, now: datetime, lock: bool = False) -> OneTimeLink:
    """The link that still works. With ``lock`` the row is held to the end of the transaction, so that one of two wins.

    Raises NotFound for a token we never made, WrongState for a used, expired or replaced link and for a blocked person;
    the words say whom to ask for a new one.
    """
    links = OneTimeLink.objects.select_related("user", "created_by")
    if lock:
        links = links.select_for_update(of=("self",))
    link = links.filter(token_hash=hash_of(token)).first()
    if link is None:
        raise NotFound(f"Такой ссылки нет: проверьте, что адрес скопирован целиком. {whom_to_ask(None)}")
    if link.used_at is not None:
        raise WrongState(f"По этой ссылке пароль уже задан, второй раз она не работает. {whom_to_ask(link)}")
    if link.expires_at <= now:
        raise WrongState(f"Срок ссылки истёк, или вместо неё выдана новая. {whom_to_ask(link)}")
    if link.user is not None and not link.user.is_active:
        raise WrongState(f"Учётная запись заблокирована. {whom_to_ask(link)}")
    return link


def whom_to_ask(link: OneTimeLink | None) -> str:
    """Who gives a new link, in words for the page."""
    if link is not None and link.purpose == OneTimeLink.Purpose.FIRST:
        if not User.objects.exists():
            return "Новую ссылку для первой учётной записи программа напечатает при следующем запуске."
        return (
            "Первая учётная запись уже заведена: войдите по её логину и паролю. Если пароль потерян, новую ссылку даёт "
            "команда на сервере: manage.py new_link ЛОГИН."
        )
    if link is not None and link.created_by is not None:
        return ended(f"Новую ссылку попросите у того, кто выдал эту: {link.created_by.full_name}")
    return "Новую ссылку выдаёт руководитель Центра или ответственный за техническое обеспечение."


def use_link(*, token: str, password: str, now: datetime) -> User:
    """Set the password of the person the link names and mark it used. Call inside a transaction. Not for ``FIRST``."""
    link = find_link(token=token, now=now, lock=True)
    if link.user is None:
        raise NotFound(whom_to_ask(link))
    user = User.objects.select_for_update().get(pk=link.user.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    link.used_at = now
    link.save(update_fields=["used_at"])
    return user


def end_sessions(user: User) -> int:
    """Delete the person's sessions, so that unblocking does not bring them back; returns how many.

    Django's sessions do not say whose they are, so all are read: hundreds in a Center.
    """
    mine = [session.pk for session in Session.objects.iterator() if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    return Session.objects.filter(pk__in=mine).delete()[0]


def hash_of(token: str) -> str:
    """What is kept of a link: the token has 256 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
