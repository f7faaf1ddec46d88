"""Letters that go by e-mail: to whom, with what, and what comes of those refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from mcu import uploads
from mcu.errors import Invalid
from mcu.models import Outbox
from messages.models import Attachment, ContactAccess, MessageEvent
from messages.selectors.desk import desk
from messages.services import closing, letter_mail, letters, reply
from messages.services.approval import agree
from tests.cast import NOW, Cast
from tests.messages.letter_scenes import appeal, draw_up, pdf_of, send, words_of
from tests.messages.refusing_mail import Refusing
from tests.messages.scenes import MINUTE, Scene


@pytest.fixture
def with_mail(settings: Any) -> None:
    settings.EMAIL_ENABLED = True


def test_without_an_address_no_email(okt: Cast, with_mail: None) -> None:
    with pytest.raises(Invalid, match="не оставил адреса"):
        send(appeal(okt), method="email")


def test_the_letter_goes_to_the_applicant_with_the_pdf(okt: Cast, with_mail: None) -> None:
    scene = appeal(okt, email="ivanova@example.org")
    letter = send(scene, method="email")
    assert letter.reply.delivery == "письмом по электронной почте"
    assert ContactAccess.objects.filter(user=okt.people["fz59"]).exists()
    assert letter_mail.mail_due(now=scene.now) == 1
    (sent,) = mail.outbox
    assert sent.to == ["ivanova@example.org"]
    assert scene.message.number in sent.subject
    ((name, content, kind),) = sent.attachments
    assert (name, kind) == ("Письмо ОКТ-исх-2026-000001 от 18.11.2026.pdf", "application/pdf")
    assert content == pdf_of(scene, letter)
    letter.refresh_from_db()
    assert letter.mailed_at == scene.now
    assert letter_mail.mail_due(now=scene.now + timedelta(days=1)) == 0
    assert MessageEvent.objects.filter(message=scene.message, code="letter_mailed").count() == 1


def enclose(scene: Scene, name: str) -> None:
    """Add a file to the answer that is being prepared."""
    accepted = uploads.accept(SimpleUploadedFile(name, b"%PDF-1.7\n" + name.encode()))
    with uploads.stored(accepted) as path:
        Attachment.objects.create(
            message=scene.message,
            kind="answer",
            name=accepted.name,
            content_type=accepted.content_type,
            size=accepted.size,
            sha256=accepted.sha256,
            file=path,
            uploaded_at=scene.now,
        )


def test_what_is_enclosed_is_named_in_the_letter_and_goes_with_it(okt: Cast, with_mail: None) -> None:
    scene = appeal(okt, email="ivanova@example.org")
    enclose(scene, "Акт обследования.pdf")
    letter = send(scene, method="email")
    assert "Приложение: Акт обследования.pdf" in words_of(pdf_of(scene, letter))
    letter_mail.mail_due(now=scene.now)
    assert [name for name, _, _ in mail.outbox[0].attachments] == [
        f"{letter_mail.file_name(letter)}.pdf",
        "Акт обследования.pdf",
    ]


def test_what_went_with_an_earlier_answer_is_not_enclosed_again(okt: Cast) -> None:
    scene = appeal(okt)
    enclose(scene, "Старый акт.pdf")
    send(scene, method="post")
    scene.act(closing.reopen, "fz59", reason="Фонари снова не горят.")
    scene.act(reply.save_draft, "roads", text="Заменим столб.", base_version=1)
    scene.submit()
    scene.act(agree, "roads_curator", version=2, completeness=2)
    enclose(scene, "Новый акт.pdf")
    words = words_of(pdf_of(scene, draw_up(scene)))
    assert "Новый акт.pdf" in words
    assert "Старый акт.pdf" not in words


def test_with_mail_not_set_up_the_sender_sends_it(okt: Cast) -> None:
    letter = send(appeal(okt, email="ivanova@example.org"), method="email")
    assert letter.next_try_at is None
    assert letter_mail.mail_due(now=NOW + timedelta(days=1)) == 0
    assert mail.outbox == []


@pytest.fixture
def refusing(settings: Any) -> Any:
    """A mail server whose answer to every letter is set by the test."""
    settings.EMAIL_ENABLED = True
    settings.EMAIL_BACKEND = "tests.messages.refusing_mail.Refusing"
    yield Refusing
    Refusing.error = None


def test_an_address_that_is_none_comes_back_to_the_senders_desk(okt: Cast, refusing: Any) -> None:
    scene = appeal(okt, email="nobody@example.org")
    letter = send(scene, method="email")
    refusing.refuse(550)
    assert letter_mail.mail_due(now=scene.now) == 0
    letter.refresh_from_db()
    assert letter.next_try_at is None
    assert "550" in letter.mail_error
    assert on_the_desk(scene, "fz59") == [scene.message.number]
    assert on_the_desk(scene, "im") == []
    notice = Outbox.objects.get(user=okt.people["fz59"], kind="letter_failed")
    assert "не доставлено" in notice.subject
    assert "example.org" not in notice.subject + notice.body
    # Sent by post instead, it is no longer waited for.
    scene.act(letters.deliver, "fz59", letter_id=letter.pk, method="post", tracking="80100012345678")
    assert on_the_desk(scene, "fz59") == []


def on_the_desk(scene: Scene, name: str) -> list[str]:
    """Numbers under «Письмо не доставлено» of the person's desk."""
    found = desk(actor=scene.cast.actor(name), center=scene.cast.center, now=scene.now)
    return [row.number for section in found.sections if section.title == "Письмо не доставлено" for row in section.rows]


def test_a_refusal_that_may_pass_is_tried_again_with_growing_pauses_and_not_for_ever(okt: Cast, refusing: Any) -> None:
    scene = appeal(okt, email="full@example.org")
    letter = send(scene, method="email")
    refusing.refuse(452)
    now, pauses = scene.now, []
    for _ in range(20):
        letter_mail.mail_due(now=now)
        letter.refresh_from_db()
        if letter.next_try_at is None:
            break
        pauses.append(letter.next_try_at - now)
        now = letter.next_try_at
    assert pauses[0] == timedelta(minutes=1)
    assert pauses == sorted(pauses)
    assert letter.attempts == letter_mail.TRIES
    refusing.error = None
    scene.act(letters.deliver, "fz59", letter_id=letter.pk, method="email")
    assert letter_mail.mail_due(now=now + timedelta(days=1)) == 1


def test_with_the_server_down_the_letter_waits(okt: Cast, refusing: Any) -> None:
    scene = appeal(okt, email="ivanova@example.org")
    letter = send(scene, method="email")
    refusing.error = ConnectionRefusedError("connection refused")
    assert letter_mail.mail_due(now=scene.now) == 0
    letter.refresh_from_db()
    assert letter.next_try_at == scene.now + MINUTE
    refusing.error = None
    assert letter_mail.mail_due(now=scene.now + MINUTE) == 1
