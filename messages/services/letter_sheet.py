"""What stands in a letter: its requisites gathered from the case, the charter and the people of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from blocks.models import Center, Membership
from blocks.selectors.audience import Post, roster_of
from blocks.selectors.titles import titles_of
from mcu.errors import Invalid
from mcu.models import User
from messages.documents import LetterSheet
from messages.documents.address import dative, greeting, split_names
from messages.models import Applicant, Attachment, Message, Reply

NOBODY = "Заявителю"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs and in what post, as they stand today."""

    name: str
    post: str


def letter_number(center: Center, year: int, number: int) -> str:
    """The outgoing number as the charter writes it, «ОКТ-исх-2026-000012»."""
    return settings_of(center.settings).letters.number_format.format(prefix=center.prefix, year=year, number=number)


def addressee_of(applicant: Applicant | None) -> str:
    """To whom the letter is, a line a person, in the dative where that is sure: what a form offers to be read over."""
    names = split_names(applicant.name) if applicant else []
    return "\n".join(dative(name) for name in names) or NOBODY


def sheet_of(
    message: Message,
    reply: Reply,
    applicant: Applicant | None,
    *,
    number: str,
    dated: date,
    addressee: str,
    address: str,
    signer: Signer,
) -> LetterSheet:
    """The letter as a sheet. One query for what is enclosed."""
    center = message.center
    names = split_names(applicant.name) if applicant else []
    came = (message.registered_at or message.received_at).astimezone(center.tz).date()
    of_answer = Q(reply__isnull=True) | Q(reply=reply)  # those of an earlier answer went out with it
    enclosed = Attachment.objects.filter(of_answer, message=message, kind=Attachment.Kind.ANSWER, removed_at__isnull=True)
    return LetterSheet(
        center=center.name,
        district=", ".join(part for part in (center.district, center.region) if part),
        letterhead=tuple(settings_of(center.settings).letters.letterhead),
        number=number,
        dated=dated,
        reply_to=message.outside_number or message.number,
        reply_to_dated=came,
        addressee=_split(addressee) or _split(addressee_of(applicant)),
        address=_split(address) or ((applicant.email,) if applicant and applicant.email else ()),
        greeting=greeting(names, reply.text),
        text=reply.text,
        enclosures=tuple(enclosed.order_by("uploaded_at", "pk").values_list("name", flat=True)),
        signer=signer.name,
        signer_post=signer.post,
        executor=reply.author.full_name if reply.author else "",
        executor_phone=reply.author.phone if reply.author else "",
    )


def signer_of(message: Message, *, actor: Actor, now: datetime) -> Signer:
    """Whoever holds the role that signs answers to appeals (the charter's ``fz59.signed_by``) for this case today.

    The sender, if the role is his; else its holder; else whoever stands in for him, in a post of his own. Four queries.
    """
    role = settings_of(message.center.settings).fz59.signed_by
    posts = [post for post in roster_of(message.center, now).posts if post.grant.role == role and post.grant.reaches(message)]
    title = titles_of(message.center).name_of_role(role)
    if not posts:
        raise Invalid(
            f"Письмо некому подписать: по уставу подписывает «{title}», а в составе Центра эту роль сегодня никто не "
            "исполняет. Назначьте человека в разделе «Состав» или назовите замещающего."
        )
    chosen = min(posts, key=lambda post: (post.user_id != actor.user_id, post.grant.acting_for_id is not None))
    user = User.objects.get(pk=chosen.user_id)
    words = _post_words(chosen, message.center, now) or title
    return Signer(name=user.signed_name, post=words[:1].upper() + words[1:])


def _post_words(post: Post, center: Center, now: datetime) -> str:
    day = now.astimezone(center.tz).date()
    own = Membership.objects.in_force_on(day).filter(center=center, user_id=post.user_id)
    if post.grant.acting_for_id is None and post.grant.membership_id is not None:
        own = own.filter(pk=post.grant.membership_id)
    return own.order_by("pk").values_list("post", flat=True).first() or ""


def _split(lines: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines.split("\n") if line.strip())
