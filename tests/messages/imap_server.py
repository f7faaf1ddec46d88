"""A small IMAP server of the outside world: real TLS on a socket of this machine, as much of the protocol as is spoken."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOST = "127.0.0.1"
USER, PASSWORD = "obrashcheniya@okt.example", "ключ «от ящика» \\ 1"


@dataclass
class Stored:
    """A letter in the box."""

    uid: int
    raw: bytes
    arrived: datetime


@dataclass
class ImapBox:
    """One box with its letters; ``before_letter`` is called before a letter is given out: to break there."""

    letters: list[Stored] = field(default_factory=list)
    uid_validity: int = 1
    port: int = 0
    given_out: list[int] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    before_letter: Callable[[int], None] = lambda uid: None
    ca_file: str = ""

    @property
    def uid_next(self) -> int:
        return max((one.uid for one in self.letters), default=0) + 1

    def put(self, raw: bytes, arrived: datetime) -> int:
        uid = self.uid_next
        self.letters.append(Stored(uid, raw, arrived))
        return uid

    def renumber(self) -> None:
        """What a server does after a repair: new validity, new uids."""
        self.uid_validity += 1
        for place, one in enumerate(self.letters, start=1):
            one.uid = place


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: Any
    timeout = 20

    def handle(self) -> None:
        self.box: ImapBox = self.server.box
        self.say("* OK IMAP4rev1 ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.box.commands.append(command)
            if self.answer(tag, command):
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def answer(self, tag: str, command: str) -> bool:
        name = " ".join(command.upper().split()[: 2 if command.upper().startswith("UID") else 1])
        done = getattr(self, f"do_{name.lower().replace(' ', '_')}", None)
        if done is None:
            self.say(f"{tag} BAD unknown command")
            return False
        refused = done(tag, command)
        self.say(f"{tag} {refused or 'OK done'}")
        return name == "LOGOUT"

    def do_capability(self, tag: str, command: str) -> str:
        self.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        return ""

    def do_authenticate(self, tag: str, command: str) -> str:
        self.say("+ ")
        given = base64.b64decode(self.rfile.readline().strip()).decode().split("\0")
        return "" if given[1:] == [USER, PASSWORD] else "NO [AUTHENTICATIONFAILED] wrong"

    def do_login(self, tag: str, command: str) -> str:
        return "NO [AUTHENTICATIONFAILED] wrong"

    def do_status(self, tag: str, command: str) -> str:
        self.say(f'* STATUS "INBOX" (UIDVALIDITY {self.box.uid_validity} UIDNEXT {self.box.uid_next})')
        return ""

    def do_examine(self, tag: str, command: str) -> str:
        if "INBOX" not in command:
            return "NO no such folder"
        self.say(f"* {len(self.box.letters)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.box.uid_validity}] ok")
        return "OK [READ-ONLY] done"

    def do_uid_search(self, tag: str, command: str) -> str:
        if bound := re.search(r"UID (\d+):\*", command.partition("SEARCH")[2]):
            last = self.box.uid_next - 1  # «9:*» names the last letter whatever its uid is
            uids = [one.uid for one in self.box.letters if one.uid >= int(bound[1]) or one.uid == last]
        else:
            said = re.search(r"SINCE ([\w-]+)", command)
            day = datetime.strptime(said[1], "%d-%b-%Y").replace(tzinfo=UTC) if said else datetime.min.replace(tzinfo=UTC)
            uids = [one.uid for one in self.box.letters if one.arrived >= day]
        self.say(f"* SEARCH {' '.join(map(str, uids))}")
        return ""

    def do_uid_fetch(self, tag: str, command: str) -> str:
        wanted = {int(uid) for uid in command.split()[2].split(",")}
        for place, one in enumerate(self.box.letters, start=1):
            if one.uid not in wanted:
                continue
            if "BODY.PEEK[]" in command:
                self.box.before_letter(one.uid)
                self.box.given_out.append(one.uid)
                self.wfile.write(f"* {place} FETCH (UID {one.uid} BODY[] {{{len(one.raw)}}}\r\n".encode() + one.raw + b")\r\n")
            else:
                moment = one.arrived.astimezone(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")
                self.say(f'* {place} FETCH (UID {one.uid} RFC822.SIZE {len(one.raw)} INTERNALDATE "{moment}")')
        return ""

    def do_logout(self, tag: str, command: str) -> str:
        self.say("* BYE")
        return ""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, box: ImapBox, context: ssl.SSLContext) -> None:
        super().__init__((HOST, 0), _Talk)
        self.box, self.context = box, context

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        connection.settimeout(20)
        return self.context.wrap_socket(connection, server_side=True), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is part of the tests."""


def serve(folder: Path) -> tuple[ImapBox, Callable[[], None]]:
    """A running server with an empty box, and how to stop it. Its certificate is signed by itself: ``ca_file``."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = ImapBox(ca_file=str(certificate))
    server = _Server(box, context)
    box.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return box, stop


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    places = folder / "imap.pem", folder / "imap.key"
    places[0].write_bytes(built.public_bytes(Encoding.PEM))
    places[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return places
