"""Letters as they really come, made here: every mail program has its own ways, and some have none."""

from __future__ import annotations

import base64
import quopri
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

TEXT = "Здравствуйте! На улице Мира, 5 третий день нет воды. Прошу принять меры."
FROM = "Алёна Краснова <krasnova@mail.example>"


def encoded(words: str, charset: str = "utf-8") -> str:
    """An encoded word of a header."""
    return f"=?{charset}?B?{base64.b64encode(words.encode(charset)).decode()}?="


def raw(
    body: bytes = b"",
    *,
    subject: str | bytes = "",
    sender: str | bytes = "krasnova@mail.example",
    date: str = "Wed, 18 Nov 2026 09:40:00 +0500",
    message_id: str = "<one@mail.example>",
    **headers: str | bytes,
) -> bytes:
    """A letter of these headers; an empty one is left out, bytes stand as they are."""
    named: dict[str, str | bytes] = {"From": sender, "Subject": subject, "Date": date, "Message-ID": message_id}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape"))
        for name, value in named.items()
        if value
    ]
    return b"\r\n".join([*lines, b"", body])


def plain(text: str = TEXT, **headers: str | bytes) -> bytes:
    """A letter of words only, in UTF-8 and quoted-printable."""
    values: dict[str, str | bytes] = {
        "subject": encoded("Нет воды"),
        "Content_Type": "text/plain; charset=utf-8",
        "Content_Transfer_Encoding": "quoted-printable",
        **headers,
    }
    return raw(quopri.encodestring(text.encode()), **values)  # type: ignore[arg-type]


def eight_bits(charset: str, said: str) -> bytes:
    """Subject, name and words in bare bytes, whatever the letter says of them."""
    kind = f"text/plain; charset={said}" if said else "text/plain"
    return raw(
        TEXT.encode(charset),
        subject="Нет воды на улице Мира".encode(charset),
        sender="Алёна Краснова".encode(charset) + b" <krasnova@mail.example>",
        Content_Type=kind,
        Content_Transfer_Encoding="8bit",
    )


def with_files(*files: tuple[str, str, bytes], text: str = TEXT, html: str = "", **headers: str) -> bytes:
    """Words and files: (name, type, content)."""
    letter = MIMEMultipart("mixed")
    letter["From"], letter["Date"] = FROM.encode().decode("ascii", "ignore") or FROM, "Wed, 18 Nov 2026 09:40:00 +0500"
    del letter["From"]
    letter["From"] = f"{encoded('Алёна Краснова')} <krasnova@mail.example>"
    letter["Subject"], letter["Message-ID"] = encoded("Нет воды"), "<files@mail.example>"
    for name, value in headers.items():
        del letter[name.replace("_", "-")]
        letter[name.replace("_", "-")] = value
    letter.attach(MIMEText(html or text, "html" if html else "plain", "utf-8"))
    for name, kind, content in files:
        part = MIMEText("", "plain")
        del part["Content-Type"], part["Content-Transfer-Encoding"]
        part["Content-Type"] = f'{kind}; name="{encoded(name)}"'
        part["Content-Transfer-Encoding"] = "base64"
        part["Content-Disposition"] = f'attachment; filename="{encoded(name)}"'
        part.set_payload(base64.encodebytes(content).decode())
        letter.attach(part)
    return letter.as_bytes()


def bounce(of: str, *, to: str = "obrashcheniya@okt.example") -> bytes:
    """A server says that the letter with the id did not arrive (RFC 3464)."""
    parts = [
        "--b\r\nContent-Type: text/plain\r\n\r\nThe mail system: <krasnova@mail.example>: user unknown\r\n",
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Answer\r\nMessage-ID: <{of}>\r\n",
        "--b--\r\n",
    ]
    return raw(
        "\r\n".join(parts).encode(),
        sender="MAILER-DAEMON@mx.mail.example",
        subject="Undelivered Mail Returned to Sender",
        message_id="<bounce@mx.mail.example>",
        Return_Path="<>",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
    )
