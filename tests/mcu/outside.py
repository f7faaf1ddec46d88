"""A push service that stands outside: a real HTTP server on this machine which reads what it is given as a browser would."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTH = b"0123456789abcdef"


def packed(data: bytes) -> str:
    """base64url without padding, as browsers write keys."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Pushed:
    """One request as the service took it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Answers ``status`` to every request and keeps them."""

    server: ThreadingHTTPServer
    status: int = 201
    taken: list[Pushed] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def subscription(self, name: str = "one") -> dict[str, Any]:
        """What a browser hands over when a person allows notices."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"http://{self.host}/push/{name}", "keys": {"p256dh": packed(point), "auth": packed(AUTH)}}

    def read(self, pushed: Pushed) -> dict[str, Any]:
        """What the browser makes of it: RFC 8291."""
        plain = http_ece.decrypt(pushed.body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        return dict(json.loads(plain))


@contextmanager
def push_service() -> Iterator[PushService]:
    """The service, until the test is over."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            service.taken.append(Pushed(self.path, dict(self.headers), self.rfile.read(length)))
            self.send_response(service.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The test says what it saw."""

    service = PushService(ThreadingHTTPServer(("127.0.0.1", 0), Door))
    thread = Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        service.server.server_close()
        thread.join()
