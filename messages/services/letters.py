"""The letter that carries an answer to an appeal: drawn up once for a version, numbered, frozen; its way of delivery."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Final

from django.conf import settings
from django.db import transaction

from blocks.actors import Actor, Grant
from mcu import uploads
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.text import clean_text
from messages import policies
from messages.documents import to_docx, to_pdf
from messages.models import Applicant, ContactAccess, Letter, Message, NumberSequence, Reply
from messages.selectors.letters import OnItsWay
from messages.services import numbers, tracking
from messages.services.case import by_person, locked
from messages.services.history import record
from messages.services.letter_sheet import letter_number, sheet_of, signer_of
from messages.workflow import State

STATES: Final = (State.APPROVED, State.ANSWERED)  # in which an answer can be put on paper
MAX_LINES: Final = 1000
_NOT_HERE: Final = "Такого письма у этого дела нет."


@transaction.atomic
def draw_up(*, message_id: int, actor: Actor, addressee: str = "", address: str = "", now: datetime) -> Letter:
    """The letter of the approved version: made and numbered once, the same ever after.

    ``addressee`` (a line a person, in the dative) and ``address`` are the writer's words; empty, they are taken from the
    applicant. The files do not change when templates, names or posts do.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = _permitted(message, actor)
    if message.state not in STATES:
        raise WrongState(
            f"Письмо составляют по согласованному ответу, а дело {message.number} в состоянии "
            f"«{State(message.state).label}». Ничего не сделано."
        )
    return _drawn(message, actor=actor, grant=grant, addressee=addressee, address=address, now=now)


def _drawn(message: Message, *, actor: Actor, grant: Grant | None, addressee: str, address: str, now: datetime) -> Letter:
    reply = Reply.objects.select_related("author").get(message=message, version=message.agreed_version or 0)
    if ready := Letter.objects.filter(reply=reply).first():
        return ready
    addressee, address = _lines(addressee, "addressee"), _lines(address, "address")
    signer = signer_of(message, actor=actor, now=now)
    dated = now.astimezone(message.center.tz).date()
    applicant = Applicant.objects.filter(message=message).first()
    taken = numbers.take(message.center, NumberSequence.Series.LETTER, dated.year)
    sheet = sheet_of(
        message,
        reply,
        applicant,
        number=letter_number(message.center, dated.year, taken),
        dated=dated,
        addressee=addressee,
        address=address,
        signer=signer,
    )
    pdf = to_pdf(sheet, made_at=now)
    with uploads.stored_bytes(to_docx(sheet)) as docx_path, uploads.stored_bytes(pdf) as pdf_path:
        letter = Letter.objects.create(
            message=message,
            reply=reply,
            number=sheet.number,
            dated=dated,
            signer=sheet.signer,
            signer_post=sheet.signer_post,
            docx=docx_path,
            pdf=pdf_path,
            made_by_id=by_person(actor),
            made_at=now,
        )
        data = {"number": letter.number, "version": reply.version}
        record(message=message, code="letter", actor=actor, now=now, grant=grant, data=data)
    if applicant is not None and applicant.email and applicant.email in sheet.address:
        _contacts_used(message, actor=actor, grant=grant, now=now)
    return letter


def for_sending(message: Message, *, actor: Actor, method: str, tracking_number: str, handed_to: str, now: datetime) -> Letter:
    """The letter of an answer that is being sent, with its way of delivery; drawn up now if it was not.

    The case is locked and the sender permitted by the caller, in whose transaction this runs.
    """
    if not policies.may_write_out(actor, message):
        problem = "Письмо составляют только к ответу на обращение по 59-ФЗ. Укажите ссылку или способ доставки словами."
        raise Invalid(problem, {"method": problem})
    grant = policies.may_write_out(actor, message).grant
    chosen = _way(message, method=method, tracking_number=tracking_number, handed_to=handed_to)
    letter = _drawn(message, actor=actor, grant=grant, addressee="", address="", now=now)
    _deliver(letter, message, chosen, actor=actor, grant=grant, now=now)
    return letter


@transaction.atomic
def deliver(
    *, message_id: int, letter_id: int, actor: Actor, method: str, tracking: str = "", handed_to: str = "", now: datetime
) -> Letter:
    """Change how a letter that went out is delivered: its tracking number became known, or it did not arrive."""
    message = locked(message_id=message_id, actor=actor)
    grant = _permitted(message, actor)
    letter = Letter.objects.select_related("reply").filter(message=message, pk=letter_id).first()
    if letter is None:
        raise NotFound(_NOT_HERE)
    if letter.reply.posted_at is None:
        raise WrongState("Письмо ещё не отправлено: способ доставки указывают, когда отмечают отправку.")
    chosen = _way(message, method=method, tracking_number=tracking, handed_to=handed_to)
    before = delivery_words(letter)
    _deliver(letter, message, chosen, actor=actor, grant=grant, now=now)
    after = delivery_words(letter)
    if after != before or letter.next_try_at == now:
        letter.reply.delivery = after
        letter.reply.save(update_fields=["delivery"])
        data = {"number": letter.number, "method": letter.method, "tracking": letter.tracking}
        record(message=message, code="letter_delivery", actor=actor, now=now, grant=grant, data=data)
    return letter


@transaction.atomic
def open_file(*, message_id: int, letter_id: int, form: str, actor: Actor, now: datetime) -> tuple[Letter, IO[bytes]]:
    """One of the letter's two files, for whoever may see the applicant's contacts: they stand in it. Written down."""
    message = Message.objects.visible_to(actor).filter(pk=message_id).first()
    letter = Letter.objects.filter(message_id=message_id, pk=letter_id).first() if message else None
    if message is None or letter is None:
        raise NotFound(_NOT_HERE)
    verdict = policies.may_see_contacts(actor, message)
    if not verdict:
        raise NotAllowed("В письме адрес заявителя: оно открыто тем, кому видны контакты.")
    _contacts_used(message, actor=actor, grant=verdict.grant, now=now)
    return letter, uploads.opened(str(letter.docx if form == "docx" else letter.pdf))


def delivery_words(letter: OnItsWay) -> str:
    """The way of delivery as the answer and the history say it; "" while none is named. No contacts stand in it."""
    match letter.method:
        case Letter.Method.EMAIL:
            return "письмом по электронной почте"
        case Letter.Method.POST:
            return f"почтой, отправление {letter.tracking}" if letter.tracking else "почтой"
        case Letter.Method.IN_HAND:
            return f"в руки, получил(а) {letter.handed_to}"
    return ""


def _way(message: Message, *, method: str, tracking_number: str, handed_to: str) -> dict[str, str]:
    """The way of delivery, checked: what belongs to another way is dropped."""
    if method not in Letter.Method.values:
        problem = "Выберите, как доставлено письмо."
        raise Invalid(problem, {"method": problem})
    chosen = {"method": method, "tracking": "", "handed_to": ""}
    if method == Letter.Method.POST:
        chosen["tracking"] = tracking.checked(tracking_number)
    if method == Letter.Method.IN_HAND:
        chosen["handed_to"] = clean_text(handed_to)[:200]
        if not chosen["handed_to"]:
            problem = "Напишите, кто получил письмо: фамилия и инициалы."
            raise Invalid(problem, {"handed_to": problem})
    if method == Letter.Method.EMAIL and not Applicant.objects.filter(message=message).exclude(email="").exists():
        problem = "Заявитель не оставил адреса электронной почты. Выберите другой способ."
        raise Invalid(problem, {"method": problem})
    return chosen


def _deliver(
    letter: Letter, message: Message, chosen: dict[str, str], *, actor: Actor, grant: Grant | None, now: datetime
) -> None:
    letter.method, letter.tracking, letter.handed_to = chosen["method"], chosen["tracking"], chosen["handed_to"]
    by_us = letter.method == Letter.Method.EMAIL and settings.EMAIL_ENABLED
    letter.next_try_at, letter.mailed_at = (now if by_us else None), None
    letter.mail_error, letter.attempts = "", 0
    letter.save(update_fields=["method", "tracking", "handed_to", "next_try_at", "mailed_at", "mail_error", "attempts"])
    if letter.method == Letter.Method.EMAIL:
        _contacts_used(message, actor=actor, grant=grant, now=now)


def _permitted(message: Message, actor: Actor) -> Grant | None:
    verdict = policies.may_write_out(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    return verdict.grant


def _lines(value: str, field: str) -> str:
    text = clean_text(value)
    if len(text) > MAX_LINES:
        problem = f"Слишком длинно: {len(text)} знаков, можно не больше {MAX_LINES}."
        raise Invalid(problem, {field: problem})
    return text


def _contacts_used(message: Message, *, actor: Actor, grant: Grant | None, now: datetime) -> None:
    if actor.user_id is not None:
        ContactAccess.objects.create(message=message, user_id=actor.user_id, role=grant.role if grant else "", at=now)
