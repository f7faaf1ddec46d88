"""Files that people give us: judged by content, cleaned, kept under random names, handed out so that nothing can run.

A view takes files like this::

    @center_page(...)
    @takes_files                                  # without it a page takes no more than a form's 2 MB
    def attach(request, ...):
        accepted = uploads.accept(request.FILES["file"])         # or Invalid with the words for the field "file"
        with uploads.stored(accepted) as path:                   # gone again if the block raises
            service(..., path=path, name=accepted.name, content_type=accepted.content_type,
                    size=accepted.size, sha256=accepted.sha256)

    return uploads.download(path=row.path, name=row.name, content_type=row.content_type)

A form's field carries ``accept="{{ ACCEPT }}"`` and says ``WORDS``. Who may see a file is the caller's question.
"""

from __future__ import annotations

from mcu.uploads.intake import LIMIT, Accepted, accept
from mcu.uploads.kinds import ACCEPT, WORDS, Kind
from mcu.uploads.limits import takes_files
from mcu.uploads.names import clean_name
from mcu.uploads.serving import download, download_bytes, download_file
from mcu.uploads.storage import discard, opened, stored, stored_bytes
from mcu.uploads.tables import accept_table

__all__ = [
    "ACCEPT",
    "LIMIT",
    "WORDS",
    "Accepted",
    "Kind",
    "accept",
    "accept_table",
    "clean_name",
    "discard",
    "download",
    "download_bytes",
    "download_file",
    "opened",
    "stored",
    "stored_bytes",
    "takes_files",
]
