"""Words that are kept but never shown again: a password to another server, sealed with the installation's secret."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unsealable(Exception):
    """The words were sealed with another secret, or changed: they have to be given anew."""


def seal(words: str) -> str:
    """The words so that only this installation reads them."""
    return _fernet(settings.SECRET_KEY).encrypt(words.encode()).decode()


def unseal(sealed: str) -> str:
    """The words again. Raises Unsealable."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable from error


@cache
def _fernet(secret: str) -> Fernet:
    """A key of its own: what signs sessions and links does not open passwords."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mcu sealed words").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(made))
