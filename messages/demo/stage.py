"""Plays the scripts of one Center through the real services: picks who acts, hands over what was said, keeps versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from blocks import actors
from blocks.actors import Actor
from blocks.models import ApiClient, Block, Center, Recipient, Source, Substitution
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from mcu.models import User
from messages.demo.plan import Step
from messages.demo.recipients import recipient_code
from messages.demo.rhythm import Chance
from messages.demo.texts import Letter
from messages.models import AutoWaiting, Message
from messages.services import approval, closing, reply, routing
from messages.services.auto_apply import apply_waiting
from messages.services.intake import IncomingApplicant, IncomingMessage, take_in
from messages.workflow import State

SAID_OF_DISMISSAL: Final = {
    "insults": "Разъяснено, что злоупотреблять правом нельзя; по существу ответа не даётся.",
    "no_name_or_address": "Имя и адрес не указаны, ответить некуда.",
    "repeated": "Дано пять ответов по существу, новых доводов нет; заявитель уведомлён о прекращении переписки.",
    "not_a_question": "Реклама.",
}

DELIVERY: Final = {
    "pos": "личный кабинет заявителя на ПОС",
    "portal": "портал «Обращаем внимание»",
    "other": "по телефону и в сообществе района",
}


@dataclass(slots=True)
class Case:
    """Where one letter stands: its case as the last service left it, and the newest version of its answer."""

    letter: Letter
    chance: Chance
    message: Message | None = None
    version: int = 0
    text: str = ""

    def write(self, text: str) -> int:
        """Count the version that saving this text makes; returns the version it is based on."""
        base = self.version
        if text != self.text:
            self.version, self.text = base + 1, text
        return base


class Stage:
    """The people and lists of one Center, and its cases, as the play goes on."""

    def __init__(self, center: Center, client: ApiClient, cases: dict[int, Case]) -> None:
        self.center = center
        self.cases = cases
        self._client = actors.client(client)
        self._blocks = {row.code: row for row in Block.objects.filter(center=center)}
        self._sources = {row.code: row for row in Source.objects.filter(center=center).select_related("center")}
        self._recipients = {row.code: row for row in Recipient.objects.filter(center=center).prefetch_related("blocks")}
        self._users = {user.pk: user for user in User.objects.filter(memberships__center=center).distinct()}
        self._leaves = list(Substitution.objects.filter(membership__center=center))
        self._rosters: dict[frozenset[int], Roster] = {}
        self._actors: dict[tuple[int, frozenset[int]], Actor] = {}

    def play(self, step: Step) -> None:
        """Make one step at its moment."""
        case = self.cases[step.letter]
        if step.verb == "take_in":
            self._take_in(case, step.at)
        elif step.verb == "close_by_itself":
            closing.close_answered(center=self.center, now=step.at)
        else:
            self._act(case, step)

    def _take_in(self, case: Case, now: datetime) -> None:
        letter = case.letter
        is_network = letter.source in ("im", "accounts")
        payload = IncomingMessage(
            external_id=f"{letter.source}-{letter.id}",
            text=letter.text,
            received_at=now,
            fast_track=letter.fast_track or None,
            topic=letter.topic or letter.topic_words,
            settlement=letter.settlement,
            address=letter.address,
            url=f"https://example.ru/wall-{self.center.pk}_{letter.id}" if is_network else "",
            applicant=IncomingApplicant(name=letter.name, email=letter.email, phone=letter.phone, type=letter.type),
        )
        case.message = take_in(actor=self._client, source=self._sources[letter.source], payload=payload, now=now).message
        AutoWaiting.objects.filter(message=case.message).delete()  # the rules are asked where the script hands over

    def _act(self, case: Case, step: Step) -> None:
        message = _there(case)
        who = self._who(step.verb, case, message, step.at)
        do: dict[str, Any] = {"message_id": message.pk, "actor": who, "now": step.at}
        words = step.words
        match step.verb:
            case "assign":
                case.message = self._assign(case, do, **words)
            case "draft":
                reply.save_draft(base_version=case.write(words["text"]), text=words["text"], **do)
            case "submit":
                case.message = reply.submit(base_version=case.write(words["text"]), text=words["text"], **do)
            case "agree":
                case.message = approval.agree(version=case.version, completeness=words["completeness"], **do)
            case "approve":
                case.message = approval.approve(version=case.version, **do)
            case "send":
                case.message = self._send(case, do)
            case "redirect":
                case.message = routing.redirect(applicant_told=True, outside_number=_outside(case), **words, **do)
            case "dismiss":
                comment = SAID_OF_DISMISSAL[words["ground"]]
                case.message = routing.dismiss(comment=comment, outside_number=_outside(case), **words, **do)
            case verb:
                case.message = _PLAIN[verb](**words, **do)

    def _assign(self, case: Case, do: dict[str, Any], block: str) -> Message:
        row = self._blocks[block]
        code = recipient_code(case.letter, block, self._recipients, case.chance)
        recipient = self._recipients[code] if code else None
        message = _ask_rules(_there(case), do["now"])
        if message.block_id == row.pk:
            return message  # a rule has done it
        return routing.assign(
            block_id=row.pk, recipient_id=recipient.pk if recipient else None, outside_number=_outside(case), **do
        )

    def _send(self, case: Case, do: dict[str, Any]) -> Message:
        """Where the answer is posted depends on the source; appeals are mailed."""
        letter = case.letter
        if letter.source in ("im", "accounts"):
            return reply.send(posted_at=None, url=f"https://example.ru/wall-{self.center.pk}_{letter.id}?reply=1", **do)
        mailed = "электронной почтой" if letter.email else "заказным письмом"
        return reply.send(posted_at=None, delivery=DELIVERY.get(letter.source, mailed), **do)

    def _who(self, verb: str, case: Case, message: Message, now: datetime) -> Actor:
        """One of those who may do it that day; whoever is away is stood in for by the substitute."""
        today = self._leaves_of(now)
        if today not in self._rosters:
            self._rosters[today] = roster_of(self.center, now)
        roster = self._rosters[today]
        found = self._candidates(verb, case, message, roster)
        away = {post.grant.acting_for_id for post in roster.posts}
        present = [user for user in found if user not in away] or found
        chosen = present[int(case.chance.share(f"who {verb}") * len(present))]
        if (chosen, today) not in self._actors:
            self._actors[chosen, today] = actors.person(user=self._users[chosen], center=self.center, now=now)
        return self._actors[chosen, today]

    def _leaves_of(self, now: datetime) -> frozenset[int]:
        """Which leaves run that day: between their borders the people in office are the same."""
        day = now.astimezone(self.center.tz).date()
        return frozenset(leave.pk for leave in self._leaves if leave.since <= day <= leave.until)

    def _candidates(self, verb: str, case: Case, message: Message, roster: Roster) -> list[int]:
        """Ids of those who usually make the step; now and then the support role sorts for the source's curator."""
        by_curator = verb == "agree" or (verb == "return_" and message.state == State.BLOCK_APPROVAL)
        found: tuple[int, ...] = ()
        if verb == "assign" and case.chance.share("support sorts") < 0.12:
            found = roster.in_roles(Role.SUPPORT)
        elif verb in ("decline", "start", "draft", "submit"):
            found = roster.responsibles(message)
        elif by_curator:
            found = roster.block_curators(message)
        elif verb in ("approve", "return_"):
            found = roster.heads()
        elif verb == "send":
            found = roster.publishers(message)
        return list(found or roster.source_curators(message))


_PLAIN: Final[dict[str, Callable[..., Message]]] = {
    "decline": routing.decline,
    "start": reply.start,
    "return_": approval.return_,
    "close": closing.close,
    "reopen": closing.reopen,
}


def _outside(case: Case) -> str:
    """The registration number that the office's own system gives to appeals."""
    return f"01-{int(case.letter.id) + 400}" if case.letter.source == "fz59" else ""


def _there(case: Case) -> Message:
    if case.message is None:
        raise LookupError(f"letter {case.letter.id} is acted on before it came")
    return case.message


def _ask_rules(message: Message, now: datetime) -> Message:
    """The case after the auto-rules were asked about it, if nobody has had it in hand."""
    if message.state != State.RECEIVED or message.registered_at is not None:
        return message
    AutoWaiting.objects.create(message=message, at=now)
    apply_waiting(clock=lambda: now)
    return Message.objects.select_related("center", "source", "block").get(pk=message.pk)
