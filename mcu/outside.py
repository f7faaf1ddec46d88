"""Calls to addresses that others gave: TLS only, never into the inner network, no redirects, bounded in time and size.

A host of the own network that may be called is named in a setting, ``host`` or ``host:port``; only such a one may be private
or without TLS. The name is resolved here and the connection made to the very address that was checked, so that a name
cannot turn into an inner address in between.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Event, Timer
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit

MOST_READ: Final = 4096  # bytes of an answer
TOO_LATE: Final = "ответ не пришёл вовремя"
_NAT64: Final = IPv6Network("64:ff9b::/96")  # an IPv4 address in its last half


class Forbidden(Exception):
    """The address is none that the program may call; the words are for a person."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered: the status and the beginning of the body."""

    status: int
    body: bytes


def may_call(url: str, *, inside: Collection[str]) -> SplitResult:
    """The parts of an address that may be called, as far as can be said without asking for the name's address.

    Raises Forbidden. ``inside``: hosts of the own network.
    """
    address = _split(url)
    if is_inside(address, inside):
        return address
    if address.scheme != "https" or not address.hostname or address.username or address.password:
        raise Forbidden("адрес должен начинаться с https://.")
    try:
        known = ip_address(address.hostname)
    except ValueError:
        if address.hostname == "localhost" or "." not in address.hostname:
            raise Forbidden("адрес лежит во внутренней сети.") from None
        return address
    _check_address(known)
    return address


def may_call_now(url: str, *, inside: Collection[str]) -> SplitResult:
    """As ``may_call``, and the name must not lead inside at this moment. One that leads nowhere yet may do so later."""
    address = may_call(url, inside=inside)
    if not is_inside(address, inside):
        with suppress(OSError):
            _addresses(address.hostname or "", address.port or http.client.HTTPS_PORT)
    return address


def is_inside(address: SplitResult, inside: Collection[str]) -> bool:
    """Whether it is one of the own network's hosts that may be called."""
    named = {address.netloc.lower(), (address.hostname or "").lower()}
    return address.scheme in ("http", "https") and not named.isdisjoint(inside)


def post(url: str, body: bytes, *, headers: Mapping[str, str], inside: Collection[str], seconds: float) -> Answered:
    """Post and read the answer's beginning, within so many seconds in all. Raises Forbidden, OSError."""
    address = may_call(url, inside=inside)
    connection = _connection(address, inside, seconds)
    late = Event()
    limit = Timer(seconds, _cut, [connection, late])
    limit.daemon = True
    limit.start()
    try:
        path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
        connection.request("POST", path, body=body, headers=dict(headers))
        response = connection.getresponse()
        answered = Answered(response.status, response.read(MOST_READ))
    except http.client.HTTPException as error:  # no HTTP was answered
        problem: OSError = ConnectionError(f"{type(error).__name__}: {error}")
        raise (TimeoutError(TOO_LATE) if late.is_set() else problem) from error
    except (OSError, AttributeError, ValueError) as error:
        if late.is_set():  # cut while it was being used
            raise TimeoutError(TOO_LATE) from error
        raise
    finally:
        limit.cancel()
        connection.close()
    if late.is_set():  # what was cut short may look like a whole answer
        raise TimeoutError(TOO_LATE)
    return answered


def _check_address(address: IPv4Address | IPv6Address) -> None:
    """Raises Forbidden for an address that is not of the public network, however it is wrapped."""
    for real in _wrapped(address):
        if not real.is_global or real.is_multicast or real.is_reserved:
            raise Forbidden("адрес лежит во внутренней сети.")


def connected(host: str, port: int, seconds: float, *, inside: bool = False) -> socket.socket:
    """A connection to the very address that was checked; all addresses of a name have the time of one together.

    ``inside``: the host is one of the own network that may be called. Raises Forbidden, OSError.
    """
    last: OSError | None = None
    until = monotonic() + seconds
    for address in _addresses(host, port, inside=inside):
        if (left := until - monotonic()) <= 0:
            break
        try:
            found = socket.create_connection((address, port), left)
        except OSError as error:
            last = error
            continue
        found.settimeout(seconds)
        return found
    raise last or TimeoutError(TOO_LATE)


class _Outside(http.client.HTTPSConnection):
    """HTTPS to an address that was checked; the certificate must be the name's."""

    def connect(self) -> None:
        plain = connected(self.host, self.port, self.timeout or 0.0)
        self.sock = plain  # so that it can be cut while TLS is being agreed upon
        self.sock = _tls().wrap_socket(plain, server_hostname=self.host)


def _connection(address: SplitResult, inside: Collection[str], seconds: float) -> http.client.HTTPConnection:
    """A connection that is made when it is used; only to an address that may be called."""
    host, port = address.hostname or "", address.port
    if not is_inside(address, inside):
        return _Outside(host, port, timeout=seconds)
    if address.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=_tls())


def _cut(connection: http.client.HTTPConnection, late: Event) -> None:
    """Whoever answers drop by drop is no longer listened to."""
    late.set()
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _split(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        raise Forbidden("адрес не читается.") from error
    return address


def _addresses(host: str, port: int, *, inside: bool = False) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # no name of the internet can be written so
        raise socket.gaierror(socket.EAI_NONAME, "имя узла не читается") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for one in () if inside else addresses:
        _check_address(ip_address(one.partition("%")[0]))
    return addresses


def _wrapped(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address itself, or those it leads to: IPv4 within IPv6 is reached by its IPv4 rules."""
    if isinstance(address, IPv4Address):
        return [address]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    return [address]


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
