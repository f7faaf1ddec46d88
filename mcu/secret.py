"""The secrets of one installation: made once, kept in the data folder, never in the repository."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

# The order of the curve P-256: a private key is a number below it.
_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def secret_key(var: Path) -> str:
    """The key that signs, kept in ``var/secret_key``."""
    return _kept(var / "secret_key", lambda: secrets.token_urlsafe(50))


def vapid_key(var: Path) -> str:
    """The private key that web push is signed with (RFC 8292), kept in ``var/vapid_key``: base64url of its 32 bytes.

    Browsers bind a subscription to it: with another key every device has to be allowed anew.
    """
    return _kept(var / "vapid_key", _new_vapid_key)


def _new_vapid_key() -> str:
    number = secrets.randbelow(_P256 - 1) + 1
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The secret in the file; made with mode 0600 if there is none yet (two starts at once keep one)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        try:
            os.link(temporary, path)  # fails if another start was first: its secret is the one
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
