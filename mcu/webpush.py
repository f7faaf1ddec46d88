"""Web push (RFC 8030, 8291, 8292): the installation's key, the check of a subscription, one encrypted message sent out.

The address comes from the person's browser, so it is not trusted: TLS only, no address of the inner network, no redirects.
A push service of the network's own is named in ``PUSH_INSIDE``.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from mcu import outside
from mcu.outside import Forbidden

SECONDS: Final = 5  # for one call in all
SIGNED_FOR: Final = 12 * 3600  # seconds; RFC 8292 allows a day
POINT_BYTES: Final = 65  # an uncompressed point of P-256
AUTH_BYTES: Final = 16
LONGEST_ADDRESS: Final = 1000

Subscription = Mapping[str, Any]
"""As the browser's ``PushSubscription.toJSON()``: ``endpoint`` and ``keys`` with ``p256dh`` and ``auth``."""


class BadSubscription(ValueError):
    """What was given is no subscription; the words are for a person."""


def public_key() -> str:
    """The installation's public key, as a browser asks for it: base64url of the uncompressed point."""
    return _public_key(settings.VAPID_KEY)


def host_of(endpoint: str) -> str:
    """Host and port of a push service."""
    return urlsplit(endpoint).netloc.lower()


def read_subscription(given: object) -> dict[str, Any]:
    """The subscription in what a browser sent, nothing else kept. Raises BadSubscription."""
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(keys, dict):
        raise BadSubscription("Браузер прислал неполную подписку. Обновите страницу и включите ещё раз.")
    endpoint, p256dh, auth = given.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not isinstance(endpoint, str) or len(endpoint) > LONGEST_ADDRESS or not endpoint.isascii():
        raise BadSubscription("У подписки нет годного адреса. Обновите страницу и включите ещё раз.")
    try:
        outside.may_call(endpoint, inside=settings.PUSH_INSIDE)
    except Forbidden as refusal:
        raise BadSubscription(f"Служба уведомлений этого браузера не подходит: {refusal}") from refusal
    if not _is_point(_unpacked(p256dh)) or len(_unpacked(auth)) != AUTH_BYTES:
        raise BadSubscription("Ключи подписки не читаются. Обновите страницу и включите ещё раз.")
    return {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}


def send(subscription: Subscription, payload: bytes, *, ttl: int, urgent: bool) -> int:
    """Encrypt and send one message; the status of the push service's answer.

    ``ttl``: seconds the service keeps it for a device that is off. Raises OSError when the service does not answer and
    Forbidden when its address must not be called.
    """
    from pywebpush import WebPusher

    endpoint = str(subscription["endpoint"])
    address = outside.may_call(endpoint, inside=settings.PUSH_INSIDE)
    body = WebPusher(dict(subscription)).encode(payload, content_encoding="aes128gcm")["body"]
    headers = {
        **_signature(f"{address.scheme}://{address.netloc}"),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(ttl),
        "Urgency": "high" if urgent else "normal",
    }
    return outside.post(endpoint, body, headers=headers, inside=settings.PUSH_INSIDE, seconds=SECONDS).status


def _signature(origin: str) -> dict[str, str]:
    from py_vapid import Vapid02

    claims = {"sub": _contact(), "aud": origin, "exp": int(time.time()) + SIGNED_FOR}
    signed: dict[str, str] = Vapid02.from_string(settings.VAPID_KEY).sign(claims)
    return signed


def _contact() -> str:
    """Whom a push service writes to when something is wrong with our messages."""
    return settings.PUBLIC_URL if settings.TLS else f"mailto:{settings.DEFAULT_FROM_EMAIL}"


@cache
def _public_key(private: str) -> str:
    number = int.from_bytes(_unpacked(private), "big")
    public = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _unpacked(text: object) -> bytes:
    """base64url without its padding; empty if it is none."""
    if not isinstance(text, str) or not text.isascii():
        return b""
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return b""


def _is_point(packed: bytes) -> bool:
    if len(packed) != POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), packed)
    except ValueError:
        return False
    return True
