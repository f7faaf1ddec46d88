"""What a file is, told by what stands in it. Its name and the browser's content type are never believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a page does with the file: shows it, offers it, plays it."""

    IMAGE = "image"
    DOCUMENT = "document"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True)
class FileType:
    """One type of the allow list; ``extensions`` begins with the one we give a wrongly named file."""

    kind: Kind
    content_type: str
    extensions: tuple[str, ...]


class Refused(Exception):
    """Why a file is not taken, as the end of the sentence «Файл «…» не принят: …»."""


ARCHIVE: Final = "это архив. Приложите файлы из него по одному"

_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."

JPEG: Final = FileType(Kind.IMAGE, "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"))
PNG: Final = FileType(Kind.IMAGE, "image/png", ("png",))
WEBP: Final = FileType(Kind.IMAGE, "image/webp", ("webp",))
GIF: Final = FileType(Kind.IMAGE, "image/gif", ("gif",))
PDF: Final = FileType(Kind.DOCUMENT, "application/pdf", ("pdf",))
DOCX: Final = FileType(Kind.DOCUMENT, _OOXML + "wordprocessingml.document", ("docx",))
XLSX: Final = FileType(Kind.DOCUMENT, _OOXML + "spreadsheetml.sheet", ("xlsx",))
ODT: Final = FileType(Kind.DOCUMENT, _ODF + "text", ("odt",))
ODS: Final = FileType(Kind.DOCUMENT, _ODF + "spreadsheet", ("ods",))
RTF: Final = FileType(Kind.DOCUMENT, "application/rtf", ("rtf",))
TXT: Final = FileType(Kind.DOCUMENT, "text/plain", ("txt",))
CSV: Final = FileType(Kind.DOCUMENT, "text/csv", ("csv",))
MP4: Final = FileType(Kind.VIDEO, "video/mp4", ("mp4", "m4v"))
MOV: Final = FileType(Kind.VIDEO, "video/quicktime", ("mov", "qt"))
THREE_GP: Final = FileType(Kind.VIDEO, "video/3gpp", ("3gp", "3g2", "3gpp"))
MP3: Final = FileType(Kind.AUDIO, "audio/mpeg", ("mp3",))
M4A: Final = FileType(Kind.AUDIO, "audio/mp4", ("m4a", "m4b"))
OGG: Final = FileType(Kind.AUDIO, "audio/ogg", ("ogg", "oga", "opus"))

ALL: Final = (JPEG, PNG, WEBP, GIF, PDF, DOCX, XLSX, ODT, ODS, RTF, TXT, CSV, MP4, MOV, THREE_GP, MP3, M4A, OGG)

WORDS: Final = (
    "изображения JPEG, PNG, WEBP, GIF; документы PDF, DOCX, XLSX, ODT, ODS, RTF, TXT, CSV; "
    "видео MP4, MOV, 3GP; звук MP3, M4A, OGG"
)
ACCEPT: Final = ",".join(f".{extension}" for one in ALL for extension in one.extensions)
