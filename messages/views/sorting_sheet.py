"""What the sorting desk shows of one case: the letter, likely repeats, suggestions, the form of the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from blocks.access import CenterRequest
from mcu.clock import utc_now
from mcu.keyset import cursor_before
from messages import forms, policies
from messages.forms.sorting import HandOverForm
from messages.masking import mask_for
from messages.models import AutoMove, Message, Regime
from messages.selectors.case import Lists
from messages.selectors.guess import guess
from messages.selectors.orders import NEAREST_TERM
from messages.selectors.similar import Similar, similar
from messages.selectors.sorting import Choices, Waiting, choices_of
from messages.selectors.suggestions import suggestions
from messages.workflow import TRANSITIONS

SHOWN: Final = 5
# By place on the keyboard: the row of digits and the keys at its ends. What is over is chosen by mouse or Tab.
BLOCK_KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-", "=", "Ё")
SIDE_FORMS: Final[dict[str, type[forms.StepForm]]] = {
    "redirect": forms.RedirectForm,
    "dismiss": forms.DismissForm,
    "merge": forms.MergeForm,
}
SIDE_KEYS: Final = {"redirect": "R", "dismiss": "D", "merge": "M"}
KEYS: Final = (
    (("1", "2", "3"), "взять подсказку"),
    (("Alt",), "с цифрой — выбрать блок по номеру в списке"),
    (("T", "P"), "к теме, к получателю: набирайте часть названия"),
    (("F",), "фаст-трек"),
    (("Enter",), "передать в блок, откроется следующее"),
    (("J", "K"), "следующее, предыдущее без решения"),
    (("R",), "переадресовать"),
    (("D",), "оставить без ответа"),
    (("M",), "объединить с вероятным повтором"),
    (("Z",), "взять назад последнее решение"),
    (("N",), "внести сообщение: звонок, приём, бумага"),
)


@dataclass(frozen=True, slots=True)
class Failed:
    """The step whose form comes back with its errors."""

    step: str
    form: forms.StepForm


def sheet(request: CenterRequest, message: Message, row: Waiting, *, failed: Failed | None = None) -> dict[str, Any]:
    """Three queries: the lists, the like cases, which lesson counts. ``message`` is one of ``selectors.sorting.find``."""
    now, actor = utc_now(), request.actor
    message.center = request.center
    choices = choices_of(message, request.center, now)
    hits = similar(message=message, actor=actor, now=now)
    repeats = [hit for hit in hits if hit.repeat]
    suggested = suggestions(message=message, hits=hits, choices=choices, guesses=guess(message))
    allowed = policies.allowed(actor, message)
    hand_over = failed.form if failed and failed.step == "assign" else HandOverForm(message=message, choices=choices)
    declined: dict[str, Any] | None = vars(message)["declined"]
    leading = next((hit.leading for hit in repeats if "merge" in allowed and _may_lead(hit, message)), "")
    return {
        "case": message,
        "row": row,
        "case_place": cursor_before(message, NEAREST_TERM),
        "letter": {
            "text": mask_for(actor, message, message.text),
            "address": mask_for(actor, message, message.address),
        },
        "letter_note": vars(message)["letter_note"] or "",
        "declined": declined and _declined(declined, choices),
        "by_rule": declined and _by_rule(message, choices),
        "hand_over": hand_over,
        "blocks": _blocks(choices, hand_over),
        "suggestions": [(str(place), suggestion) for place, suggestion in enumerate(suggested, start=1)],
        "repeat": next(iter(repeats), None),
        "leading": leading,
        "similar": [hit for hit in hits if hit not in repeats[:1]][:SHOWN],
        "side_steps": [_side(name, message, failed, leading) for name in SIDE_FORMS if name in allowed],
    }


def _side(name: str, message: Message, failed: Failed | None, leading: str) -> dict[str, Any]:
    """A step in place, with its fields. Its key is the repeat's where there is one to merge with at once."""
    key = "" if name == "merge" and leading else SIDE_KEYS[name]
    mine = failed is not None and failed.step == name
    form = failed.form if failed and mine else SIDE_FORMS[name](message=message, lists=Lists(), prefix_id=f"{name}_")
    return {"name": name, "label": TRANSITIONS[name].label, "key": key, "form": form, "opened": mine}


def _blocks(choices: Choices, form: forms.StepForm) -> list[dict[str, Any]]:
    chosen = str(form["block"].value() or "")
    keys = [*BLOCK_KEYS, *("" for _ in choices.block[len(BLOCK_KEYS) :])]
    return [
        {"pk": row.pk, "name": row.name, "key": key, "chosen": str(row.pk) == chosen}
        for row, key in zip(choices.block, keys, strict=False)
    ]


def _declined(declined: dict[str, Any], choices: Choices) -> dict[str, str]:
    """Which block gave the case back, and why."""
    names = {row.pk: row.name for row in choices.block}
    return {"block": names.get(declined["block"], ""), "words": declined["words"] or ""}


def _by_rule(message: Message, choices: Choices) -> dict[str, str] | None:
    """What an auto-rule had done with the case that came back: its name, and where to. One query."""
    move = AutoMove.objects.filter(message=message).select_related("rule", "event").order_by("-pk").first()
    if move is None:
        return None
    names = {row.pk: row.name for row in choices.block}
    return {"name": move.rule.name, "block": names.get(move.event.data.get("block", 0), "")}


def _may_lead(hit: Similar, message: Message) -> bool:
    """The service judges it once more; an appeal is never merged under a message (решение раздела 0)."""
    return hit.is_open and (message.regime != Regime.APPEAL or hit.regime == Regime.APPEAL)
