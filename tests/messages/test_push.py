"""``manage.py push``: a CSV goes in over HTTP, again without harm, and what is not taken is said row by row."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from mcu.push import sender
from mcu.push.rows import Mapping, PushError, Row, read_table
from mcu.push.sender import Result, Sender, Stopped, pause
from messages.models import Message
from tests.cast import make_oktyabrsky
from tests.messages.pushing import Pusher, a_message, pusher

KEY = "mcu_deadbeef_secret"


def write(path: Path, words: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(words.encode(encoding))
    return path


def push(path: Path, *options: str, url: str, key: str = KEY) -> str:
    """Run the command as a user does; what it prints."""
    out = io.StringIO()
    call_command("push", str(path), "--url", url, "--key", key, *options, stdout=out, stderr=io.StringIO())
    return out.getvalue()


# --- Against the real product ------------------------------------------------------------------------------------------


@pytest.fixture
def im(transactional_db: None) -> Pusher:
    cache.clear()
    return pusher(make_oktyabrsky().center, "im")


def test_a_file_goes_in_and_again_without_a_second_case(im: Pusher, live_server: Any, tmp_path: Path) -> None:
    rows = "".join(f'{number},"Яма на улице, дом {number}",Дороги,лишнее\n' for number in range(1, 31))
    path = write(tmp_path / "письма.csv", "id,ТЕКСТ,topic,block\n" + rows)
    options = ("--source", "im", "--map", "external_id=id", "--map", "text=ТЕКСТ", "--set", "settlement=за рекой")

    first = push(path, *options, url=live_server.url, key=im.key)
    assert "Принято новых: 30. Уже были: 0." in first
    again = push(path, *options, url=live_server.url, key=im.key)
    assert "Принято новых: 0. Уже были: 30." in again

    assert Message.objects.count() == 30
    message = Message.objects.get(external_id="7")
    assert (message.text, message.topic_words) == ("Яма на улице, дом 7", "Дороги")
    assert message.settlement_words == "за рекой"


def test_what_is_not_taken_is_written_with_its_reason(im: Pusher, live_server: Any, tmp_path: Path) -> None:
    im.post(a_message(external_id="2", text="Прежний текст."))
    words = "external_id;text;lat;lon\n1;Хорошее;62,5;66,1\n2;Другой текст;;\n3;;;\n4;Широта не та;север;1\n"
    path = write(tmp_path / "a.csv", words, "cp1251")
    errors = tmp_path / "не приняты.csv"

    with pytest.raises(CommandError, match="Не принято строк: 3"):
        push(path, "--source", "im", "--errors", str(errors), url=live_server.url, key=im.key)

    assert Message.objects.get(external_id="1").lat == 62.5
    with errors.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["строка"] for row in rows] == ["3", "4", "5"]
    assert "ОКТ-2026-000001" in rows[0]["причина"]
    assert rows[1]["причина"].startswith("text: ")
    assert "lat: " in rows[2]["причина"]
    assert rows[2]["text"] == "Широта не та"

    # The file of refusals, corrected, is itself a file to push.
    mended = errors.read_text("utf-8-sig").replace(";;;\n", ";Теперь с текстом;;\n").replace("север;1", ";")
    with pytest.raises(CommandError, match="Не принято строк: 1"):
        push(write(errors, mended), "--source", "im", "--errors", str(tmp_path / "b.csv"), url=live_server.url, key=im.key)
    assert Message.objects.count() == 4


def test_a_row_too_wide_or_too_long_is_refused_alone(im: Pusher, live_server: Any, tmp_path: Path) -> None:
    words = f"external_id,text\n1,Яма\n2,Яма, и ещё одна\n3,{'ж' * 6_000_000}\n4,Фонарь\n"
    path, errors = write(tmp_path / "a.csv", words), tmp_path / "b.csv"
    with pytest.raises(CommandError, match="Не принято строк: 2"):
        push(path, "--source", "im", "--errors", str(errors), url=live_server.url, key=im.key)
    assert sorted(Message.objects.values_list("external_id", flat=True)) == ["1", "4"]
    lines = errors.read_text("utf-8-sig").splitlines()
    assert lines[1].startswith('3,"значений больше')
    assert lines[1].endswith("2,Яма, и ещё одна")
    assert lines[2].startswith("4,строка больше 1024 КБ")


def test_a_wrong_key_or_source_stops_at_once(im: Pusher, live_server: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "external_id,text\n" + "".join(f"{number},Яма\n" for number in range(100)))
    with pytest.raises(CommandError, match=r"Ключ не принят.* Не передано строк: 100"):
        push(path, "--source", "im", url=live_server.url, key=KEY)
    with pytest.raises(CommandError, match="Ключу нельзя"):
        push(path, "--source", "pos", url=live_server.url, key=im.key)
    with pytest.raises(CommandError, match="нет приёма"):
        push(path, "--source", "im", url=f"{live_server.url}/elsewhere", key=im.key)


# --- Against a server that has troubles --------------------------------------------------------------------------------

Answer = tuple[int, dict[str, str], dict[str, Any]]


@contextmanager
def server(answer: Callable[[int], Answer]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An HTTP server that answers by the number of the call; its address and what it was sent."""
    calls: list[dict[str, Any]] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                calls.append(body)
                status, headers, words = answer(len(calls))
            content = json.dumps(words).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    one = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{one.server_port}", calls
    finally:
        one.shutdown()
        one.server_close()
        thread.join()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a test: hundredths of a second."""
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", "external_id,text\n1,Яма\n2,Лужа\n3,Свет\n")


def test_busy_and_failing_servers_are_asked_again(quick: None, three: Path) -> None:
    def answer(call: int) -> Answer:
        troubles = {1: 429, 2: 503, 3: 500, 5: 502}
        return troubles.get(call, 201), {"Retry-After": "0"}, {"number": "1", "detail": "занят"}

    with server(answer) as (url, calls):
        said = push(three, "--source", "im", "--workers", "2", url=url)
    assert "Принято новых: 3" in said
    assert len(calls) == 7
    assert {call["external_id"] for call in calls} == {"1", "2", "3"}


def test_a_server_that_stays_away_ends_the_run_in_clear_words(quick: None, three: Path) -> None:
    with server(lambda call: (201, {}, {})) as (url, _):
        pass
    with pytest.raises(CommandError, match=r"не отвечает.* Не передано строк: 3\. Повторите ту же команду"):
        push(three, "--source", "im", url=url)
    with (
        server(lambda call: (500, {}, {"detail": "сбой"})) as (url, calls),
        pytest.raises(CommandError, match="500: сбой"),
    ):
        push(three, "--source", "im", "--workers", "1", url=url)
    assert len(calls) == sender.TRIES


def test_a_page_that_is_no_intake_is_not_taken_for_success(quick: None, three: Path) -> None:
    statuses = iter((200, 302, 404))
    for _ in range(3):
        with server(lambda call: (next(statuses), {}, {})) as (url, _), pytest.raises(CommandError, match="нет приёма"):
            push(three, "--source", "im", "--workers", "1", url=url)


def test_what_was_sent_before_the_stop_is_counted(quick: None, three: Path) -> None:
    with (
        server(lambda call: (201 if call == 1 else 401, {}, {"number": "1", "detail": "ключ"})) as (url, _),
        pytest.raises(CommandError, match="Не передано строк: 2"),
    ):
        push(three, "--source", "im", "--workers", "1", url=url)


def test_retry_after_is_honoured_in_both_its_forms() -> None:
    now = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
    assert pause(0, "17") == 17
    assert pause(0, "Wed, 18 Nov 2026 05:00:30 GMT", now) == 30
    assert pause(0, "Wed, 18 Nov 2026 04:00:00 GMT", now) == 0
    assert pause(0, "99999") == 300
    assert [pause(attempt, "скоро") for attempt in (0, 1, 10)] == [0.5, 1, 30]


def test_a_single_send_says_what_became_of_it(quick: None) -> None:
    answers: list[Answer] = [
        (201, {}, {"number": "1"}),
        (200, {}, {"number": "1"}),
        (409, {}, {"detail": "другое", "errors": []}),
        (400, {}, {"detail": "плохо", "errors": [{"field": "text", "message": "пусто"}]}),
        (413, {}, {}),
    ]
    with server(lambda call: answers[call - 1]) as (url, _), Sender(url, KEY) as one:
        got = [one.send({"text": "а"}) for _ in answers]
        one.stop()
        with pytest.raises(Stopped, match="прервана"):
            one.send({})
    assert [outcome.result for outcome in got] == [
        Result.MADE, Result.ALREADY, Result.CONFLICT, Result.REFUSED, Result.REFUSED,
    ]  # fmt: skip
    assert [outcome.reason for outcome in got] == ["", "", "другое", "text: пусто", "Request Entity Too Large"]


# --- Files and options -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "delimiter", "named"),
    [("utf-8", ",", "UTF-8"), ("utf-8-sig", ";", "UTF-8"), ("cp1251", "\t", "Windows-1251"), ("utf-16", ";", "UTF-16")],
)
def test_usual_encodings_and_delimiters_are_told_apart(tmp_path: Path, encoding: str, delimiter: str, named: str) -> None:
    lines = ["external_id,text", '1,"Яма,\nдва ряда"', "", "2,Ёлка"]
    words = "\r\n".join(lines).replace(",", delimiter)
    table = read_table(write(tmp_path / "a.csv", words, encoding))
    assert table.encoding == named
    assert table.columns == ("external_id", "text")
    assert [row.cells["external_id"] for row in table.rows] == ["1", "2"]
    assert table.rows[1].cells["text"] == "Ёлка"
    assert [row.line for row in table.rows] == [2, 5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "пуст"),
        (b"\n\n", "пуст"),
        (b"external_id,text\n", "нет ни одной строки"),
        (b"external_id,text,text\n1,a,b\n", "повторяются: text"),
        (b'external_id,text\n1,"a\n2,b",c\n', "Строки 2–3"),
        (b"PK\x03\x04\x00\x00", "Excel"),
        (b"%PDF-1.7\n1 0 obj\n", "это не CSV"),
    ],
)
def test_a_file_that_can_not_be_sent_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(PushError, match=words):
        read_table(path)


def test_clear_words_for_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCU_KEY", raising=False)
    path = write(tmp_path / "a.csv", "id,words\n1,Яма\n")
    for options, words in (
        ((str(tmp_path / "нет.csv"), "--url", "x", "--key", KEY), "нет.csv не читается: такого файла или папки нет"),
        ((str(tmp_path), "--url", "x", "--key", KEY), "не читается: это папка"),
        ((str(path), "--url", "x"), "Нужен ключ"),
        ((str(path), "--url", "x", "--key", KEY), "source, external_id, text.*id, words"),
        ((str(path), "--url", "x", "--key", KEY, "--map", "text=нет"), "столбца «нет» нет"),
        ((str(path), "--url", "x", "--key", KEY, "--map", "нет=id"), "поля «нет» нет"),
        ((str(path), "--url", "x", "--key", KEY, "--set", "text"), "ПОЛЕ=ЗНАЧЕНИЕ"),
        ((str(path), "--url", "x", "--key", KEY, "--workers", "0"), "--workers"),
        (_whole(path, "--url", "ftp://x"), "--url"),
        (_whole(path, "--url", "x", "--key", "ключ"), "посторонние знаки"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("push", *options, stderr=io.StringIO())


def _whole(path: Path, *options: str) -> tuple[str, ...]:
    return (str(path), "--key", KEY, "--source", "im", "--map", "external_id=id", "--map", "text=words", *options)


def test_cells_become_the_types_the_intake_wants() -> None:
    mapping = Mapping.of(
        ["external_id", "text", "lat", "lon", "fast", "mail"],
        maps=["fast_track=fast", "applicant.email=mail"],
        constants=["applicant.type=citizen", "text=Всегда одно"],
        source="im",
    )
    cells = {"external_id": "7", "text": "не он", "lat": "62,5", "lon": "", "fast": "Да", "mail": " a@example.org "}
    assert mapping.payload(Row(2, cells)) == {
        "source": "im",
        "external_id": "7",
        "text": "Всегда одно",
        "lat": 62.5,
        "fast_track": True,
        "applicant": {"email": "a@example.org", "type": "citizen"},
    }
    odd = mapping.payload(Row(3, {**cells, "fast": "может быть", "lat": "север"}))
    assert (odd["fast_track"], odd["lat"]) == ("может быть", "север")
