"""DOCX, XLSX, ODT and ODS: zip archives that are opened only after they are known to be no bomb and hold no program."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO, Final

from mcu.uploads import kinds
from mcu.uploads.kinds import FileType, Refused

_ENTRIES: Final = 5_000
_UNPACKED: Final = 300 * 1024 * 1024
_RATIO: Final = 200  # of a file inside; tables of equal cells pack a hundredfold
_SMALL: Final = 5 * 1024 * 1024  # such a file does no harm whatever its ratio
_DIRECTORY: Final = 1024 * 1024  # of [Content_Types].xml; a large workbook has 100 kB

_MAIN: Final = {
    b"wordprocessingml.document.main+xml": ("word/", kinds.DOCX),
    b"spreadsheetml.sheet.main+xml": ("xl/", kinds.XLSX),
}
_ODF: Final = {one.content_type.encode(): one for one in (kinds.ODT, kinds.ODS)}
MACROS: Final = "в документе есть макросы. Сохраните его без них или как PDF"
TOO_LARGE: Final = "в распакованном виде файл слишком велик. Приложите его как PDF"
OTHER: Final = "из документов Office принимаются DOCX и XLSX. Остальное приложите как PDF"
OTHER_OPEN: Final = "из документов OpenDocument принимаются ODT и ODS. Остальное приложите как PDF"
_BROKEN: Final = "документ повреждён: его не открыть. Сохраните его заново"


def recognise(file: IO[bytes]) -> FileType:
    """Which office document the archive is."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = _checked(archive)
            if "[Content_Types].xml" in names:
                return _ooxml(archive, names)
            if "mimetype" in names:
                return _odf(archive, names)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        raise Refused(_BROKEN) from None
    raise Refused(kinds.ARCHIVE)


def _checked(archive: zipfile.ZipFile) -> set[str]:
    """The names inside an archive that neither asks for a password nor unpacks into a bomb."""
    entries = archive.infolist()
    if len(entries) > _ENTRIES or sum(one.file_size for one in entries) > _UNPACKED:
        raise Refused(TOO_LARGE)
    for one in entries:
        if one.flag_bits & 0x1:
            raise Refused("файл закрыт паролем. Снимите пароль и приложите снова")
        if one.file_size > _SMALL and one.file_size > _RATIO * max(1, one.compress_size):
            raise Refused(TOO_LARGE)
    return {one.filename for one in entries}


def _ooxml(archive: zipfile.ZipFile, names: set[str]) -> FileType:
    directory = _read(archive, "[Content_Types].xml", _DIRECTORY)
    # Plainly written, as every office program writes it: what hides its words from this reading is not taken.
    if b"\x00" in directory or b"&#" in directory or b"<!" in directory:
        raise Refused(_BROKEN)
    lowered = {name.lower() for name in names}
    if b"macroenabled" in directory.lower() or b"vbaproject" in directory.lower():
        raise Refused(MACROS)
    if any(name.endswith("vbaproject.bin") or "/activex/" in name or "/macrosheets/" in name for name in lowered):
        raise Refused(MACROS)
    for main, (folder, found) in _MAIN.items():
        if main in directory and any(name.startswith(folder) for name in names):
            return found
    raise Refused(OTHER)


def _odf(archive: zipfile.ZipFile, names: set[str]) -> FileType:
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        raise Refused(MACROS)
    found = _ODF.get(_read(archive, "mimetype", 200).strip())
    if found is None or "content.xml" not in names:
        raise Refused(OTHER_OPEN)
    manifest = _read(archive, "META-INF/manifest.xml", _DIRECTORY) if "META-INF/manifest.xml" in names else b""
    if b"encryption-data" in manifest:
        raise Refused("файл закрыт паролем. Снимите пароль и приложите снова")
    return found


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The file inside, whatever size its header claims."""
    with archive.open(name) as inside:
        content = inside.read(limit + 1)
    if len(content) > limit:
        raise Refused(_BROKEN)
    return content
