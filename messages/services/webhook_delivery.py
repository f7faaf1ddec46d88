"""Telling webhooks of changes: in the order of the feed, at least once, each hook by itself.

A hook is claimed by moving its next try on (SKIP LOCKED) and told outside of any transaction, in a thread of its own, so that
one that is slow holds nobody back. Its place is kept after each batch that was taken, and only while the claim still holds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.db import connection, transaction
from django.urls import reverse

from blocks import actors
from blocks.models import Webhook
from blocks.roles import Role
from blocks.selectors.audience import roster_of
from blocks.services.clients import Kind, note
from mcu import outbox
from mcu.outbox import Notice
from messages.selectors import feed
from messages.services import webhooks
from messages.services.feed import number_changes

logger = logging.getLogger(__name__)

BATCH: Final = 100  # changes of one call
AT_ONCE: Final = 6  # hooks told side by side; each holds a connection to the database while it is read and kept
CLAIMED_FOR: Final = timedelta(minutes=2)  # longer than any run: then another worker takes the hook
RUN_SECONDS: Final = 15.0  # a hook's turn ends after the call during which they are over
PAUSES: Final = (10, 30, 60, 300, 900, 3600)  # seconds between tries; the last repeats
GIVE_UP_AFTER: Final = timedelta(days=3)
LEAST_TRIES: Final = 10  # our own days down are no fault of the hook's


def tell_webhooks(*, clock: Callable[[], datetime]) -> int:
    """Tell what is new to every hook that is due; how many calls were taken. Two queries when nothing is new."""
    number_changes()
    last = feed.last_position()
    claimed = _claim(last, clock())
    if len(claimed) == 1:
        return _Turn(claimed[0], last, clock).go()
    if not claimed:
        return 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        return sum(pool.map(lambda hook: _in_thread(hook, last, clock), claimed))


def _in_thread(hook: Webhook, last: int, clock: Callable[[], datetime]) -> int:
    try:
        return _Turn(hook, last, clock).go()
    except Exception:
        # Its claim runs out by itself; the others must be told meanwhile.
        logger.exception("webhook %s could not be told", hook.pk)
        return 0
    finally:
        connection.close()


@transaction.atomic
def _claim(last: int, now: datetime) -> list[Webhook]:
    """Hooks for which the feed has gone on, taken from other workers for some minutes. Two queries, one when there is none."""
    due = Webhook.objects.filter(disabled_at__isnull=True, next_try_at__lte=now, position__lt=last)
    due = due.filter(client__blocked_at__isnull=True, client__center__closed_at__isnull=True)
    rows = list(
        due.select_for_update(of=("self",), skip_locked=True).select_related("client__center").order_by("next_try_at")[:AT_ONCE]
    )
    for row in rows:
        row.next_try_at = now + CLAIMED_FOR
    if rows:
        Webhook.objects.filter(pk__in=[row.pk for row in rows]).update(next_try_at=now + CLAIMED_FOR)
    return rows


class _Turn:
    """One hook's turn: batch after batch until it has everything, fails, or its time is over."""

    def __init__(self, hook: Webhook, last: int, clock: Callable[[], datetime]) -> None:
        self.hook, self.last, self.clock = hook, last, clock
        self.claim = hook.next_try_at
        self.until = monotonic() + RUN_SECONDS
        self.taken = 0

    def go(self) -> int:
        client = self.hook.client
        actor = actors.client(client)
        while True:
            page = feed.page(actor=actor, after=self.hook.position, limit=BATCH, tz=client.center.tz)
            if not page.changes:
                self._pass_over()
                return self.taken
            now = self.clock()
            if problem := webhooks.call(self.hook, _name(self.hook, page), _body(page), now):
                self._failed(problem, now)
                return self.taken
            self.taken += 1
            more = page.more and monotonic() < self.until
            if not self._told(page.next, now, more=more) or not more:
                return self.taken

    def _pass_over(self) -> None:
        """Nothing of the client's up to where the feed stood: it need not be looked through again."""
        self._keep(position=max(self.hook.position, self.last), next_try_at=self.clock())

    def _told(self, position: int, now: datetime, *, more: bool) -> bool:
        """Keep the place; False when the claim is lost, so that somebody else goes on."""
        return self._keep(
            position=position,
            next_try_at=self.claim if more else now,
            attempts=0,
            failing_since=None,
            error="",
            told_at=now,
        )

    @transaction.atomic
    def _failed(self, problem: str, now: datetime) -> None:
        hook = self.hook
        attempts, since = hook.attempts + 1, hook.failing_since or now
        pause = timedelta(seconds=PAUSES[min(attempts, len(PAUSES)) - 1])
        kept = self._keep(next_try_at=now + pause, attempts=attempts, failing_since=since, error=problem[:500])
        if kept and attempts >= LEAST_TRIES and now - since >= GIVE_UP_AFTER:
            self._disable(problem, now)

    def _disable(self, problem: str, now: datetime) -> None:
        hook = self.hook
        why = f"не принимал изменения {GIVE_UP_AFTER.days} дня подряд: {problem}"[:300]
        Webhook.objects.filter(pk=hook.pk).update(disabled_at=now, disabled_why=why)
        note(hook.client, Kind.WEBHOOK_DISABLED, actor=None, now=now, url=hook.url, position=hook.position)
        _tell_tech(hook, why, now)

    def _keep(self, **state: object) -> bool:
        """Save while the hook is still ours: not disabled, removed or taken by another worker meanwhile."""
        for name, value in state.items():
            setattr(self.hook, name, value)
        ours = Webhook.objects.filter(pk=self.hook.pk, next_try_at=self.claim, disabled_at__isnull=True)
        return ours.update(**state) == 1


def _tell_tech(hook: Webhook, why: str, now: datetime) -> None:
    center = hook.client.center
    path = reverse("messages:client", args=[center.slug, hook.client_id])
    outbox.put(
        (
            Notice(
                key=f"webhook:{hook.pk}:{now.isoformat()}:{user}",
                kind="webhook_disabled",
                user_id=user,
                subject=f"Программе «{hook.client.name}» больше не сообщают об изменениях",
                body=f"Адрес {hook.url} {why} Место в ленте сохранено: почините приём и включите снова, ничего не пропадёт.",
                path=path,
                center_slug=center.slug,
            )
            for user in roster_of(center, now).in_roles(Role.TECH)
        ),
        now=now,
    )


def _name(hook: Webhook, page: feed.Page) -> str:
    """The same for the same changes told again, so that the program knows a repeat."""
    return f"changes-{hook.pk}-{page.changes[0]['position']}-{page.next}"


def _body(page: feed.Page) -> bytes:
    return json.dumps({"type": "changes", "changes": page.changes, "next": page.next}, ensure_ascii=False).encode()
