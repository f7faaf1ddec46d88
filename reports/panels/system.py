"""Whether everything goes on by itself: intake, notices, the schedule, copies, the disk (ОКТ Пол. 3.7)."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse

from blocks.models import ApiClient, Center, Webhook
from mcu import VERSION, beats, calendars
from mcu.calendar import ProductionCalendar
from mcu.clock import local_midnight
from mcu.models import Heartbeat
from mcu.outbox.troubles import Troubles, troubles
from mcu.templatetags.mcu_ui import num, percent, words
from messages.models import Mailbox, MessageEvent
from messages.selectors.letters import Held, held
from messages.selectors.mailboxes import is_silent, is_stuck
from reports.panels.parts import Health, HealthGroup

SILENT_AFTER = timedelta(days=1)
COPY_AFTER = timedelta(hours=36)
LITTLE_SPACE = 0.1
_GIGABYTE = 1024**3
_OCTOBER = 10  # by then the government has decided which days of next year are moved


def health_of(center: Center, now: datetime) -> list[HealthGroup]:
    """Seven queries: clients with their webhooks, mailboxes, two of the outbox, letters, signs of life, the calendar."""
    found = {beat.name: beat for beat in Heartbeat.objects.all()}
    delivery = reverse("blocks:delivery", args=[center.slug])
    programs = reverse("messages:clients", args=[center.slug])
    return [
        HealthGroup("Приём сообщений", _clients(center, now), url=programs, link="Программы и ключи"),
        HealthGroup("Уведомления", _outbox(troubles(center.slug, limit=0)), url=delivery, link="Доставка уведомлений"),
        *_mailboxes(center, now),
        HealthGroup("Письма заявителям", _letters(held(center))),
        HealthGroup("Фоновая работа", [_scheduled(beat) for beat in beats.of_schedule(found, now)]),
        HealthGroup("Производственный календарь", _calendar(calendars.current(), now.astimezone(center.tz).date())),
        HealthGroup("Копия, место, версия", [_copy(found.get(beats.BACKUP), now), _space(), _version()]),
    ]


def _clients(center: Center, now: datetime) -> list[Health]:
    """Programs that push messages: when each last came, how many it brought today, where it does not hear of changes."""
    midnight = local_midnight(now.astimezone(center.tz).date(), center.tz)
    brought = MessageEvent.objects.filter(code="created", at__gte=midnight, client=OuterRef("pk")).order_by()
    today = Subquery(brought.values("client").annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    bad = Webhook.objects.filter(failing_since__isnull=False, client=OuterRef("pk"))
    facts = JSONObject(off="disabled_at", why="disabled_why", since="failing_since", error="error")
    rows = ApiClient.objects.filter(center=center).annotate(
        today=Coalesce(today, 0),
        used_at=Max("keys__last_used_at"),
        unheard=ArraySubquery(bad.order_by("pk").values(facts=facts)),
    )
    found = []
    for row in rows.order_by("blocked_at", "name"):
        brought_today, used_at = int(vars(row)["today"]), vars(row)["used_at"]
        if row.blocked_at is not None:
            found.append(Health(row.name, "ключ закрыт", row.blocked_at))
            continue
        silent = used_at is not None and now - used_at > SILENT_AFTER
        said = f"сегодня {words(brought_today, 'сообщение,сообщения,сообщений')}"
        found.append(Health(row.name, "ключом ещё не пользовались" if used_at is None else said, used_at, silent))
        found += [_webhook(row, hook) for hook in vars(row)["unheard"]]
    return found or [Health("Программ нет", "ключ выдают на странице «Программы и ключи»")]


def _webhook(client: ApiClient, hook: dict[str, Any]) -> Health:
    """An address at which the program should be told of changes and does not take them."""
    off, since = hook["off"], hook["off"] or hook["since"]
    said = f"выключено, {hook['why']}" if off else f"не принимает: {hook['error']}"
    return Health(f"Оповещение: {client.name}", said, datetime.fromisoformat(since), bad=True)


def _mailboxes(center: Center, now: datetime) -> list[HealthGroup]:
    """The mailboxes that are read, where there are any: when each was last, and why it is not."""
    found = []
    for row in Mailbox.objects.filter(center=center, closed_at__isnull=True).order_by("address"):
        silent = is_silent(row, now)
        stuck = is_stuck(row, now)
        waits = f"чтение оборвалось на письме, попыток: {row.tries}" if stuck else "давно не проверялся" if silent else ""
        said = f"не читается: {row.error}" if row.error else waits or "читается"
        found.append(Health(row.address, said, row.failing_since or row.checked_at, bad=said != "читается"))
    url = reverse("messages:mailboxes", args=[center.slug])
    return [HealthGroup("Почтовые ящики", found, url=url, link="Почтовые ящики")] if found else []


def _outbox(state: Troubles) -> list[Health]:
    waiting, failing = sum(state.waiting.values()), sum(state.failing.values())
    given_up = sum(state.given_up.values())
    found = [
        Health("Ждут отправки", num(waiting)),
        Health("Не ушли, будут ещё попытки", num(failing), bad=failing > 0),
        Health("Не ушли, попытки кончились", num(given_up), bad=given_up > 0),
    ]
    found += [Health("Сервер не отвечает", silence.error, silence.at, bad=True) for silence in state.silent]
    if not settings.EMAIL_ENABLED:
        found.append(Health("Почта", "не настроена: уведомления остаются в программе"))
    return found


def _letters(state: Held) -> list[Health]:
    return [
        Health("Почта пока не приняла", num(state.trying), bad=state.trying > 0),
        Health("Не доставлены, ждут отправителя", num(state.refused), bad=state.refused > 0),
    ]


def _scheduled(beat: beats.Beat) -> Health:
    if beat.error:
        return Health(beat.name, f"не получилось: {beat.error}", beat.at, bad=True)
    if beat.at is None:
        return Health(beat.name, "ещё не было", bad=False)
    return Health(beat.name, "стоит" if beat.late else "идёт", beat.at, bad=beat.late)


def _calendar(calendar: ProductionCalendar, today: date) -> list[Health]:
    """Which years are known, and from October whether the next one is: terms already reach into it."""
    found = [Health("Годы, которые известны", _years(sorted(calendar.years)))]
    for year in (today.year, today.year + 1):
        if not calendar.covers(year) and (year == today.year or today.month >= _OCTOBER):
            hint = "Команда manage.py load_calendar ФАЙЛ, порядок — в docs/operations.md."
            said = f"Производственный календарь на {year} год не загружен"
            found.append(Health(said, "переносы и сокращённые дни в сроках пока не учтены", bad=True, hint=hint))
    return found


def _years(years: list[int]) -> str:
    """«2020–2026», with what is missing between left out."""
    stretches = [[year] for year in years if year - 1 not in years]
    for stretch in stretches:
        while stretch[-1] + 1 in years:
            stretch.append(stretch[-1] + 1)
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}–{one[-1]}" for one in stretches)


def _copy(beat: Heartbeat | None, now: datetime) -> Health:
    hint = "Команда manage.py backup, порядок — в docs/operations.md."
    if beat is None:
        return Health("Резервная копия", "ещё не делалась", bad=True, hint=hint)
    size = f"{beat.data.get('bytes', 0) / _GIGABYTE:.2f} ГБ".replace(".", ",")
    late = now - beat.at > COPY_AFTER
    return Health("Резервная копия", f"{size}{', давно' if late else ''}", beat.at, bad=late, hint=hint if late else "")


def _space() -> Health:
    total, _, free = shutil.disk_usage(settings.VAR)
    share = free / total if total else 0.0
    said = f"свободно {free / _GIGABYTE:.0f} ГБ, {percent(share)}"
    return Health("Место на диске", said, bad=share < LITTLE_SPACE)


def _version() -> Health:
    server = int(getattr(connection, "pg_version", 0))  # known since the connection was made
    return Health("Версия", f"{VERSION}, PostgreSQL {server // 10000}.{server % 10000}")
