"""Sending messages one by one over HTTP, with patience where waiting helps and a clear end where it does not."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from mcu.push.rows import PushError, Row

PATH: Final = "/api/v1/messages/"
TRIES: Final = 8  # with the pauses below about two minutes of a server being away
FIRST_PAUSE: Final = 0.5  # seconds, doubled each time
LONGEST_PAUSE: Final = 30.0
LONGEST_WAIT_ASKED: Final = 300.0  # of Retry-After
BODY_MAX: Final = 1024 * 1024  # bytes the intake takes; it hangs up on more, which looks like a server that is away
AGAIN: Final = frozenset({429, 500, 502, 503, 504})
HOPELESS: Final = {
    401: "Ключ не принят.",
    403: "Ключу нельзя передавать сообщения этого источника.",
    404: "По этому адресу нет приёма сообщений МЦУ.",
    405: "По этому адресу нет приёма сообщений МЦУ.",
}


class Stopped(Exception):
    """Sending the rest makes no sense: every further row would end the same way."""


class Result(StrEnum):
    MADE = "made"
    ALREADY = "already"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row, and why if it was not taken."""

    result: Result
    reason: str = ""


@dataclass(slots=True)
class Tally:
    """How many rows ended how, and the rows not taken."""

    made: int = 0
    already: int = 0
    conflicts: int = 0
    refused: int = 0
    bad: list[tuple[Row, str]] = field(default_factory=list)

    def add(self, row: Row, outcome: Outcome) -> None:
        """Count one row."""
        match outcome.result:
            case Result.MADE:
                self.made += 1
            case Result.ALREADY:
                self.already += 1
            case Result.CONFLICT:
                self.conflicts += 1
            case Result.REFUSED:
                self.refused += 1
        if outcome.reason:
            self.bad.append((row, outcome.reason))

    @property
    def total(self) -> int:
        return self.made + self.already + self.conflicts + self.refused

    @property
    def short(self) -> str:
        """For the end of the progress bar."""
        return f"новых {self.made}, были {self.already}, не принято {len(self.bad)}"


class Sender:
    """A connection to one intake with one key; safe to use from several threads."""

    def __init__(self, url: str, key: str, *, connections: int = 4) -> None:
        self.address = _address(url)
        host = urlsplit(self.address).hostname or ""
        if not key.isascii() or not key.isprintable():
            raise PushError("В ключе есть посторонние знаки; скопируйте его целиком: mcu_…")
        self.is_open_text = self.address.startswith("http://") and not _is_here(host)
        self._stop = threading.Event()
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json"},
            timeout=httpx.Timeout(30, connect=5),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=not _is_here(host),  # this very machine is never reached through a proxy
        )

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._client.close()

    def stop(self) -> None:
        """End pauses at once; sends under way come to their end, no other begins."""
        self._stop.set()

    def send(self, payload: dict[str, Any]) -> Outcome:
        """Send one message. Tries again after 429, 5xx and lost connections: the intake takes a repeat for the same message.

        Raises Stopped when the server stays away, refuses the key or is no intake at all.
        """
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > BODY_MAX:
            return Outcome(Result.REFUSED, f"строка больше {BODY_MAX // 1024} КБ; проверьте кавычки")
        trouble = ""
        for attempt in range(TRIES):
            if self._stop.is_set():
                break
            try:
                response = self._client.post(self.address, content=body)
            except httpx.TransportError as error:
                trouble = f"Сервер {self.address} не отвечает ({str(error) or type(error).__name__})."
                self._pause(attempt, None)
                continue
            if response.status_code not in AGAIN:
                return _outcome(response)
            trouble = f"Сервер отвечает {response.status_code}: {_detail(response)}"
            self._pause(attempt, response.headers.get("Retry-After"))
        raise Stopped(trouble or "Передача прервана.")

    def _pause(self, attempt: int, asked: str | None) -> None:
        if attempt < TRIES - 1:
            self._stop.wait(pause(attempt, asked))


def pause(attempt: int, asked: str | None, now: datetime | None = None) -> float:
    """Seconds to wait after a failed attempt (from 0): what Retry-After asks, else half a second doubled each time."""
    growing = min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE)
    if not asked:
        return growing
    if asked.isascii() and asked.strip().isdigit():
        return min(float(asked), LONGEST_WAIT_ASKED)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return growing
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_ASKED)


def send_all(
    rows: Iterable[Row],
    send: Callable[[Row], Outcome],
    *,
    done: Callable[[Row, Outcome], None],
    workers: int,
    sender: Sender,
) -> None:
    """Send every row by several threads, each taking the next as soon as it is free.

    ``done`` is called under a lock. The first Stopped ends all and is raised here after the sends under way have ended.
    """
    source = iter(rows)
    lock = threading.Lock()
    failures: list[Exception] = []

    def next_rows() -> Iterator[Row]:
        while not failures:
            with lock:
                row = next(source, None)
            if row is None:
                return
            yield row

    def work() -> None:
        try:
            for row in next_rows():
                outcome = send(row)
                with lock:
                    done(row, outcome)
        except Exception as error:
            failures.append(error)
            sender.stop()

    threads = [threading.Thread(target=work, name=f"push-{number}", daemon=True) for number in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        failures.append(Stopped("Передача прервана."))
        sender.stop()
        for thread in threads:
            thread.join()
        raise
    if failures:
        raise failures[0]


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if status == 201:
        return Outcome(Result.MADE)
    if status == 200 and _is_intake(response):
        return Outcome(Result.ALREADY)
    if status == 409:
        return Outcome(Result.CONFLICT, _detail(response))
    if status in HOPELESS or status < 400:
        raise Stopped(f"{HOPELESS.get(status, HOPELESS[404])} Ответ {status}: {_detail(response)}")
    return Outcome(Result.REFUSED, _detail(response))


def _is_intake(response: httpx.Response) -> bool:
    try:
        return "number" in response.json()
    except (ValueError, TypeError):
        return False


def _detail(response: httpx.Response) -> str:
    """The server's own words, field by field where it names fields."""
    try:
        body = response.json()
        errors = "; ".join(f"{error['field']}: {error['message']}" for error in body.get("errors", []) if error["field"])
        return errors or str(body["detail"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return response.reason_phrase or f"код {response.status_code}"


def _address(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PushError(f"--url {url}: нужен адрес вида http://127.0.0.1:8000")
    path = parts.path.rstrip("/")
    own = PATH if not path else f"{path}/" if path.endswith(PATH.rstrip("/")) else f"{path}{PATH}"
    return f"{parts.scheme}://{parts.netloc}{own}"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
