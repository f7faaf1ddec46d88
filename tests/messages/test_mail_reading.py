"""Letters read out of their bytes: no clock, no database. What a mail program may do, it does."""

from __future__ import annotations

import base64
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from messages.mail import bodies
from messages.mail.automatic import Sort
from messages.mail.letters import Letter, Unreadable, read
from messages.mail.quotes import new_words
from tests.messages.made_letters import TEXT, bounce, eight_bits, encoded, plain, raw, with_files

ARRIVED = datetime(2026, 11, 18, 4, 45, tzinfo=UTC)


def letter(content: bytes) -> Letter:
    return read(content, arrived=ARRIVED, own=frozenset({"obrashcheniya@okt.example"}))


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        ("utf-8", "utf-8"), ("utf-8", ""), ("utf-8", "us-ascii"), ("utf-8", "windows-1251"), ("utf-8", "unknown-8bit"),
        ("windows-1251", "windows-1251"), ("windows-1251", ""), ("windows-1251", "iso-8859-1"), ("windows-1251", "x-cp-1251"),
        ("windows-1251", "koi8-r"), ("koi8-r", "koi8-r"), ("koi8-r", ""), ("koi8-r", "windows-1251"), ("cp866", ""),
        ("utf-16", "utf-16"),
    ],
)  # fmt: skip
def test_words_are_russian_whatever_the_letter_says_of_its_bytes(charset: str, said: str) -> None:
    wide = raw(TEXT.encode("utf-16"), Content_Type="text/plain; charset=utf-16")
    found = letter(wide if charset == "utf-16" else eight_bits(charset, said))
    assert found.text == TEXT
    if charset != "utf-16":
        assert (found.subject, found.name, found.address) == (
            "Нет воды на улице Мира", "Алёна Краснова", "krasnova@mail.example",
        )  # fmt: skip


def test_encoded_headers_of_all_sorts_are_read() -> None:
    half = base64.b64encode("Нет воды на улице Мира".encode()[:11]).decode()
    rest = base64.b64encode("Нет воды на улице Мира".encode()[11:]).decode()
    split = letter(plain(subject=f"=?utf-8?B?{half}?=\r\n =?utf-8?B?{rest}?="))  # a letter cut in two, as Outlook does
    assert split.subject == "Нет воды на улице Мира"
    assert letter(plain(subject=f"{encoded('Нет')}{encoded(' воды')}")).subject == "Нет воды"
    assert letter(plain(subject="=?koi8-r?Q?=EE=C5=D4?=")).subject == "Нет"
    assert letter(plain(subject="=?no-such?B?!!!?= =?utf-8?Z?x?=")).sort is Sort.PERSON
    assert letter(plain(sender='"Краснова, Алёна" <A.Krasnova@Mail.example>')).name == "Краснова, Алёна"
    assert letter(plain(sender="krasnova@mail.example <krasnova@mail.example>")).name == ""
    assert letter(plain(sender="кто-то без адреса")).address == ""


def test_the_time_is_the_letters_own_only_where_it_can_be_right() -> None:
    said = datetime(2026, 11, 18, 4, 40, tzinfo=UTC)
    times = {
        "Wed, 18 Nov 2026 09:40:00 +0500": said,
        "18 Nov 2026 04:40:00 -0000": said,
        "Wed, 18 Nov 2026 23:40:00 +0500": ARRIVED,  # not yet
        "Thu, 01 Jan 1970 00:00:00 +0000": ARRIVED,
        "вчера": ARRIVED,
        "Wed, 99 Nov 20226 09:40:00 +9999": ARRIVED,
        "": ARRIVED,
    }
    for written, meant in times.items():
        assert letter(plain(date=written)).sent_at == meant, written


def test_markup_becomes_lines_of_words() -> None:
    markup = (
        "<html><head><style>p{}</style><title>т</title></head><body><p>Нет воды.</p><ul><li>1. ул. Мира</li></ul>"
        "<script>x()</script><p>Тел. +7&nbsp;922 - 1</p></body></html>"
    )
    found = letter(with_files(html=markup)).text
    assert "Нет воды." in found
    assert "1. ул. Мира" in found
    assert "+7 922 - 1" in found
    assert not re.search(r"style|x\(\)|\\|<", found)
    assert letter(with_files(html="<head><p>Нет воды &amp; света.</p>")).text == "Нет воды & света."


def test_plain_words_are_taken_before_the_same_words_in_markup() -> None:
    body = (
        "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nНет воды.\r\n--a\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n<b>Нет воды.</b>\r\n--a--\r\n"
    )
    kind = 'multipart/alternative; boundary="a"'
    assert letter(raw(body.encode(), Content_Type=kind)).text == "Нет воды."
    stub = body.replace("Нет воды.\r\n--a", "Ваша почтовая программа не поддерживает HTML\r\n--a", 1)
    assert letter(raw(stub.encode(), Content_Type=kind)).text == "Нет воды."


def test_files_keep_their_russian_names_and_a_letter_within_is_opened() -> None:
    found = letter(with_files(("Фото двора.jpg", "image/jpeg", b"\xff\xd8 12"), ("winmail.dat", "application/ms-tnef", b"x")))
    assert [one.name for one in found.body.files] == ["Фото двора.jpg", "winmail.dat"]
    rfc2231 = (
        "--m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
        " filename*0*=utf-8''%D0%90%D0%BA%D1%82;\r\n filename*1*=%20%E2%84%96%201.pdf\r\n\r\nPDF\r\n--m--\r\n"
    )
    named = letter(raw(rfc2231.encode(), Content_Type='multipart/mixed; boundary="m"'))
    assert [one.name for one in named.body.files] == ["Акт № 1.pdf"]
    inner = plain("Внутри тоже слова.").replace(b"\r\n", b"\n")
    forwarded = (
        b"--m\nContent-Type: text/plain; charset=utf-8\n\n"
        + "Пересылаю.".encode()
        + (b"\n--m\nContent-Type: message/rfc822\n\n" + inner + b"\n--m--\n")
    )
    assert letter(raw(forwarded, Content_Type='multipart/mixed; boundary="m"')).text == "Пересылаю.\n\nВнутри тоже слова."


MACHINES = [
    (plain(Auto_Submitted="auto-replied"), Sort.AUTOREPLY),
    (plain(Auto_Submitted="auto-generated; x=1"), Sort.AUTOREPLY),
    (plain(Auto_Submitted="no"), Sort.PERSON),
    (plain(X_Autoreply="yes"), Sort.AUTOREPLY),
    (plain(Precedence="auto_reply"), Sort.AUTOREPLY),
    (plain(Precedence="bulk"), Sort.LIST),
    (plain(List_Id="<news.example>"), Sort.LIST),
    (plain(subject=encoded("Автоответ: Ответ на обращение № 5")), Sort.AUTOREPLY),
    (plain(subject="Automatic reply: Re: x"), Sort.AUTOREPLY),
    (plain(subject=encoded("Re: В отпуске до 25.11")), Sort.AUTOREPLY),
    (plain(subject=encoded("Нахожусь в отпуске, а зарплаты нет")), Sort.PERSON),
    (plain(subject=encoded("Автоответчик администрации не отвечает")), Sort.PERSON),
    (plain(subject=encoded("Не доставлено письмо почтой России")), Sort.PERSON),
    (plain(subject=encoded("Недоставленное сообщение"), Return_Path="<>"), Sort.BOUNCE),
    (plain(Return_Path="<>"), Sort.AUTOREPLY),
    (plain(Return_Path="<krasnova@mail.example>"), Sort.PERSON),
    (plain(sender="Mail Delivery System <mailer-daemon@mx.example>"), Sort.BOUNCE),
    (bounce("letter.1.x@okt.example"), Sort.BOUNCE),
    (plain(Content_Type='multipart/report; report-type=disposition-notification; boundary="b"'), Sort.RECEIPT),
    (plain(sender="Центр <Obrashcheniya@okt.example>"), Sort.OWN),
]  # fmt: skip


@pytest.mark.parametrize(("content", "sort"), MACHINES)
def test_machines_are_told_from_citizens(content: bytes, sort: Sort) -> None:
    assert letter(content).sort is sort


def test_ids_of_what_is_answered_come_the_nearest_first() -> None:
    answer = letter(plain(In_Reply_To="<b@x>", References="<a@x>\r\n <b@x>"))
    assert answer.own_ids == ("b@x", "a@x")
    assert "letter.7.abc@okt.example" in letter(bounce("letter.7.abc@okt.example")).own_ids


REPLIES = {
    "mail.ru": "Да, воды всё нет.\n\n\nСреда, 18 ноября 2026, 10:00 +05:00 от Центр <c@okt.example>:\n>Уточните адрес.\n>\n",
    "gmail": "Да, воды всё нет.\n\nср, 18 нояб. 2026 г. в 10:00, Центр <c@okt.example>:\n\n> Уточните адрес.\n",
    "yandex": 'Да, воды всё нет.\n\n18.11.2026, 10:00, "Центр" <c@okt.example>:\n\n> Уточните адрес.\n',
    "english": "Да, воды всё нет.\n\nOn Wed, Nov 18, 2026 at 10:00 AM Center <c@okt.example> wrote:\n> Уточните адрес.\n",
    "outlook": "Да, воды всё нет.\n\n________________________________\nОт: Центр <c@okt.example>\n"
    "Отправлено: 18 ноября 2026 г. 10:00\nКому: x\n\nУточните адрес.\n",
    "outlook without a line": "Да, воды всё нет.\n\nFrom: Center <c@okt.example>\nSent: Wednesday\nTo: x\n\nУточните адрес.\n",
    "original": "Да, воды всё нет.\n\n-----Original Message-----\nFrom: x\nУточните адрес.\n",
    "below": "18.11.2026, 10:00, Центр <c@okt.example>:\n> Уточните адрес.\n\nДа, воды всё нет.\n",
    "signature": "Да, воды всё нет.\n-- \nАлёна, тел. 1\n",
    "telephone": "Да, воды всё нет.\n\nОтправлено из мобильной Почты Mail\n",
}


@pytest.mark.parametrize("program", REPLIES)
def test_of_a_reply_only_the_new_words_are_left(program: str) -> None:
    assert new_words(REPLIES[program]) == "Да, воды всё нет."


LONG = {
    "lines of figures": "2026 10:00 " * 18 + ":\n",
    "empty lines": "\n",
    "marks": ">" * 30 + "\n",
    "addresses": "a@b 2026 c@d, " * 20 + "\n",
    "one line": "2026-11-18 wrote @",
}


@pytest.mark.parametrize("what", LONG)
def test_no_text_takes_long(what: str) -> None:
    text = LONG[what] * (400_000 // len(LONG[what]))
    begun = perf_counter()
    new_words(text)
    assert perf_counter() - begun < 5


def test_where_all_is_quoted_all_is_left() -> None:
    assert new_words("> Уточните адрес.") == "> Уточните адрес."
    assert new_words("Пишу вам 18.11.2026 в 10:00 снова.\nНет воды.") == "Пишу вам 18.11.2026 в 10:00 снова.\nНет воды."


def test_letters_without_an_id_or_with_everybodys_are_told_apart() -> None:
    keys = {letter(plain(text, message_id=given)).key for text in ("Раз.", "Два.") for given in ("", "<same@1c>")}
    assert len(keys) == 4
    assert letter(plain()).key == letter(plain()).key
    assert letter(plain()).key.startswith("one@mail.example#")


@pytest.fixture
def guarded() -> Iterator[None]:
    """Ends a reading that takes hours, where the bounds do not."""

    def ended(*_: object) -> None:
        pytest.fail("the reading takes too long")

    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


HORRORS = {
    "nothing": b"",
    "noise": bytes(range(256)) * 50,
    "headers only": b"Subject: x",
    "a large header": b"Subject: " + b"=?utf-8?Q?" + b"=D0=90" * 10_000 + b"?=\r\n\r\nx",
    "encoded words without end": b"Subject: " + b"=?a?q?" * 10_000 + b"\r\nFrom: " + b"=?a?q?" * 10_000 + b"\r\n\r\nx",
    "people without end": plain(To="Имя <a@b.example>, " * 1500, Cc="(" * 30_000, sender='"' + '\\"' * 20_000),
    "parameters just within": raw(b"x", Content_Type='text/plain; a="' + ";" * 98 + "x" * 7000),
    "parameters of every part": raw(
        b"".join(b'--y\r\nContent-Type: text/plain; a="' + b";" * 98 + b"x" * 1000 + b"\r\n\r\nx\r\n" for _ in range(190)),
        Content_Type='multipart/mixed; boundary="y"',
    ),
    "names of every part": raw(
        b"".join(
            b'--y\r\nContent-Disposition: attachment; filename="' + b"=?a?q?" * 1300 + b'"\r\n\r\nx\r\n' for _ in range(30)
        ),
        Content_Type='multipart/mixed; boundary="y"',
    ),
    "empty lines": raw(b"\n" * 400_000, Content_Type='multipart/mixed; boundary="y"'),
    "markup in many parts": raw(
        b"".join(b"--y\r\nContent-Type: text/html\r\n\r\n" + b"<p><b>\xd1\x8f</b>&amp;" * 20_000 + b"\r\n" for _ in range(30)),
        Content_Type='multipart/mixed; boundary="y"',
    ),
    "words in many parts": raw(
        b"".join(b"--y\r\n\r\n" + b"\xff\xe0 " * 200_000 + b"\r\n" for _ in range(30)),
        Content_Type='multipart/mixed; boundary="y"',
    ),
    "thousands of headers": b"".join(b"X-A%d: b\r\n" % number for number in range(5000)) + b"\r\nx",
    "a boundary that never comes": raw(b"--x\r\n", Content_Type='multipart/mixed; boundary="y"'),
    "no boundary": raw(b"x", Content_Type="multipart/mixed"),
    "bad base64": raw(b"!!!!=", Content_Type="text/plain", Content_Transfer_Encoding="base64"),
    "an unknown encoding": raw(b"x", Content_Type="text/plain; charset=klingon-8", Content_Transfer_Encoding="x-rot"),
    "a binary codec for a charset": raw(b"x", Content_Type="text/plain; charset=base64"),
    "a torn rfc2231": raw(b"x", Content_Type="text/plain; name*0*=zz'%D0; name*5=a; charset*=''%FF"),
    "broken markup": raw(b"<p><<<&#xFFFFFFFF;&bogus;" + b"<div>" * 4000, Content_Type="text/html"),
    "styles that never end": raw(b"<style>" * 100_000, Content_Type="text/html"),
    "lists within lists": raw(b"<ul><li>" * 990 + b"<li>x" * 60_000, Content_Type="text/html"),
    "quotes within quotes": raw(b"<blockquote>" * 990 + b"<p>x" * 80_000, Content_Type="text/html"),
    "markup without end": raw(b"<" * 500_000, Content_Type="text/html"),
    "comments without end": raw(b"<!--" * 200_000, Content_Type="text/html"),
    "an address of addresses": plain(sender="<<a@b>, c@d <e@f>; (((" * 300),
    "a nul": raw(b"a\0b", subject=b"a\0b", Content_Type="text/plain"),
    "a date of years": plain(date="Fri, 31 Dec 99999999999999999999 23:59:60 +0000"),
}


@pytest.mark.parametrize("what", HORRORS)
def test_nothing_that_comes_breaks_the_reading(what: str, guarded: None) -> None:
    found = letter(HORRORS[what])
    assert found.sent_at == ARRIVED or found.sent_at <= ARRIVED
    assert len(found.text) < 2_000_000
    assert len(found.key) < 500


def nested(depth: int, inside: bytes) -> bytes:
    """Bundles within bundles, and what lies in the innermost."""
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(depth))
    return b"".join(heads) + b"\r\n" + inside


POISON = {
    "one parameter": (raw(b"x", Content_Type='text/plain; a="' + ";" * 400_000), "велики"),
    "one parameter of a folded header": (raw(b"x", Content_Type='text/plain; a="' + "\r\n ;;;;" * 1000), "параметров"),
    "one parameter of a name": (raw(b"x", Content_Disposition='attachment; a="' + ";" * 5000), "параметров"),
    "parameters within": (
        raw(b'--y\rcOnTent-tYpe: text/plain; a="' + b";" * 7000 + b"\r\rx", Content_Type='multipart/mixed; boundary="y"'),
        "параметров",
    ),
    "a huge header": (raw(b"x", subject="я" * 200_000), "велики"),
    "headers in all": (raw(b"x", **{f"X_{one}": "x" * 9000 for one in range(40)}), "велики"),
    "empty lines within": (nested(15, b"\n" * 500_000), "вложенных"),
    "empty lines deep within": (nested(120, b"\n" * 400_000), "вложенных"),
    "lines": (raw(b"\r" * 1_100_000), "строк"),
    "thousands of parts": (raw(b"--y\r\n\r\nx\r\n" * 3000, Content_Type='multipart/mixed; boundary="y"'), "частей"),
    "thousands of reports": (raw(b"a: b\r\n\r\n" * 3000, Content_Type="message/delivery-status"), "частей"),
}


@pytest.mark.parametrize("what", POISON)
def test_what_would_be_read_for_hours_is_refused_unread(what: str, guarded: None) -> None:
    content, words = POISON[what]
    with pytest.raises(Unreadable, match=words):
        letter(content)


def test_words_beyond_what_is_read_are_said_to_be_cut_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = letter(raw(b"<p>x</p>" * 100_000, Content_Type="text/html"))
    assert found.body.is_cut
    monkeypatch.setattr(bodies, "text_of_html", None)
    assert found.text.startswith("x")
    assert not letter(plain()).body.is_cut
    for before in (b"", b"x", b"xx"):
        long = letter(raw(before + "я€".encode() * 1_000_000, Content_Type="text/plain; charset=utf-8"))
        assert (long.body.is_cut, set(long.text) - {"x"}) == (True, {"я", "€"})


RESULTS = {
    "": False,
    "mx.example; spf=pass smtp.mailfrom=a@b; dkim=pass; dmarc=pass": False,
    "mx.example; spf=pass; dkim=fail; dmarc=fail (p=NONE)": True,
    "mx.example; spf=fail smtp.mailfrom=a@b; dkim=none": True,
    "mx.example; spf=fail; dkim=pass": False,  # forwarded, its signature holds
    "mx.example; spf=softfail; dkim=none; dmarc=none": False,
    'mx.example; spf=fail smtp.mailfrom="a; dkim=pass"@b (x; dkim=pass)': True,
}


@pytest.mark.parametrize("said", RESULTS)
def test_a_sender_is_doubted_where_the_receiving_server_says_so(said: str) -> None:
    headers = f"{said}\r\nAuthentication-Results: sender.example; dmarc=pass; dkim=pass" if said else ""
    assert letter(plain(Authentication_Results=headers)).is_doubted is RESULTS[said]


def test_letters_within_letters_without_end_are_refused_in_words() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(3000))
    with pytest.raises(Unreadable, match="вложенных"):
        letter(deep)


def test_arrival_bounds_the_time_by_days() -> None:
    old = (ARRIVED - timedelta(days=4)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    assert letter(plain(date=old)).sent_at == ARRIVED - timedelta(days=4)
