"""Cases that live through a story told in local times: every step by the service that the pages use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from blocks.models import Recipient, Settlement, Topic
from messages.models import Message, Reply
from messages.services import approval, closing, merging, progress, reply, routing, satisfaction
from tests.cast import Cast


@dataclass
class Story:
    """One case; times are «16.11 09:30» of the year 2026 in the Center's zone, or «16.11.2025 09:30»."""

    cast: Cast
    message: Message
    block: str = ""

    def at(self, local: str) -> datetime:
        return moment(self.cast, local)

    def assign(self, at: str, block: str, recipient: str = "") -> Story:
        self.block = block
        routing.assign(
            message_id=self.message.pk,
            actor=self.cast.actor("head", self.at(at)),
            block_id=self.cast.block(block).pk,
            recipient_id=Recipient.objects.get(center=self.cast.center, code=recipient).pk if recipient else None,
            now=self.at(at),
        )
        return self

    def decline(self, at: str) -> Story:
        actor = self.cast.actor(self.block, self.at(at))
        routing.decline(message_id=self.message.pk, actor=actor, reason="Не наш вопрос.", now=self.at(at))
        return self

    def draft(self, at: str) -> Story:
        """Taken into work with a text; a later draft of a reopened case says something else."""
        latest = Reply.objects.filter(message=self.message).count()
        reply.save_draft(
            message_id=self.message.pk,
            actor=self.cast.actor(self.block, self.at(at)),
            text=f"Здравствуйте! Ответ № {latest + 1}.",
            base_version=latest,
            now=self.at(at),
        )
        return self

    def submit(self, at: str) -> Story:
        self.draft(at)
        reply.submit(message_id=self.message.pk, actor=self.cast.actor(self.block, self.at(at)), now=self.at(at))
        return self

    def agree(self, at: str, mark: int = 2) -> Story:
        """Drafted, submitted and agreed at one moment."""
        return self.submit(at).agree_now(at, mark)

    def agree_now(self, at: str, mark: int = 2) -> Story:
        """Agreed as it was submitted."""
        names = self.cast.people
        curator = f"{self.block}_curator" if f"{self.block}_curator" in names else self.block
        actor = self.cast.actor(curator, self.at(at))
        approval.agree(message_id=self.message.pk, actor=actor, version=self._version(), completeness=mark, now=self.at(at))
        return self

    def give_back(self, at: str) -> Story:
        actor = self.cast.actor(f"{self.block}_curator", self.at(at))
        approval.return_(message_id=self.message.pk, actor=actor, comment="Назовите срок работ.", now=self.at(at))
        return self

    def approve(self, at: str) -> Story:
        actor = self.cast.actor("head", self.at(at))
        approval.approve(message_id=self.message.pk, actor=actor, version=self._version(), now=self.at(at))
        return self

    def send(self, at: str, posted: str = "") -> Story:
        publisher = self.block if self.message.source.publisher == "block_responsible" else self.message.source.code
        reply.send(
            message_id=self.message.pk,
            actor=self.cast.actor(publisher, self.at(at)),
            posted_at=self.at(posted) if posted else None,
            delivery="размещено в источнике",
            now=self.at(at),
        )
        return self

    def close(self, at: str) -> Story:
        actor = self.cast.actor(self.message.source.code, self.at(at))
        outcome = self.cast.center.outcomes[0]["code"]
        closing.close(message_id=self.message.pk, actor=actor, outcome=outcome, now=self.at(at))
        return self

    def reopen(self, at: str) -> Story:
        actor = self.cast.actor("head", self.at(at))
        closing.reopen(message_id=self.message.pk, actor=actor, reason="Житель пишет, что ничего не сделано.", now=self.at(at))
        return self

    def redirect(self, at: str) -> Story:
        actor = self.cast.actor("head", self.at(at))
        routing.redirect(
            message_id=self.message.pk, actor=actor, addressee="Ростехнадзор", applicant_told=True, now=self.at(at)
        )
        return self

    def take_back(self, at: str) -> Story:
        """Within a quarter of an hour, by whoever decided."""
        routing.take_back(message_id=self.message.pk, actor=self.cast.actor("head", self.at(at)), now=self.at(at))
        return self

    def merge(self, at: str, leading: Story) -> Story:
        actor, under = self.cast.actor("head", self.at(at)), leading.message.pk
        merging.merge(message_id=self.message.pk, actor=actor, leading_id=under, now=self.at(at))
        self.block = self.block or leading.block
        return self

    def split(self, at: str) -> Story:
        merging.split(message_id=self.message.pk, actor=self.cast.actor("head", self.at(at)), now=self.at(at))
        return self

    def extend(self, at: str, days: int) -> Story:
        actor = self.cast.actor("head", self.at(at))
        progress.extend(
            message_id=self.message.pk, actor=actor, days=days, reason="Запрошены сведения.", applicant_told=True,
            now=self.at(at),
        )  # fmt: skip
        return self

    def interim(self, at: str, until: str) -> Story:
        """Promised to the applicant by the end of a day."""
        publisher = self.block if self.message.source.publisher == "block_responsible" else self.message.source.code
        progress.interim(
            message_id=self.message.pk,
            actor=self.cast.actor(publisher, self.at(at)),
            text="Разбираемся, ответим позже.",
            promised_on=self.at(f"{until} 12:00").date(),
            delivery="размещено в источнике",
            now=self.at(at),
        )
        return self

    def score(self, at: str, score: int) -> Story:
        """As the applicant told the staff."""
        satisfaction.rate_for(
            message_id=self.message.pk,
            actor=self.cast.actor(self.message.source.code, self.at(at)),
            score=score,
            text="",
            now=self.at(at),
        )
        return self

    def dismiss(self, at: str) -> Story:
        actor = self.cast.actor("head", self.at(at))
        ground = routing.grounds_for(self.message)[0]["code"]
        routing.dismiss(message_id=self.message.pk, actor=actor, ground=ground, now=self.at(at))
        return self

    def _version(self) -> int:
        return Reply.objects.filter(message=self.message).count()


def tell(  # the start of a story is said in one line of the tests' table
    cast: Cast, source: str, received: str, *, topic: str = "", settlement: str = "", fast_track: bool = False
) -> Story:
    """A case received at a local time."""
    at = moment(cast, received)
    message = cast.message(source, received_at=at, now=at, fast_track=fast_track)
    Message.objects.filter(pk=message.pk).update(
        topic=Topic.objects.get(center=cast.center, code=topic) if topic else None,
        settlement=Settlement.objects.get(center=cast.center, code=settlement) if settlement else None,
    )
    return Story(cast, message)


def moment(cast: Cast, local: str) -> datetime:
    """«16.11 09:30» of 2026, or «16.11.2025 09:30», in the Center's zone, aware."""
    day, _, time = local.partition(" ")
    dated = day if day.count(".") == 2 else f"{day}.2026"
    return datetime.strptime(f"{dated} {time}", "%d.%m.%Y %H:%M").replace(tzinfo=cast.center.tz)
