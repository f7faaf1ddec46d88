"""Short ways to be a client of the REST intake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from blocks import actors
from blocks.actors import Actor
from blocks.models import ApiClient, Center
from blocks.services.clients import create_client
from tests.cast import NOW

ADDRESS = "/api/v1/messages/"


@dataclass
class Pusher:
    """A client of one Center with its key."""

    client: ApiClient
    key: str

    @property
    def actor(self) -> Actor:
        return actors.client(self.client)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def post(self, body: Any, *, content_type: str = "application/json", **extra: Any) -> Any:
        """Push a body: bytes and words as they are, anything else as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        http = Client(raise_request_exception=False)
        return http.post(ADDRESS, data, content_type=content_type, headers=self.headers, **extra)

    def call(self, method: str, address: str, body: Any = None, *, headers: dict[str, str] | None = None, **extra: Any) -> Any:
        """Any call below /api/v1/, the body as JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = {"content_type": "application/json", **extra}
        http = Client(raise_request_exception=False)
        return http.generic(method, f"/api/v1/{address}", data, headers={**self.headers, **(headers or {})}, **extra)

    def get(self, number: str) -> Any:
        return Client(raise_request_exception=False).get(f"{ADDRESS}{number}/", headers=self.headers)


def pusher(center: Center, *sources: str, name: str = "Выгрузка") -> Pusher:
    client, key = create_client(center=center, name=name, sources=sources, now=NOW)
    return Pusher(client, key)


def a_message(**said: Any) -> dict[str, Any]:
    """The shortest message, with what the test is about."""
    return {"source": "im", "external_id": "ИМ-1", "text": "Не горят фонари у школы.", **said}


@contextmanager
def one_connection() -> Iterator[None]:
    """The program answers within the test's own transaction, as Django's test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
