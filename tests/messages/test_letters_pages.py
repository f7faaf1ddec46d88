"""The letter on the case page: what the sender sees and presses, and what others do not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import docx
import pytest
import time_machine
from django.http import FileResponse
from django.test import Client

from messages.models import Applicant, ContactAccess, Letter, Message
from messages.services import letter_mail
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.letter_scenes import FZ59
from tests.messages.refusing_mail import Refusing
from tests.messages.scenes import Scene, bring


@pytest.fixture(autouse=True)
def _later(settings: Any) -> Iterator[None]:
    """Two hours after the scenes begin; the second step of signing in has tests of its own."""
    settings.DEMO = True
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        yield


@pytest.fixture
def scene(okt: Cast) -> Scene:
    scene = bring(okt, FZ59, "approved")
    Applicant.objects.create(message=scene.message, name="Иванова Анна Петровна", email="ivanova@example.org")
    return scene


@pytest.fixture
def sender(okt: Cast) -> Client:
    return browser(okt, "fz59")


def letter_of(scene: Scene) -> Letter:
    return Letter.objects.get(message=scene.message)


def draw_up(sender: Client, scene: Scene, **values: str) -> Any:
    return sender.post(of_case(scene, "letter"), {"addressee": "Ивановой Анне Петровне", "address": "", **values})


def test_the_sender_draws_up_the_letter_and_takes_both_files(scene: Scene, sender: Client) -> None:
    page = words(sender.get(of_case(scene)))
    assert "Составить письмо" in page
    assert "Ивановой Анне Петровне" in page
    assert "ivanova@example.org" not in page
    draw_up(sender, scene, address="ул. Ленина, 5")
    page = words(sender.get(of_case(scene)))
    assert "№ ОКТ-исх-2026-000001" in page
    assert "Составить письмо" not in page
    assert "Ещё не отправлено" in page
    pdf = sender.get(of_case(scene, f"letter/{letter_of(scene).pk}/pdf"))
    assert isinstance(pdf, FileResponse)
    first = b"".join(pdf)
    assert first.startswith(b"%PDF-")
    assert pdf.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in pdf.headers["Content-Security-Policy"]
    name = unquote(pdf.headers["Content-Disposition"])
    assert name.startswith("attachment")
    assert name.endswith("Письмо ОКТ-исх-2026-000001 от 18.11.2026.pdf")
    again = b"".join(sender.get(of_case(scene, f"letter/{letter_of(scene).pk}/pdf")))
    assert again == first
    word = b"".join(sender.get(of_case(scene, f"letter/{letter_of(scene).pk}/docx")))
    cell = docx.Document(io.BytesIO(word)).tables[0].rows[0].cells[1]
    assert cell.paragraphs[0].text == "Ивановой Анне Петровне"
    assert ContactAccess.objects.filter(user=scene.cast.people["fz59"]).count() == 3


def test_what_was_typed_comes_back_with_its_refusal(scene: Scene, sender: Client) -> None:
    refused = draw_up(sender, scene, addressee="  ", address="ул. Новая, 7")
    assert refused.status_code == 400
    page = words(refused)
    assert "Напишите, кому письмо." in page
    assert "ул. Новая, 7" in page


def test_others_see_the_letter_but_not_its_form_and_tech_not_its_files(scene: Scene, sender: Client, okt: Cast) -> None:
    assert "Составить письмо" not in words(browser(okt, "roads").get(of_case(scene)))
    draw_up(sender, scene)
    assert "letter/" in words(browser(okt, "roads").get(of_case(scene)))
    tech = browser(okt, "tech")
    page = words(tech.get(of_case(scene)))
    assert "ОКТ-исх-2026-000001" in page
    assert f"letter/{letter_of(scene).pk}/pdf" not in page
    assert tech.get(of_case(scene, f"letter/{letter_of(scene).pk}/pdf")).status_code == 403
    assert browser(okt, "housing").get(of_case(scene, f"letter/{letter_of(scene).pk}/pdf")).status_code == 404
    assert sender.get(of_case(scene, f"letter/{letter_of(scene).pk}/exe")).status_code == 404
    assert draw_up(browser(okt, "roads"), scene).status_code == 403


def test_a_message_that_is_no_appeal_has_no_part_about_letters(okt: Cast) -> None:
    scene = bring(okt, FZ59, "approved")
    Message.objects.filter(pk=scene.message.pk).update(regime="message")
    page = words(browser(okt, "fz59").get(of_case(scene)))
    assert "letter-out" not in page
    assert 'name="method"' not in page


def test_sending_by_post_and_the_number_afterwards(scene: Scene, sender: Client) -> None:
    page = words(sender.get(of_case(scene)))
    assert 'name="method"' in page
    wrong = sender.post(of_case(scene, "send"), {"method": "post", "tracking": "RA123456784RU"})
    assert wrong.status_code == 400
    assert "контрольная цифра не сходится" in words(wrong)
    assert "RA123456784RU" in words(wrong)
    assert not Letter.objects.exists()
    sender.post(of_case(scene, "send"), {"method": "post", "tracking": ""})
    page = words(sender.get(of_case(scene)))
    assert "Ответ направлен" in page
    assert "Доставка: почтой." in page
    assert "Внести номер отправления" in page
    sender.post(of_case(scene, f"letter/{letter_of(scene).pk}/delivery"), {"method": "post", "tracking": "80100012345678"})
    page = words(sender.get(of_case(scene)))
    assert "почтой, отправление 80100012345678" in page
    assert "Изменить доставку" in page


def test_a_wrong_number_afterwards_comes_back_in_its_form(scene: Scene, sender: Client) -> None:
    sender.post(of_case(scene, "send"), {"method": "post"})
    wrong = sender.post(of_case(scene, f"letter/{letter_of(scene).pk}/delivery"), {"method": "post", "tracking": "123"})
    assert wrong.status_code == 400
    assert "не похож на номер" in words(wrong)
    assert 'value="123"' in words(wrong)
    empty = sender.post(of_case(scene, f"letter/{letter_of(scene).pk}/delivery"), {})
    assert "Выберите, как доставлено письмо." in words(empty)


def test_an_appeal_is_still_answered_by_a_link(scene: Scene, sender: Client) -> None:
    nothing = sender.post(of_case(scene, "send"), {})
    assert nothing.status_code == 400
    assert "Выберите, как доставлен ответ." in words(nothing)
    without = sender.post(of_case(scene, "send"), {"method": "other"})
    assert "Укажите ссылку на размещённый ответ или способ доставки." in words(without)
    sender.post(of_case(scene, "send"), {"method": "other", "url": "https://pos.example.org/1"})
    assert Message.objects.get(pk=scene.message.pk).state == "answered"
    assert not Letter.objects.exists()
    assert "Составить письмо" in words(sender.get(of_case(scene)))  # a paper can still be asked for


def test_a_refused_email_stands_on_the_case_for_the_sender(scene: Scene, sender: Client, settings: Any) -> None:
    settings.EMAIL_ENABLED = True
    settings.EMAIL_BACKEND = "tests.messages.refusing_mail.Refusing"
    sender.post(of_case(scene, "send"), {"method": "email"})
    assert "Уходит" in words(sender.get(of_case(scene)))
    letter = letter_of(scene)
    assert letter.next_try_at is not None
    Refusing.refuse(550)
    try:
        letter_mail.mail_due(now=letter.next_try_at)
    finally:
        Refusing.error = None
    page = words(sender.get(of_case(scene)))
    assert "Не доставлено по электронной почте." in page
    assert "no such mailbox" in page
    assert "no such mailbox" not in words(browser(scene.cast, "tech").get(of_case(scene)))
