"""What a citizen's letter becomes: a new case, or a word to the case whose number or letter it answers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse

from blocks.actors import Actor
from blocks.models import Center
from blocks.selectors import roster_of
from mcu.errors import DomainError
from mcu.text import clean_text
from messages.mail.letters import Letter
from messages.mail.quotes import new_words
from messages.models import Applicant, Attachment, Mailbox, Message
from messages.services import attachments, letter_mail, notices, questions
from messages.services.attachments import StoredFile
from messages.services.case import MAX_WORDS
from messages.services.history import record
from messages.services.intake import TEXT_MAX, IncomingApplicant, IncomingMessage, take_in
from messages.workflow import OPEN

FILES_MOST: Final = attachments.MAX_FILES
_CUT: Final = "\n\n[Письмо длиннее, чем хранится в карточке; целиком оно осталось в почтовом ящике.]"
_WORD: Final = re.compile(r"[^\W_][\w/-]{3,39}")
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
# Letters that look alike: a number is often typed with a Latin keyboard.
_ALIKE: Final = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")


@dataclass(frozen=True, slots=True)
class Files:
    """What of a letter's files was taken, and why others were not."""

    taken: tuple[StoredFile, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One letter being taken in."""

    mailbox: Mailbox
    letter: Letter
    files: Files
    actor: Actor
    now: datetime


def case_of(place: Place) -> Message | None:
    """The case of this Center that the letter speaks of: it answers our letter, or names a number in its subject."""
    sent = letter_mail.letter_of(place.letter.own_ids, center_id=place.mailbox.center_id)
    if sent is not None:
        return sent.message
    numbers = _numbers(place.letter.subject)
    rows = Message.objects.get_queryset().select_related("center", "source", "applicant")
    return rows.filter(center_id=place.mailbox.center_id, number__in=numbers).order_by("pk").last() if numbers else None


def is_applicant(message: Message, letter: Letter) -> bool:
    """Whether the sender is the one whose case it is, by the address he gave."""
    known = Applicant.objects.filter(message=message).values_list("email", flat=True).first()
    return bool(known) and str(known).lower() == letter.address.lower()


def open_case(place: Place, *, mentioned: Message | None) -> Message:
    """A new case of the mailbox's source. ``mentioned``: the case of another applicant that the letter names."""
    letter, source = place.letter, place.mailbox.source
    source.center = place.mailbox.center
    payload = IncomingMessage(
        external_id=f"mail-{hashlib.sha256(letter.key.encode('utf-8', 'surrogateescape')).hexdigest()[:40]}",
        text=_shortened(_words(place), TEXT_MAX),
        received_at=letter.sent_at,
        applicant=IncomingApplicant(name=letter.name, email=letter.address) if letter.address or letter.name else None,
    )
    taken = take_in(actor=place.actor, source=source, payload=payload, now=place.now, by="mail")
    if taken.created:
        _attach(place, taken.message)
        _remark(place, taken.message, mentioned)
    return taken.message


def add_to(place: Place, message: Message) -> bool:
    """The applicant's word to a case that is there: the answer to our question where one is open (True), else shown there."""
    heard = _heard(place, message)
    _attach(place, message)
    _remark(place, message, None)
    if heard:
        return len(_new(place)) <= MAX_WORDS
    event = record(message=message, code="applicant_letter", actor=place.actor, now=place.now)
    roster = roster_of(message.center, place.now)
    users, subject = notices.holders(message, roster), "пришло письмо заявителя"
    if message.state not in OPEN:
        subject = "заявитель написал после ответа: посмотрите, не возобновить ли работу"
    if not users:
        users = tuple(dict.fromkeys((*roster.publishers(message), *roster.source_curators(message))))
    notices.tell(message=message, users=users, event=event, subject=subject, actor=place.actor, now=place.now)
    return False


def words_of_thread(place: Place) -> str:
    """What the applicant added, as the case shows it."""
    return _shortened(clean_text(_new(place)) or "Письмо без текста.", TEXT_MAX)


def form_path(center: Center) -> str:
    """Where a person takes down what the program could not."""
    return reverse("messages:new", args=[center.slug])


def _heard(place: Place, message: Message) -> bool:
    """Whether a question was waiting for it. What was written before the question is no answer to it."""
    question = message.questions.filter(cycle=message.cycle, answered_at__isnull=True).first()
    if question is None or message.state not in OPEN or place.letter.sent_at < question.asked_at:
        return False
    words = _new(place)
    text = words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 60].rstrip()}… Целиком — в письме ниже."
    try:
        with transaction.atomic():
            questions.hear(message_id=message.pk, actor=place.actor, text=text, answered_at=place.letter.sent_at, now=place.now)
    except DomainError:  # the rules of questions are theirs; the letter is shown all the same
        return False
    return True


def _attach(place: Place, message: Message) -> None:
    """As many of the files as the case has room for."""
    present = Attachment.objects.filter(message=message, removed_at__isnull=True).count()
    fitting = place.files.taken[: max(0, FILES_MOST - present)]
    if fitting:
        kind = Attachment.Kind.MESSAGE
        attachments.add(message_id=message.pk, actor=place.actor, kind=kind, files=fitting, now=place.now)


def _remark(place: Place, message: Message, mentioned: Message | None) -> None:
    """What whoever reads the case should know of its letter."""
    said = list(place.files.refused)
    if mentioned is not None:
        said.insert(
            0,
            f"Письмо относится к сообщению {mentioned.number}, но {_why_apart(place)}. Проверьте, не дополнение ли это.",
        )
    if said:
        record(message=message, code="letter_note", actor=place.actor, now=place.now, note="\n".join(said)[:MAX_WORDS])


def _why_apart(place: Place) -> str:
    if place.letter.is_doubted:
        return "почтовый сервер не подтвердил, что оно от указанного отправителя"
    return "отправитель не записан его заявителем"


def _words(place: Place) -> str:
    """Subject and text; where there is no text, what came instead of it."""
    letter = place.letter
    subject, text = letter.bare_subject, clean_text(letter.text)
    if not text and letter.body.files:
        text = f"Письмо без текста. Вложения: {', '.join(one.name for one in letter.body.files[:FILES_MOST])}."
    if letter.body.is_cut and len(text) < TEXT_MAX:  # a longer one is shortened with the same words
        text = f"{text}{_CUT}"
    return "\n\n".join(part for part in (subject, text) if part)


def _new(place: Place) -> str:
    return clean_text(new_words(place.letter.text)) or place.letter.bare_subject or "Письмо без текста."


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - len(_CUT)].rstrip()}{_CUT}"


def _numbers(subject: str) -> list[str]:
    """What in the subject may be a case's number, in both alphabets."""
    words = [word.upper() for word in _WORD.findall(subject.translate(_DASHES)) if any(sign.isdigit() for sign in word)]
    return list(dict.fromkeys([*words, *(word.translate(_ALIKE) for word in words)]))[:20]
