"""Mailboxes read over a real IMAP connection: each letter becomes one thing, once, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as sent_mail
from django.core.files.base import ContentFile
from django.db import OperationalError
from pytest_django import Settings

from mcu.models import Outbox
from messages.mail import letters
from messages.models import Applicant, Attachment, IncomingLetter, Letter, Mailbox, Message, MessageEvent, Question
from messages.services import letter_mail, mail_intake, mail_reading, mailboxes, questions
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, page, words
from tests.messages.imap_server import HOST, PASSWORD, USER, ImapBox, serve
from tests.messages.made_letters import bounce, encoded, plain, raw, with_files
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=2)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def imap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapBox]:
    box, stop = serve(tmp_path_factory.mktemp("imap"))
    yield box
    stop()


@pytest.fixture
def box(imap: ImapBox, settings: Settings) -> ImapBox:
    """An empty box of a server inside the network, which the installation allows and whose authority it knows."""
    imap.letters.clear()
    imap.given_out.clear()
    imap.uid_validity, imap.before_letter = 1, lambda uid: None
    settings.DEMO = True
    settings.MAIL_PRIVATE_HOSTS, settings.MAIL_CA_FILE = [HOST], imap.ca_file
    return imap


def given(cast: Cast, box: ImapBox, **values: object) -> mailboxes.Given:
    known: dict[str, object] = {
        "source": cast.source("other"),
        "address": USER,
        "host": HOST,
        "port": box.port,
        "user_name": USER,
        "password": PASSWORD,
    }
    return mailboxes.Given(**(known | values))  # type: ignore[arg-type]


@pytest.fixture
def mailbox(okt: Cast, box: ImapBox) -> Mailbox:
    """The mailbox of other sources, connected with an old letter in it that must stay where it is."""
    box.put(plain("Старое письмо.", message_id="<old@mail.example>"), NOW - timedelta(days=100))
    return mailboxes.connect(center=okt.center, actor=okt.actor("tech"), given=given(okt, box), now=NOW)


def put(box: ImapBox, content: bytes) -> int:
    return box.put(content, NOW + timedelta(minutes=1))


def read(minute: int = 2) -> int:
    return mail_reading.read_all(now=NOW + timedelta(minutes=minute))


def test_a_letter_becomes_a_case_with_its_writer_its_files_and_its_time(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    files = [("двор.png", "image/png", PNG), ("архив.zip", "application/zip", b"PK\x03\x04" + b"\0" * 60)]
    put(box, with_files(*files))
    assert read() == 1
    message = Message.objects.get()
    assert message.source.code == "other"
    assert message.text.startswith("Нет воды\n\nЗдравствуйте! На улице Мира, 5")
    assert message.received_at == NOW - timedelta(minutes=20)
    assert (message.applicant.name, message.applicant.email) == ("Алёна Краснова", "krasnova@mail.example")
    assert MessageEvent.objects.get(message=message, code="created").data["by"] == "mail"
    assert [one.name for one in Attachment.objects.all()] == ["двор.png"]
    assert "архив.zip" in MessageEvent.objects.get(code="letter_note").note.text
    assert box.commands.count("CAPABILITY") < 20
    assert not any("STORE" in command or "SELECT" in command for command in box.commands)


def test_a_letter_without_words_says_what_came(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    put(box, with_files(("двор.png", "image/png", PNG), text="", Subject=""))
    put(box, raw(b"  ", message_id="<empty@mail.example>"))
    assert read() == 2
    assert Message.objects.get().text == "Письмо без текста. Вложения: двор.png."
    assert IncomingLetter.objects.get(kind="refused").why.startswith("пустое письмо")


def test_each_letter_once_also_when_the_server_numbers_anew_or_a_second_box_has_it(
    okt: Cast, box: ImapBox, mailbox: Mailbox
) -> None:
    for place in range(3):
        put(box, plain(f"Письмо {place}.", message_id=f"<{place}@mail.example>"))
    assert (read(2), read(3)) == (3, 0)
    box.letters.reverse()
    box.renumber()
    read(4)
    assert Message.objects.count() == 3
    second = Mailbox.objects.get(pk=mailbox.pk)
    second.pk, second.user_name, second.last_uid = None, "second", 0
    second.save()
    assert not mail_reading.read_one(second, now=LATER)  # its password opens another name
    put(box, plain("Письмо 4.", message_id="<4@mail.example>"))
    read(6)
    assert Message.objects.count() == 4
    assert not Message.objects.filter(text__contains="Старое").exists()


def test_a_worker_killed_between_letters_or_in_one_loses_and_doubles_nothing(
    okt: Cast, box: ImapBox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(4):
        put(box, plain(f"Письмо {place}.", message_id=f"<{place}@mail.example>"))

    class Killed(BaseException):
        """What no handler of ours stops."""

    def on_the_third(uid: int) -> None:
        if uid == 4:
            raise ConnectionResetError

    box.before_letter = on_the_third  # the line breaks
    assert read(2) == 0 or Message.objects.count() == 2
    assert "не по правилам" in Mailbox.objects.get().error or "связи" in Mailbox.objects.get().error
    box.before_letter = lambda uid: None
    real = mail_intake._note

    def killed(*args: object, **values: object) -> None:
        raise Killed

    monkeypatch.setattr(mail_intake, "_note", killed)  # after the case was written, before its letter was noted
    with pytest.raises(Killed):
        read(3)
    monkeypatch.setattr(mail_intake, "_note", real)
    assert Message.objects.count() == 2
    assert read(4) == 0  # the dead worker's claim holds
    assert read(10) == 2
    assert sorted(Message.objects.values_list("text", flat=True)) == [f"Нет воды\n\nПисьмо {place}." for place in range(4)]
    assert Mailbox.objects.get().error == ""


def test_a_bad_letter_holds_no_other_up_and_people_are_told(
    okt: Cast, box: ImapBox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(3000))
    put(box, deep)
    put(box, plain("x" * (len(deep) + 1), message_id="<big@mail.example>"))
    put(box, plain("Обычное письмо.", message_id="<usual@mail.example>"))
    monkeypatch.setattr(mail_reading, "LETTER_MOST", len(deep))
    assert read() == 3
    assert Message.objects.get().text.endswith("Обычное письмо.")
    refused = IncomingLetter.objects.filter(kind="refused").order_by("pk").values_list("why", flat=True)
    assert ["вложенных" in refused[0], "больше" in refused[1]] == [True, True]
    told = Outbox.objects.filter(subject__startswith="Письмо в ящик")
    assert [row.user for row in told] == [okt.people["other"]] * 2


def test_a_letter_that_ends_its_worker_twice_is_put_aside_and_those_behind_it_are_taken(
    okt: Cast, box: ImapBox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(box, plain("Яд.", message_id="<poison@mail.example>"))
    put(box, plain("Обычное письмо.", message_id="<usual@mail.example>"))

    class Killed(BaseException):
        """What no handler of ours stops, as the hard limit of a task."""

    real = letters.read

    def killed(content: bytes, **values: Any) -> Any:
        if b"poison" in content:
            raise Killed
        return real(content, **values)

    monkeypatch.setattr(letters, "read", killed)
    tech = browser(okt, "tech")
    for minute in (2, 10):
        with pytest.raises(Killed):
            read(minute)
        with time_machine.travel(NOW + timedelta(minutes=minute + 6), tick=False):
            assert "оборвалось на письме" in words(tech.get(page(okt, "mailboxes")))
            assert "оборвалось на письме" in words(tech.get(page(okt, "desk")))
    assert read(20) == 2
    assert Message.objects.get().text.endswith("Обычное письмо.")
    assert "обрывалась" in IncomingLetter.objects.get(kind="refused").why
    told = set(Outbox.objects.filter(subject__startswith="Письмо в ящик").values_list("user", flat=True))
    assert told == {okt.people["other"].pk, okt.people["tech"].pk}
    assert (Mailbox.objects.get().tries, Mailbox.objects.get().error) == (0, "")
    assert "оборвалось" not in words(tech.get(page(okt, "mailboxes")))


def test_a_broken_line_is_no_fault_of_the_letter(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    def broken(uid: int) -> None:
        raise ConnectionResetError

    put(box, plain())
    box.before_letter = broken
    for minute in range(2, 7):
        read(minute)
    box.before_letter = lambda uid: None
    read(8)
    assert Message.objects.count() == 1
    assert not IncomingLetter.objects.filter(kind="refused").exists()


def test_nothing_is_given_up_while_the_database_or_the_disk_is_away(
    okt: Cast, box: ImapBox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(box, plain())

    def away(*args: object, **values: object) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patched:
        patched.setattr(mail_intake, "_one", away)
        read(2)
    assert "не приняты" in Mailbox.objects.get().error
    assert not IncomingLetter.objects.exists()
    read(3)
    assert Message.objects.count() == 1


def by_mail(scene: Scene, email: str = "krasnova@mail.example") -> Scene:
    Applicant.objects.create(message=scene.message, name="Краснова", email=email)
    return scene


def test_the_applicants_answer_to_a_question_is_heard(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    scene = by_mail(bring(okt, IM, "drafting"))
    scene.act(questions.ask, "im", text="Какой дом?", url="https://vk.com/wall-1_2")
    number = scene.message.number
    text = "Дом 5.\n\nср, 18 нояб. 2026 г. в 10:00, Центр <c@okt.example>:\n\n> Какой дом?\n"
    box.put(plain(text, subject=encoded(f"Re: вопрос по {number.lower()}"), date=""), scene.now + timedelta(minutes=1))
    read(30)
    question = Question.objects.get()
    assert (question.answer, question.answer_by) == ("Дом 5.", None)
    assert IncomingLetter.objects.get().kind == "thread"
    assert Message.objects.count() == 1
    assert words(browser(okt, "roads").get(of_case(scene))).count("Дом 5.") == 1


def test_the_applicants_letter_stands_on_the_case_and_those_who_hold_it_are_told(
    okt: Cast, box: ImapBox, mailbox: Mailbox
) -> None:
    scene = by_mail(bring(okt, IM, "drafting"), "Krasnova@Mail.example")
    latin = scene.message.number.replace("ОКТ", "OKT")
    put(box, with_files(("двор.png", "image/png", PNG), text="И ещё: свет тоже погас.", Subject=encoded(f"Re: {latin}")))
    read()
    shown = words(browser(okt, "roads").get(of_case(scene)))
    assert "Письмо заявителя" in shown
    assert "И ещё: свет тоже погас." in shown
    assert Attachment.objects.get().message == scene.message
    assert Outbox.objects.get(kind="applicant_letter").user == okt.people["roads"]


def test_a_letter_after_the_answer_proposes_to_look_again(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    scene = by_mail(bring(okt, IM, "closed"))
    put(box, plain("Фонари опять погасли.", subject=encoded(f"Re: {scene.message.number}")))
    read()
    told = Outbox.objects.get(kind="applicant_letter")
    assert told.user == okt.people["im"]
    assert "возобновить" in told.subject
    assert Message.objects.get().state == State.CLOSED


def test_a_strangers_letter_with_the_number_is_a_case_of_its_own(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    scene = by_mail(bring(okt, IM, "drafting"))
    letter = plain("Что с этим делом?", sender="sosed@mail.example", subject=encoded(f"Re: {scene.message.number}"))
    put(box, letter)
    read()
    message = Message.objects.exclude(pk=scene.message.pk).get()
    assert scene.message.number in MessageEvent.objects.get(code="letter_note").note.text
    assert not MessageEvent.objects.filter(message=scene.message, code="applicant_letter").exists()
    shown = words(browser(okt, "other").get(page(okt, "sorting", message.number)))
    assert "не записан его заявителем" in shown


def test_a_letter_whose_sender_the_server_doubts_is_a_case_of_its_own(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    scene = by_mail(bring(okt, IM, "drafting"))
    subject = encoded(f"Re: {scene.message.number}")
    put(box, plain("Отзываю.", subject=subject, Authentication_Results="mx; dmarc=fail"))
    read()
    assert Message.objects.exclude(pk=scene.message.pk).get().text.endswith("Отзываю.")
    assert "не подтвердил" in MessageEvent.objects.get(code="letter_note").note.text
    assert not MessageEvent.objects.filter(message=scene.message, code="applicant_letter").exists()


def test_machines_are_passed_over_but_noted(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    put(box, plain(Auto_Submitted="auto-replied", message_id="<1@x>"))
    put(box, plain(sender=USER, message_id="<2@x>"))
    put(box, plain(List_Id="<l>", message_id="<3@x>"))
    put(box, bounce("letter.1.00000000000000000000@okt.example"))
    assert read() == 4
    assert not Message.objects.exists()
    assert sorted(IncomingLetter.objects.values_list("kind", flat=True)) == ["autoreply"] * 3 + ["bounce"]


def test_our_letter_that_comes_back_waits_for_its_sender_and_an_answer_to_it_finds_its_case(
    okt: Cast, box: ImapBox, mailbox: Mailbox, settings: Settings
) -> None:
    scene = by_mail(bring(okt, IM, "answered"))
    reply = scene.message.replies.get(version=1)
    known = {"number": "1", "dated": NOW.date(), "signer": "А", "method": "email", "made_at": NOW, "next_try_at": NOW}
    letter = Letter.objects.create(message=scene.message, reply=reply, **known)
    letter.pdf.save("a", ContentFile(b"%PDF-1.4"))
    settings.EMAIL_ENABLED = True
    assert letter_mail.mail_due(now=LATER) == 1
    ours = sent_mail.outbox[0].extra_headers["Message-ID"].strip("<>")
    put(box, plain("Спасибо!", subject="Re: x", In_Reply_To=f"<{ours}>"))
    put(box, bounce(ours))
    read(4)
    letter.refresh_from_db()
    assert letter.mailed_at is None
    assert "user unknown" in letter.mail_error
    assert MessageEvent.objects.filter(code="letter_failed").count() == 1
    assert IncomingLetter.objects.get(kind="thread").message == scene.message
    assert Message.objects.count() == 1


def test_the_inner_network_and_unknown_certificates_are_refused_in_words(okt: Cast, box: ImapBox, settings: Settings) -> None:
    tech = browser(okt, "tech")
    form = {
        "source": okt.source("other").pk,
        "address": USER,
        "host": HOST,
        "port": box.port,
        "user_name": USER,
        "password": PASSWORD,
    }
    new = page(okt, "mailbox-new")
    settings.MAIL_PRIVATE_HOSTS = []
    refused = words(tech.post(new, form))
    assert "называет его в MAIL_PRIVATE_HOSTS." in refused
    assert "MAIL_PRIVATE_HOSTS.." not in refused
    assert "Порт — число от 1 до 65535, обычно 993." in words(tech.post(new, form | {"port": 70000}))
    settings.MAIL_PRIVATE_HOSTS, settings.MAIL_CA_FILE = [f"{HOST}:{box.port}"], ""
    assert "сертификат сервера не подтверждён" in words(tech.post(new, form))
    settings.MAIL_CA_FILE = box.ca_file
    assert "пароль приложения" in words(tech.post(new, form | {"password": "другой"}))
    assert "нет папки" in words(tech.post(new, form | {"folder": "Входящие"}))
    settings.MAIL_PRIVATE_HOSTS = [HOST]
    assert "связи с сервером нет" in words(tech.post(new, form | {"port": 1}))
    assert not Mailbox.objects.exists()
    assert tech.post(new, form).status_code == 302
    row = Mailbox.objects.get()
    assert PASSWORD not in row.password
    shown = words(tech.get(page(okt, "mailboxes"))) + words(tech.get(page(okt, "mailbox", row.pk)))
    assert USER in shown
    assert PASSWORD not in shown
    assert row.password not in shown
    assert browser(okt, "head").get(page(okt, "mailboxes")).status_code == 403


def test_a_mailbox_is_checked_paused_and_read_again_from_where_it_stood(okt: Cast, box: ImapBox, mailbox: Mailbox) -> None:
    tech = browser(okt, "tech")
    with time_machine.travel(LATER, tick=False):
        tech.post(page(okt, "mailbox-pause", mailbox.pk))
        put(box, plain())
        assert read() == 0
        assert "приостановлен" in words(tech.get(page(okt, "mailboxes")))
        tech.post(page(okt, "mailbox-pause", mailbox.pk), {"on": "1"})
        assert read(3) == 1
        box.port, right = 1, box.port
        Mailbox.objects.update(port=1)
        tech.post(page(okt, "mailbox-check", mailbox.pk))
        box.port = right
        assert "не читается" in words(tech.get(page(okt, "mailboxes")))
        assert "не читается" in words(tech.get(page(okt, "desk")))
        assert read(4) == 0
        kept = Mailbox.objects.get()
        change = given(okt, box, password="", address="new@okt.example")
        mailboxes.change(center=okt.center, actor=okt.actor("tech"), mailbox_id=kept.pk, given=change, now=LATER)
        assert (Mailbox.objects.get().error, Mailbox.objects.get().last_uid) == ("", kept.last_uid)


def test_a_changed_secret_asks_for_the_password_anew(okt: Cast, box: ImapBox, mailbox: Mailbox, settings: Settings) -> None:
    settings.SECRET_KEY = "another secret of the installation"
    assert read() == 0
    assert "введите его заново" in Mailbox.objects.get().error
