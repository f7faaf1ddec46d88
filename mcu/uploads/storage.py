"""Where files lie: in the data folder's media, in folders of two letters, under random names without an ending.

Nothing there has an address: a file is handed out only by a view that has asked who may see it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from mcu.errors import NotFound
from mcu.uploads.intake import Accepted
from mcu.uploads.tables import TakenTable

logger = logging.getLogger(__name__)
_FOLDER: Final = "files"


@contextmanager
def stored(accepted: Accepted | TakenTable) -> Iterator[str]:
    """Keep the file for as long as the work inside the block succeeds; yields the path to write down.

    Put the whole service call (its transaction) inside: if it raises, the file is taken away again.
    """
    with _while_it_works(_keep(accepted.content)) as path:
        yield path


@contextmanager
def stored_bytes(content: bytes) -> Iterator[str]:
    """The same for what the program itself made: a letter, a table."""
    with _while_it_works(_keep(ContentFile(content))) as path:
        yield path


@contextmanager
def _while_it_works(path: str) -> Iterator[str]:
    try:
        yield path
    except BaseException:
        discard(path)
        raise


def discard(path: str) -> None:
    """Take the file away; whoever calls has already let go of the row that named it."""
    with suppress(FileNotFoundError):
        default_storage.delete(path)


def opened(path: str) -> IO[bytes]:
    """The kept file, to read."""
    try:
        return default_storage.open(path, "rb")
    except FileNotFoundError:
        logger.error("a kept file is not in its place: %s", path)
        raise NotFound(
            "Файла нет в хранилище. Сообщите техническому специалисту Центра: его вернут из резервной копии."
        ) from None


def _keep(content: File[bytes]) -> str:
    name = secrets.token_hex(20)
    content.seek(0)
    return default_storage.save(f"{_FOLDER}/{name[:2]}/{name[2:4]}/{name}", content)
