"""Scenes for tests: the chains of both Centers and a case brought by real steps to any state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blocks.actors import Actor
from messages.models import Message, Question
from messages.services import approval, closing, merging, progress, questions, reply, routing
from tests.cast import NOW, Cast

MINUTE = timedelta(minutes=1)
ANSWER = "Фонари у школы починены 18 ноября, освещение проверено вечером."


@dataclass(frozen=True, slots=True)
class Chain:
    """Who does what for one source in one block: names of the cast."""

    source: str
    block: str
    sorter: str
    responsible: str
    curator: str
    publisher: str
    publisher_role: str
    needs_head: bool


# Регл. 2.5: the head approves an answer in a social network, its source curator posts it.
IM = Chain("im", "roads", "im", "roads", "roads_curator", "im", "source_curator", needs_head=True)
# Регл. 2.5: the responsible posts an answer on the platform himself.
POS = Chain("pos", "roads", "pos", "roads", "roads_curator", "roads", "block_responsible", needs_head=False)
# КОР Пол. 2.7: official accounts have a keeper of their own; the head of a block both drafts and agrees.
ACCOUNTS = Chain("accounts", "economy", "accounts", "economy", "economy", "accounts", "accounts", needs_head=False)


@dataclass(slots=True)
class Scene:
    """One case of a chain and the clock that its steps move on."""

    cast: Cast
    chain: Chain
    message: Message
    now: datetime = NOW

    def act(self, service: Callable[..., Any], by: str, **values: Any) -> Any:
        """One step by a person of the cast, a minute later."""
        self.now += MINUTE
        return service(message_id=self.message.pk, actor=self.cast.actor(by), now=self.now, **values)

    def assign(self) -> None:
        self.act(routing.assign, self.chain.sorter, block_id=self.cast.block(self.chain.block).pk)

    def draft(self, text: str = ANSWER, base: int = 0) -> None:
        self.act(reply.save_draft, self.chain.responsible, text=text, base_version=base)

    def submit(self) -> None:
        self.act(reply.submit, self.chain.responsible)

    def agree(self) -> None:
        self.act(approval.agree, self.chain.curator, version=1, completeness=2)

    def approve(self) -> None:
        if self.chain.needs_head:
            self.act(approval.approve, "head", version=1)

    def send(self) -> None:
        self.act(reply.send, self.chain.publisher, posted_at=None, url="https://vk.com/wall-1_1")

    def close(self) -> None:
        self.act(closing.close, self.chain.sorter, outcome="solved")

    def redirect(self) -> None:
        self.act(routing.redirect, self.chain.sorter, addressee="Прокуратура района", applicant_told=True)

    def dismiss(self) -> None:
        ground = routing.grounds_for(Message.objects.get(pk=self.message.pk))[0]["code"]
        self.act(routing.dismiss, self.chain.sorter, ground=ground)

    def merge(self) -> None:
        """Merge the case under another of its source that its block already has."""
        self.act(merging.merge, self.chain.sorter, leading_id=self.leading().pk)

    def leading(self) -> Message:
        """Another case of the same source, handed over to the same block."""
        scene = Scene(self.cast, self.chain, self.cast.message(self.chain.source, text="Улица Ленина без света."), self.now)
        scene.assign()
        return scene.message


# The shortest way to each state, in steps of ``Scene``.
WAYS = {
    "received": "",
    "assigned": "assign",
    "drafting": "assign draft",
    "block_approval": "assign draft submit",
    "head_approval": "assign draft submit agree",
    "approved": "assign draft submit agree approve",
    "answered": "assign draft submit agree approve send",
    "closed": "assign draft submit agree approve send close",
    "redirected": "redirect",
    "dismissed": "dismiss",
    "merged": "assign merge",
}


def bring(cast: Cast, chain: Chain, state: str, **values: Any) -> Scene:
    """A new case of the chain in the state; a chain without the head has no ``head_approval``."""
    scene = Scene(cast, chain, cast.message(chain.source, **values))
    for step in WAYS[state].split():
        getattr(scene, step)()
    scene.message = Message.objects.select_related("center", "source").get(pk=scene.message.pk)
    if scene.message.state != state:
        raise AssertionError(f"{chain.source}: {scene.message.state}, not {state}")
    return scene


def values_for(name: str, scene: Scene) -> dict[str, Any]:
    """What a step needs to be complete, so that only the person and the state decide."""
    if name == "merge":  # made only when it is asked for: it is a case more
        return {"leading_id": scene.leading().pk}
    values: dict[str, dict[str, Any]] = {
        "assign": {"block_id": scene.cast.block(scene.chain.block).pk},
        "decline": {"reason": "Это не наш вопрос."},
        "agree": {"version": 1, "completeness": 2},
        "return": {"comment": "Назовите срок работ."},
        "approve": {"version": 1},
        "send": {"posted_at": None, "url": "https://vk.com/wall-1_1"},
        "close": {"outcome": "solved"},
        "redirect": {"addressee": "Прокуратура района", "applicant_told": True},
        "dismiss": {"ground": routing.grounds_for(scene.message)[0]["code"]},
        "reopen": {"reason": "Фонари снова не горят."},
        "recall": {"reason": "Забыли назвать срок."},
        "interim": {
            "text": "Фонари заказаны.",
            "promised_on": (scene.now + timedelta(days=5)).date(),
            "delivery": "личным сообщением",
        },
        "ask": {"text": "У какого дома не горит фонарь?", "delivery": "личным сообщением"},
        "hear": {"text": "У дома 5."},
        "extend": {"days": 20, "reason": "Запрошена сетевая организация.", "applicant_told": True},
    }
    return values.get(name, {})


def asked_before(scene: Scene) -> Question:
    """A question to the applicant that waits for its answer, whatever became of the case since; it is read anew."""
    handed = Message.objects.filter(pk=scene.message.pk, handed_over_at=None)
    handed.update(handed_over_at=scene.now)
    question = Question.objects.create(
        message=scene.message,
        text="У какого дома?",
        asked_at=scene.now,
        until=scene.now + timedelta(days=10),
        author=scene.cast.people[scene.chain.responsible],
        recorded_at=scene.now,
        delivery="личным сообщением",
    )
    scene.message = Message.objects.select_related("center", "source").get(pk=scene.message.pk)
    return question


SERVICES: dict[str, Callable[..., Any]] = {
    "assign": routing.assign,
    "decline": routing.decline,
    "start": reply.start,
    "submit": reply.submit,
    "agree": approval.agree,
    "return": approval.return_,
    "approve": approval.approve,
    "send": reply.send,
    "close": closing.close,
    "recall": progress.recall,
    "interim": progress.interim,
    "ask": questions.ask,
    "hear": questions.hear,
    "extend": progress.extend,
    "take_back": routing.take_back,
    "merge": merging.merge,
    "split": merging.split,
    "redirect": routing.redirect,
    "dismiss": routing.dismiss,
    "reopen": closing.reopen,
}


def make(name: str, scene: Scene, actor: Actor) -> None:
    """Make a step through its service, a minute after the last one of the scene."""
    SERVICES[name](message_id=scene.message.pk, actor=actor, now=scene.now + MINUTE, **values_for(name, scene))
