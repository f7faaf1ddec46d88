"""Appeals whose answers go out as letters."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader

from messages.models import Applicant, Letter
from messages.services import letters, reply
from tests.cast import Cast
from tests.messages.scenes import Chain, Scene, bring

# An appeal by letter: the curator of its source takes it in and sends the answer.
FZ59 = Chain("fz59", "roads", "fz59", "roads", "roads_curator", "fz59", "source_curator", needs_head=False)


def appeal(cast: Cast, state: str = "approved", *, name: str = "Иванова Анна Петровна", email: str = "") -> Scene:
    scene = bring(cast, FZ59, state)
    Applicant.objects.create(message=scene.message, name=name, email=email)
    return scene


def draw_up(scene: Scene, by: str = "fz59", **values: Any) -> Letter:
    letter: Letter = scene.act(letters.draw_up, by, **values)
    return letter


def send(scene: Scene, **values: Any) -> Letter:
    scene.act(reply.send, "fz59", posted_at=None, **values)
    return Letter.objects.select_related("reply").get(message=scene.message)


def pdf_of(scene: Scene, letter: Letter, by: str = "fz59") -> bytes:
    _, file = letters.open_file(
        message_id=scene.message.pk, letter_id=letter.pk, form="pdf", actor=scene.cast.actor(by), now=scene.now
    )
    with file:
        return file.read()


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)
