"""Documents set by typst: a template of ours, and data that it shows as text.

The template reads ``data.json`` beside it; no typst source is ever built from data, so nothing that a citizen or a clerk
wrote can run as code or fetch a file. PT Sans comes with the product: every machine makes the same page.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import fontpkg
import typst

_NONE: Final[Mapping[str, bytes]] = {}


def typeset(
    template: Path,
    data: Mapping[str, Any],
    *,
    made_at: datetime,
    form: Literal["pdf", "png"] = "pdf",
    files: Mapping[str, bytes] = _NONE,
) -> bytes:
    """The document's bytes; as a picture, its first page. Raises typst.TypstError if the template itself is wrong.

    ``files`` lie beside the template under their names, as drawings that it shows with ``image("name.svg")``.
    """
    return _compiled(template, data, made_at=made_at, form=form, files=files)[0]


def pictures(
    template: Path,
    data: Mapping[str, Any],
    *,
    made_at: datetime,
    files: Mapping[str, bytes] = _NONE,
    dots: float = 144,
) -> list[bytes]:
    """Every page as a PNG, ``dots`` to the inch."""
    return _compiled(template, data, made_at=made_at, form="png", files=files, dots=dots)


def _compiled(
    template: Path,
    data: Mapping[str, Any],
    *,
    made_at: datetime,
    form: Literal["pdf", "png"],
    files: Mapping[str, bytes],
    dots: float | None = None,
) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="mcu-pdf-") as folder:
        place = Path(folder)
        for name, content in files.items():
            (place / Path(name).name).write_bytes(content)
        (place / template.name).write_bytes(template.read_bytes())
        (place / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        made: bytes | list[bytes] = typst.compile(
            str(place / template.name),
            root=str(place),
            font_paths=[str(fontpkg.path("PT Sans").parent)],
            ignore_system_fonts=True,
            format=form,
            ppi=dots,
            timestamp=round(made_at.timestamp()),
        )
    return made if isinstance(made, list) else [made]
