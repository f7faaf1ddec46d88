"""One file from a person: taken as it really is, or refused in words that say what to do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from django.core.files import File
from django.core.files.base import ContentFile

from mcu.errors import Invalid
from mcu.uploads import names, pictures
from mcu.uploads.kinds import WORDS, Kind, Refused
from mcu.uploads.recognise import recognise

LIMIT: Final = 20 * 1024 * 1024
_SHOWN: Final = 80  # letters of a name in a refusal


@dataclass(frozen=True)
class Accepted:
    """What was proved about a file; ``content`` is what is to be kept, for a picture already without its EXIF."""

    name: str
    content_type: str
    kind: Kind
    size: int
    sha256: str
    content: File[bytes]


def accept(file: File[bytes], *, limit: int = LIMIT, field: str = "file") -> Accepted:
    """The file with its true type and a clean name. Raises Invalid with words for ``field``."""
    shown, suffix = names.split(file.name or "")
    try:
        _check_size(file.size, limit)
        found = recognise(file, suffix)
        content: File[bytes] = file
        if found.kind is Kind.IMAGE:
            content = ContentFile(pictures.cleaned(file, found))
            _check_size(content.size, limit)
    except Refused as refused:
        full = f"{shown}.{suffix}" if suffix else shown
        name = full if len(full) <= _SHOWN else full[: _SHOWN - 1] + "…"
        words = f"Файл «{name or 'без имени'}» не принят: {refused}."
        raise Invalid(words, {field: f"{words} Принимаются {WORDS}."}) from None
    return Accepted(
        name=names.clean_name(file.name or "", found),
        content_type=found.content_type,
        kind=found.kind,
        size=content.size,
        sha256=_sha256(content),
        content=content,
    )


def _check_size(size: int, limit: int) -> None:
    if size == 0:
        raise Refused("он пустой")
    if size > limit:
        raise Refused(f"в нём {_megabytes(size)} МБ, а принимается до {_megabytes(limit)} МБ. Сожмите его или разделите")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0").replace(".", ",")


def _sha256(content: File[bytes]) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()
