"""Letters of answers to appeals: one number for one version, frozen files, the way each is delivered."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pypdf import PdfReader

from blocks.models import Substitution
from blocks.roles import Role
from mcu import uploads
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox
from messages.models import Applicant, Attachment, ContactAccess, Letter, Message, MessageEvent, NumberSequence, Reply
from messages.selectors.desk import desk
from messages.services import closing, letter_mail, letters, progress, reply, tracking
from messages.services.approval import agree
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.refusing_mail import Refusing
from tests.messages.scenes import ANSWER, MINUTE, Chain, Scene, bring

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


def test_a_letter_has_the_charters_number_and_the_words_of_the_approved_answer(okt: Cast) -> None:
    scene = appeal(okt)
    letter = draw_up(scene, address="ул. Ленина, д. 5\nпгт. Приобье")
    assert letter.number == "ОКТ-исх-2026-000001"
    words = words_of(pdf_of(scene, letter))
    for part in (
        f"18.11.2026 № {letter.number}",
        f"на № {scene.message.number} от 18.11.2026",
        "Ивановой Анне Петровне",
        "ул. Ленина, д. 5 пгт. Приобье",
        "Уважаемая Анна Петровна!",
        ANSWER,
        "Должность fz59",
        "F. Т. Проверкин",
        "Проверкин Roads Тестович",
    ):
        assert part in words, part
    event = MessageEvent.objects.get(message=scene.message, code="letter")
    assert event.data == {"number": letter.number, "version": 1}


def test_the_same_version_has_one_letter_and_its_bytes_never_change(okt: Cast) -> None:
    scene = appeal(okt)
    first = draw_up(scene)
    before = pdf_of(scene, first)
    okt.people["fz59"].full_name = "Новиков Пётр Ильич"
    okt.people["fz59"].save()
    assert draw_up(scene).pk == first.pk
    assert pdf_of(scene, first) == before
    assert NumberSequence.objects.get(center=okt.center, series="letter").last == 1


def test_letters_and_cases_are_numbered_apart(okt: Cast) -> None:
    numbers = [draw_up(appeal(okt)).number for _ in range(2)]
    assert numbers == ["ОКТ-исх-2026-000001", "ОКТ-исх-2026-000002"]
    assert NumberSequence.objects.get(center=okt.center, series="case").last == 2


def test_a_new_version_gets_a_new_letter(okt: Cast) -> None:
    scene = appeal(okt)
    first = draw_up(scene)
    scene.act(progress.recall, "head", reason="Забыли назвать срок.")
    scene.act(reply.save_draft, "roads", text="Почините до 1 декабря.", base_version=1)
    scene.submit()
    scene.act(agree, "roads_curator", version=2, completeness=2)
    second = draw_up(scene)
    assert second.number == "ОКТ-исх-2026-000002"
    assert "1 декабря" in words_of(pdf_of(scene, second))
    assert ANSWER in words_of(pdf_of(scene, first))


def test_after_reopening_the_next_answer_is_another_letter(okt: Cast) -> None:
    scene = appeal(okt)
    send(scene, method="post")
    scene.act(closing.reopen, "fz59", reason="Фонари снова не горят.")
    scene.act(reply.save_draft, "roads", text="Заменим столб.", base_version=1)
    scene.submit()
    scene.act(agree, "roads_curator", version=2, completeness=2)
    scene.act(reply.send, "fz59", posted_at=None, method="post", tracking="80100012345678")
    assert list(Letter.objects.order_by("pk").values_list("number", "tracking")) == [
        ("ОКТ-исх-2026-000001", ""),
        ("ОКТ-исх-2026-000002", "80100012345678"),
    ]


@pytest.mark.parametrize("state", ["received", "drafting", "block_approval"])
def test_there_is_no_letter_before_the_answer_is_approved(okt: Cast, state: str) -> None:
    with pytest.raises(WrongState, match="по согласованному ответу"):
        draw_up(appeal(okt, state))


@pytest.mark.parametrize("by", ["roads", "roads_curator", "head", "support"])
def test_only_the_sender_draws_it_up(okt: Cast, by: str) -> None:
    scene = appeal(okt)
    with pytest.raises(NotAllowed, match="тот, кто отправляет"):
        draw_up(scene, by)
    assert not Letter.objects.exists()


def test_a_message_that_is_no_appeal_has_no_letter(okt: Cast) -> None:
    scene = bring(okt, FZ59, "approved")
    Message.objects.filter(pk=scene.message.pk).update(regime="message")
    with pytest.raises(NotAllowed, match="59-ФЗ"):
        draw_up(scene)
    with pytest.raises(Invalid, match="59-ФЗ"):
        scene.act(reply.send, "fz59", posted_at=None, method="post")


def test_what_fails_leaves_neither_a_number_nor_files(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = appeal(okt)
    okt.center.settings["fz59"]["signed_by"] = "curator"
    okt.center.save()
    okt.people["curator"].memberships.update(revoked_at=NOW)
    with pytest.raises(Invalid, match="некому подписать"):
        draw_up(scene)
    assert not NumberSequence.objects.filter(series="letter").exists()


def test_whoever_stands_in_signs_in_a_post_of_his_own(okt: Cast) -> None:
    scene = appeal(okt)
    membership = okt.people["fz59"].memberships.get()
    day = NOW.date()
    Substitution.objects.create(membership=membership, substitute=okt.people["pos"], since=day, until=day)
    assert draw_up(scene, by="pos").signer_post == "Должность pos"


def test_the_charter_says_who_signs(okt: Cast) -> None:
    scene = appeal(okt)
    okt.center.settings["fz59"]["signed_by"] = Role.HEAD
    okt.center.settings["letters"] = {"number_format": "{year}/{number}-{prefix}", "letterhead": ["тел. 2-00-00"]}
    okt.center.save()
    letter = draw_up(scene)
    assert (letter.number, letter.signer_post) == ("2026/1-ОКТ", "Должность head")
    assert "тел. 2-00-00" in words_of(pdf_of(scene, letter))


def test_the_files_are_opened_by_whoever_may_see_contacts_and_it_is_written_down(okt: Cast) -> None:
    scene = appeal(okt)
    letter = draw_up(scene)
    assert not ContactAccess.objects.exists()
    pdf_of(scene, letter, by="roads")
    assert ContactAccess.objects.get().user == okt.people["roads"]
    with pytest.raises(NotAllowed, match="видны контакты"):
        pdf_of(scene, letter, by="tech")
    with pytest.raises(NotFound):
        pdf_of(scene, letter, by="housing")
    other = appeal(okt)
    with pytest.raises(NotFound):
        pdf_of(other, letter)


def test_an_address_left_empty_is_the_email_and_its_use_is_written_down(okt: Cast) -> None:
    scene = appeal(okt, email="ivanova@example.org")
    letter = draw_up(scene, addressee="Ивановой А. П.\nПетрову Б. Б.")
    words = words_of(pdf_of(scene, letter))
    assert "Ивановой А. П. Петрову Б. Б. ivanova@example.org" in words
    assert ContactAccess.objects.filter(user=okt.people["fz59"]).count() == 2  # drawn up, opened


def test_a_very_long_addressee_is_refused_in_words(okt: Cast) -> None:
    with pytest.raises(Invalid) as error:
        draw_up(appeal(okt), address="я" * 1001)
    assert "Слишком длинно" in error.value.fields["address"]


# Ways of delivery


def test_by_post_the_number_may_come_later(okt: Cast) -> None:
    scene = appeal(okt)
    letter = send(scene, method="post")
    assert (letter.method, letter.reply.delivery) == ("post", "почтой")
    assert Message.objects.get(pk=scene.message.pk).state == "answered"
    scene.act(letters.deliver, "fz59", letter_id=letter.pk, method="post", tracking="ra 123 456 785 ru")
    letter.refresh_from_db()
    assert letter.tracking == "RA123456785RU"
    assert Reply.objects.get(pk=letter.reply_id).delivery == "почтой, отправление RA123456785RU"
    assert MessageEvent.objects.get(code="letter_delivery").data["tracking"] == "RA123456785RU"


def test_in_hand_somebody_took_it(okt: Cast) -> None:
    scene = appeal(okt)
    with pytest.raises(Invalid) as error:
        send(scene, method="in_hand", handed_to="  ")
    assert "кто получил" in error.value.fields["handed_to"]
    assert not Letter.objects.exists()
    letter = send(scene, method="in_hand", handed_to="Иванова А. П.", tracking="80100012345678")
    assert letter.reply.delivery == "в руки, получил(а) Иванова А. П."
    assert letter.tracking == ""


@pytest.mark.parametrize(
    "value", ["", "80100012345678", "8010 0012 3456 78", "RA123456785RU", "ra123456785ru", "ЕЕ123456785RU"]
)
def test_numbers_of_items_are_taken(value: str) -> None:
    assert tracking.checked(value) == value.replace(" ", "").upper().replace("Е", "E")


@pytest.mark.parametrize(
    ("value", "words"),
    [("RA123456784RU", "опечатка"), ("8010001234567", "не похож"), ("RA123456785US", "не похож"), ("нет", "не похож")],
)
def test_a_mistyped_number_of_an_item_is_explained(value: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as error:
        tracking.checked(value)
    assert "Можно внести позже" in error.value.fields["tracking"]


def test_a_way_that_is_none_is_refused(okt: Cast) -> None:
    with pytest.raises(Invalid) as error:
        send(appeal(okt), method="pigeon")
    assert "Выберите" in error.value.fields["method"]


def test_delivery_is_changed_only_of_what_went_out(okt: Cast) -> None:
    scene = appeal(okt)
    letter = draw_up(scene)
    with pytest.raises(WrongState, match="ещё не отправлено"):
        scene.act(letters.deliver, "fz59", letter_id=letter.pk, method="post")


def test_an_appeal_may_still_be_answered_by_a_link(okt: Cast) -> None:
    scene = appeal(okt)
    scene.act(reply.send, "fz59", posted_at=None, url="https://pos.example.org/1")
    assert not Letter.objects.exists()


# E-mail


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


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_get_one_letter() -> None:
    cast = make_oktyabrsky()
    cast.add("fz59_second", Role.SOURCE_CURATOR, source="fz59")
    scene = appeal(cast)
    actors = [cast.actor("fz59"), cast.actor("fz59_second")]
    got: list[Letter] = []
    start = threading.Barrier(2)

    def one(actor: Any) -> None:
        try:
            start.wait()
            got.append(letters.draw_up(message_id=scene.message.pk, actor=actor, now=scene.now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({letter.pk for letter in got}) == 1
    assert len(got) == 2
    assert Letter.objects.count() == 1


def test_a_kept_letter_is_what_its_row_names(okt: Cast) -> None:
    scene = appeal(okt)
    letter = draw_up(scene)
    with uploads.opened(str(letter.docx)) as file:
        assert file.read(2) == b"PK"
