"""Letters of answers to appeals: one number for one version, frozen files, the way each is delivered."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from blocks.models import Substitution
from blocks.roles import Role
from mcu import uploads
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from messages.models import ContactAccess, Letter, Message, MessageEvent, NumberSequence, Reply
from messages.services import closing, letters, progress, reply, tracking
from messages.services.approval import agree
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.letter_scenes import FZ59, appeal, draw_up, pdf_of, send, words_of
from tests.messages.scenes import ANSWER, bring


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
