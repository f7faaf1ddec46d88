"""The steps as a page offers them: which form, which service, which comes first — for the buttons this person may press."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from blocks.actors import Actor
from mcu.clock import utc_now
from messages import forms, policies
from messages.models import Message, Reply
from messages.selectors.case import Lists
from messages.services import approval, closing, merging, progress, questions, reply, routing
from messages.workflow import AGREE, APPROVE, TRANSITIONS, State

Service = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Step:
    """How a page makes one transition."""

    service: Service
    form: type[forms.StepForm] | None = None
    with_draft: bool = False  # sends the editor's text along
    flash: str = ""


STEPS: Final[Mapping[str, Step]] = {
    "assign": Step(routing.assign, forms.AssignForm, flash="передано в блок"),
    "decline": Step(routing.decline, forms.DeclineForm, flash="возвращено на разбор"),
    "start": Step(reply.start, with_draft=True, flash="взято в работу"),
    "submit": Step(reply.submit, with_draft=True, flash="ответ передан на согласование"),
    "agree": Step(approval.agree, forms.AgreeForm, flash="ответ согласован"),
    "return": Step(approval.return_, forms.ReturnForm, flash="ответ возвращён на доработку"),
    "approve": Step(approval.approve, forms.ApproveForm, flash="ответ утверждён"),
    "send": Step(reply.send, forms.SendForm, flash="отправка отмечена"),
    "close": Step(closing.close, forms.CloseForm, flash="дело закрыто"),
    "recall": Step(progress.recall, forms.RecallForm, flash="ответ отозван на доработку"),
    "interim": Step(progress.interim, forms.InterimForm, flash="промежуточный ответ отмечен"),
    "ask": Step(questions.ask, forms.AskForm, flash="вопрос заявителю отмечен"),
    "hear": Step(questions.hear, forms.HearForm, flash="ответ заявителя внесён"),
    "extend": Step(progress.extend, forms.ExtendForm, flash="срок продлён"),
    "take_back": Step(routing.take_back, forms.TakeBackForm, flash="взято назад, снова на разборе"),
    "merge": Step(merging.merge, forms.MergeForm, flash="объединено"),
    "split": Step(merging.split, forms.SplitForm, flash="разъединено"),
    "redirect": Step(routing.redirect, forms.RedirectForm, flash="переадресовано"),
    "dismiss": Step(routing.dismiss, forms.DismissForm, flash="оставлено без ответа"),
    "reopen": Step(closing.reopen, forms.ReopenForm, flash="работа возобновлена"),
}

# The expected next step of each state: the one filled button.
EXPECTED: Final = {
    State.RECEIVED: "assign",
    State.ASSIGNED: "start",
    State.DRAFTING: "submit",
    State.BLOCK_APPROVAL: "agree",
    State.HEAD_APPROVAL: "approve",
    State.APPROVED: "send",
    State.ANSWERED: "close",
}
RARE: Final = frozenset({"redirect", "dismiss", "reopen", "recall", "interim", "ask", "extend", "merge"})


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the action bar, with its form where the step asks for something."""

    name: str
    label: str
    url: str
    form: forms.StepForm | None
    primary: bool
    rare: bool
    with_draft: bool
    opened: bool
    why: str = ""
    refused: bool = False  # shown with ``why`` instead of the button


def actions_for(
    *,
    actor: Actor,
    message: Message,
    lists: Lists,
    latest: Reply | None,
    failed: tuple[str, forms.StepForm] | None = None,
    prefix_id: str = "",
    only: Iterable[str] | None = None,
    then: str = "",
) -> list[Action]:
    """The steps this person may make now. ``failed`` is the step whose form comes back with its errors."""
    found = []
    for name in policies.allowed(actor, message):
        if only is not None and name not in only:
            continue
        if name == "take_back" and message.state != State.ASSIGNED:
            continue  # what has left the Center is taken back at the sorting desk alone, while it is fresh
        if name == "ask" and message.question_until is not None and message.question_until >= utc_now():
            continue  # one question at a time
        step = STEPS[name]
        expected = EXPECTED.get(State(message.state)) == name
        form = None
        if failed and failed[0] == name:
            form = failed[1]
        elif step.form:
            form = step.form(message=message, lists=lists, prefix_id=f"{prefix_id}{name}_")
            if latest and "version" in form.fields:
                form.initial["version"] = latest.version
        combining = None
        if latest is not None and name in (AGREE.name, APPROVE.name):
            combining = approval.combining_of(message, latest, actor, policies.may(actor, name, message).grant)
        found.append(
            Action(
                name=name,
                label=label_of(name, message),
                url=reverse("messages:step", args=[message.center.slug, message.number, name]) + then,
                form=form,
                primary=expected,
                rare=(name in RARE and not expected) or (name == "assign" and message.state != State.RECEIVED),
                with_draft=step.with_draft,
                opened=bool(failed and failed[0] == name),
                why=combining.words if combining else "",
                refused=bool(combining and combining.forbidden),
            )
        )
    return sorted(found, key=lambda action: not action.primary)


def label_of(name: str, message: Message) -> str:
    """The button's verb; a second hand-over says that it is to another block."""
    if name == "assign" and message.block_id:
        return "Передать в другой блок"
    return TRANSITIONS[name].label
