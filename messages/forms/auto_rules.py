"""The form of an auto-rule: lists to tick, words line by line, where to, and the marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.widgets import LongSelect
from messages.forms.steps import EMPTY, Lines
from messages.models import LEAST_CONFIDENCE, AutoRule
from messages.selectors.auto_rule_names import Names
from messages.services.auto_rule_values import LISTS, LONGEST_NAME, LONGEST_SENDER, AutoRuleValues

USUAL_CONFIDENCE: Final = 90
TO_BLOCK, BY_HINT, NOWHERE = "block", "hint", "nowhere"


class ManyChecks(forms.CheckboxSelectMultiple):
    """Boxes of a long list, written at once: Django draws each by two templates. A row may say whose it is."""

    def __init__(self, of: Mapping[int, str] | None = None) -> None:
        super().__init__()
        self.of = of or {}

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = {str(one) for one in value or ()}
        prefix = (attrs or {}).get("id", f"id_{name}")
        return format_html_join("", "{}", self._lines(name, prefix, chosen))

    def _lines(self, name: str, prefix: str, chosen: set[str]) -> Iterator[tuple[SafeString]]:
        for place, (value, label) in enumerate(self.choices):
            mark = SafeString(" checked") if str(value) in chosen else ""
            of = format_html(" <small>{}</small>", words) if (words := self.of.get(int(value))) else ""
            line = '<li class="choice"><input type="checkbox" name="{0}" value="{1}" id="{2}_{3}"{4}>'
            yield (format_html(line + '<label for="{2}_{3}">{5}{6}</label></li>', name, value, prefix, place, mark, label, of),)


class BlockSelect(LongSelect):
    """A list whose lines say of which blocks they are, for the script that narrows them to the chosen block."""

    def __init__(self, blocks: Mapping[int, Iterable[int]]) -> None:
        super().__init__()
        self.blocks = blocks

    def _lines(self, chosen: set[str]) -> Iterator[tuple[SafeString]]:
        for value, label in self.choices:
            ids = " ".join(map(str, sorted(self.blocks.get(int(value), ())))) if value else ""
            mark = SafeString(" selected") if str(value) in chosen else ""
            yield (format_html('<option value="{}" data-blocks="{}"{}>{}</option>', value, ids, mark, label),)


class AutoRuleForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label="Название",
        max_length=LONGEST_NAME,
        help_text="Так правило будет подписано в истории дел, например «Уличное освещение — Горсвет».",
        error_messages={"required": "Назовите правило: так оно будет подписано в делах."},
    )
    sources = forms.MultipleChoiceField(label="Источники", required=False)
    topics = forms.MultipleChoiceField(label="Темы", required=False)
    settlements = forms.MultipleChoiceField(label="Населённые пункты", required=False)
    words = forms.CharField(
        label="В тексте есть слова",
        required=False,
        max_length=20_000,
        widget=Lines(4),
        help_text="По одному слову или выражению на строке, хватит любого. Формы слов учитываются сами: «яма» найдёт «ямы» и "
        "«ямой». В кавычках — точно так, как написано.",
    )
    without_words = forms.CharField(
        label="И нет слов",
        required=False,
        max_length=20_000,
        widget=Lines(2),
        help_text="Если встретится любое, правило молчит.",
    )
    sender = forms.CharField(
        label="Отправитель содержит",
        required=False,
        max_length=LONGEST_SENDER,
        help_text="Часть имени, почты или ссылки на сообщение.",
    )
    way = forms.ChoiceField(
        label="Куда передать",
        widget=forms.RadioSelect,
        choices=(
            (TO_BLOCK, "в блок, названный ниже"),
            (BY_HINT, "в блок и получателю по подсказке, если она уверена"),
            (NOWHERE, "никуда: только отметить, дальше решат следующие правила и люди"),
        ),
        error_messages={"required": "Скажите, куда передать."},
    )
    block = forms.ChoiceField(label="Отраслевой блок", required=False, widget=LongSelect)
    recipient = forms.ChoiceField(label="Ответственный получатель", required=False)
    responsible = forms.ChoiceField(label="Ответственный", required=False)
    confidence = forms.IntegerField(
        label="Уверенность подсказки, не ниже",
        required=False,
        min_value=LEAST_CONFIDENCE,
        max_value=100,
        help_text=f"В процентах, от {LEAST_CONFIDENCE} до 100.",
        error_messages={"invalid": f"Целое число процентов, от {LEAST_CONFIDENCE} до 100."},
    )
    fast_track = forms.BooleanField(label="Фаст-трек", required=False)
    tag = forms.CharField(label="Поставить метку", required=False, max_length=60)

    def __init__(
        self,
        data: Any = None,
        *,
        names: Names,
        blocks_of: Mapping[int, set[int]],
        rule: AutoRule | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(rule))
        heads = {pk: known.name for pk, known in names.rows["block"].items()}
        for field, kind in LISTS.items():
            had = set(getattr(rule, field)) if rule else set()
            rows = [(pk, row) for pk, row in names.rows[kind].items() if row.is_open or pk in had]
            rows.sort(key=lambda one: one[0] not in had)  # what is chosen stands in sight
            of = {pk: heads.get(row.block_id or 0, "") if row.is_open else "закрыто" for pk, row in rows}
            self._fill(field, ManyChecks(of), [(pk, row.name) for pk, row in rows])
        people = names.responsibles()
        self._fill("block", LongSelect(), [EMPTY, *names.choices("block")])
        self._fill("recipient", BlockSelect(blocks_of), [EMPTY, *names.choices("recipient")])
        by_name = sorted((name, pk) for pk, (name, _) in people.items())
        who = BlockSelect({pk: blocks for pk, (_, blocks) in people.items()})
        self._fill("responsible", who, [EMPTY, *((pk, name) for name, pk in by_name)])
        for name in ("block", "recipient", "responsible", "confidence"):  # what of them is needed, the way to the block says
            vars(self.fields[name])["either"] = True

    def _fill(self, name: str, widget: forms.Widget, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.widget = widget
            field.choices = choices

    def picks(self) -> list[tuple[forms.BoundField, int]]:
        """The lists to tick, each with how many are chosen."""
        return [(self[name], len(self[name].value() or ())) for name in LISTS]

    def values(self) -> AutoRuleValues:
        """What was typed; of the ways to a block only the chosen one counts."""
        data = self.cleaned_data
        to_block = data["way"] == TO_BLOCK
        return AutoRuleValues(
            name=data["name"],
            sources=tuple(map(int, data["sources"])),
            topics=tuple(map(int, data["topics"])),
            settlements=tuple(map(int, data["settlements"])),
            words=tuple(data["words"].splitlines()),
            without_words=tuple(data["without_words"].splitlines()),
            sender=data["sender"],
            confidence=data["confidence"] or USUAL_CONFIDENCE if data["way"] == BY_HINT else None,
            block_id=_number(data["block"]) if to_block else None,
            recipient_id=_number(data["recipient"]) if to_block else None,
            responsible_id=_number(data["responsible"]) if to_block else None,
            fast_track=data["fast_track"],
            tag=data["tag"],
        )

    def clean(self) -> None:
        data = self.cleaned_data
        if data.get("way") == TO_BLOCK and not data.get("block") and "block" not in self.errors:
            self.add_error("block", "Выберите блок из списка.")


def _initial(rule: AutoRule | None) -> dict[str, Any]:
    if rule is None:
        return {"way": TO_BLOCK, "confidence": USUAL_CONFIDENCE}
    return {
        "version": rule.version,
        "name": rule.name,
        **{field: getattr(rule, field) for field in LISTS},
        "words": "\n".join(rule.words),
        "without_words": "\n".join(rule.without_words),
        "sender": rule.sender,
        "way": TO_BLOCK if rule.block_id else BY_HINT if rule.confidence else NOWHERE,
        "block": rule.block_id or "",
        "recipient": rule.recipient_id or "",
        "responsible": rule.responsible_id or "",
        "confidence": rule.confidence or USUAL_CONFIDENCE,
        "fast_track": rule.fast_track,
        "tag": rule.tag.name if rule.tag else "",
    }


def _number(value: str) -> int | None:
    return int(value) if value else None


class TrialForm(forms.Form):
    """Which past messages to try a rule on."""

    size = forms.ChoiceField(
        label="Сообщения",
        choices=(("500", "последние 500"), ("5000", "последние 5 000"), ("period", "за период")),
    )
    since = forms.DateField(
        label="С какого дня", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="По какой день", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):  # asked for with a period alone
            vars(self.fields[name])["either"] = True
