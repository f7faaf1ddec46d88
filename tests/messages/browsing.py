"""The pages as people of the cast open them, and many cases at once for what must not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from itertools import cycle
from typing import Protocol

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from blocks.models import DeadlineRule
from messages.models import Deadline, Message, MessageEvent, Regime, Reply
from messages.workflow import OPEN, State
from tests.cast import NOW, Cast
from tests.messages.scenes import ANSWER, Scene

ALONE = tuple(state for state in OPEN if state != State.MERGED)  # a merged one needs another that leads it


def browser(cast: Cast, name: str, *, csrf: bool = False) -> Client:
    """A browser in which a person of the cast is signed in."""
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(cast.people[name])
    return client


def page(cast: Cast, name: str, *args: object) -> str:
    """Address of a page of cases: ``desk``, ``list``, ``approval``."""
    return reverse("desk" if name == "desk" else f"messages:{name}", args=[cast.center.slug, *args])


def of_case(scene: Scene, step: str = "") -> str:
    """Address of the case, of one of its steps, or of ``draft``, ``classify``, ``contacts``."""
    address = page(scene.cast, "case", scene.message.number)
    return f"{address}{step}/" if step else address


class Answer(Protocol):
    """What the test client gives back, as far as it is read here."""

    @property
    def content(self) -> bytes: ...


def words(response: Answer) -> str:
    """The page's text as a person reads it in the source: without escaping."""
    return unescape(response.content.decode())


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product with the whole of its pattern."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one


def crowd(
    cast: Cast, count: int, *, states: tuple[State, ...] = ALONE, block: str = "roads", now: datetime = NOW
) -> list[Message]:
    """Cases of social networks in the states by turns, each with two versions, a remark and two terms, in few statements."""
    source, owner, person = cast.source("im"), cast.block(block), cast.people[block]
    taken = Message.objects.count()
    messages = Message.objects.bulk_create(
        Message(
            center=cast.center,
            number=f"{cast.center.prefix}-2026-{700_000 + taken + number:06d}",
            source=source,
            regime=Regime.MESSAGE,
            state=state,
            text="На улице Ленина не горят фонари у школы, звоните +7 922 123-45-67.",
            block=None if state == State.RECEIVED else owner,
            responsible=None if state == State.RECEIVED else person,
            received_at=now - timedelta(minutes=number),
            registered_at=now,
            handed_over_at=now,
            agreed_at=now,
            agreed_version=2,
            approved_at=now,
            completeness=2,
            created_at=now,
            changed_at=now,
            next_due_at=now + timedelta(minutes=number % 7),
        )
        for number, state in zip(range(count), cycle(states), strict=False)
    )
    Reply.objects.bulk_create(
        Reply(message=message, version=version, text=ANSWER, author=person, author_role="block_responsible", saved_at=now)
        for message in messages
        for version in (1, 2)
    )
    MessageEvent.objects.bulk_create(
        MessageEvent(message=message, at=now, code="created", actor_kind="system") for message in messages
    )
    rules = {rule.code: rule for rule in DeadlineRule.objects.filter(center=cast.center)}
    Deadline.objects.bulk_create(
        Deadline(
            message=message,
            center=cast.center,
            rule=rules[code],
            kind=rules[code].kind,
            started_at=now,
            due_at=message.next_due_at,
            threat_at=message.next_due_at,
        )
        for message in messages
        for code in ("im_agree", "im_approve")
    )
    return messages
