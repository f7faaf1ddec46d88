"""Calls to addresses that others gave: never inside, never longer than said, never anywhere but where was checked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest

from mcu import outside
from mcu.outside import Forbidden


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that answers everybody with these pieces; its host and port."""
    done = Event()
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with closing(door):
            while not done.is_set():
                try:
                    caller, _ = door.accept()
                except OSError:
                    return
                with closing(caller):
                    try:
                        caller.recv(65536)
                        for piece in pieces:
                            caller.sendall(piece)
                            done.wait(pause)
                    except OSError:
                        continue  # the caller hung up

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{door.getsockname()[1]}"
    finally:
        done.set()
        door.close()


def post(host: str, *, inside: list[str] | None = None, seconds: float = 5.0) -> outside.Answered:
    allowed = [host] if inside is None else inside
    return outside.post(f"http://{host}/hook", b"{}", headers={}, inside=allowed, seconds=seconds)


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example.ru/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.0.1:8443/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://localhost/",
        "https://intranet/",
        "https://name:word@portal.example.ru/",
        "ftp://portal.example.ru/",
        "https://portal.example.ru:99999/",
        "//portal.example.ru/",
        "",
    ],
)
def test_such_an_address_is_not_called(url: str) -> None:
    with pytest.raises(Forbidden):
        outside.may_call(url, inside=[])


def test_addresses_of_the_internet_and_named_hosts_of_the_own_network_are() -> None:
    for url in ("https://portal.example.ru/mcu?a=1", "https://8.8.8.8:8443/", "https://[64:ff9b::808:808]/"):
        assert outside.may_call(url, inside=[]).scheme == "https"
    for url in ("http://bus.local/in", "https://bus.local:8443/in", "http://10.0.0.5:8080/in"):
        assert outside.may_call(url, inside=["bus.local", "10.0.0.5:8080"])
    with pytest.raises(Forbidden):
        outside.may_call("http://10.0.0.5:9090/in", inside=["10.0.0.5:8080"])


@pytest.mark.parametrize("found", ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.5"])
def test_a_name_that_leads_inside_is_not_called(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", (found, 443))])
    with pytest.raises(Forbidden):
        outside.post("https://portal.example.ru/", b"{}", headers={}, inside=[], seconds=1)


def test_it_connects_to_the_very_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    reached: list[Any] = []

    def name_that_turns(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 443))]

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        reached.append(address)
        raise ConnectionRefusedError("закрыто")

    monkeypatch.setattr("socket.getaddrinfo", name_that_turns)
    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(OSError, match="закрыто"):
        outside.post("https://portal.example.ru/", b"{}", headers={}, inside=[], seconds=1)
    assert (asked, reached) == (["portal.example.ru"], [("8.8.8.8", 443)])


def test_many_dead_addresses_of_one_name_take_no_longer_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(_: Any, seconds: float) -> Any:
        Event().wait(min(seconds, 0.1))
        raise TimeoutError

    everywhere = [(2, 1, 6, "", (f"8.8.8.{last}", 443)) for last in range(50)]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: everywhere)
    monkeypatch.setattr("socket.create_connection", dead)
    began = monotonic()
    with pytest.raises(TimeoutError):
        outside.post("https://portal.example.ru/", b"{}", headers={}, inside=[], seconds=0.3)
    assert monotonic() - began < 2


def test_a_name_that_nothing_can_bear_is_not_found() -> None:
    with pytest.raises(socket.gaierror):
        outside.post(f"https://{'a' * 64}.example.ru/", b"{}", headers={}, inside=[], seconds=1)


def test_a_redirect_is_an_answer_like_any_other() -> None:
    with answering(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n") as host:
        assert post(host).status == 302


def test_only_the_beginning_of_an_answer_is_read() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 65536) as host:
        answered = post(host)
    assert (answered.status, len(answered.body)) == (200, outside.MOST_READ)


def test_who_answers_drop_by_drop_is_cut_off() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n", *(b"X-Drop: 1\r\n" for _ in range(100)), pause=0.1) as host:
        began = monotonic()
        with pytest.raises(TimeoutError, match="вовремя"):
            post(host, seconds=0.5)
        assert monotonic() - began < 2


def test_who_does_not_speak_http_is_told_so() -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as host, pytest.raises(OSError, match="BadStatusLine"):
        post(host)
