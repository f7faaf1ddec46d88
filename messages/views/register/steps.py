"""What each step for many cases asks for: small forms that say it once for all of them."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms

from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu.clock import utc_now
from mcu.widgets import LongSelect
from messages.models import BulkRun
from messages.selectors.case import Lists, lists_of
from messages.services.tags import LENGTH

Do = BulkRun.Do


class BulkForm(forms.Form):
    """The fields of one step; ``values`` are the keyword arguments of its service."""

    button: ClassVar[str]

    def __init__(self, data: Any = None, *, center: Center) -> None:
        super().__init__(data, auto_id="bulk_%s", use_required_attribute=False)
        self.prepare(center)

    def prepare(self, center: Center) -> None:
        """Fill the choices."""

    def values(self) -> dict[str, Any]:
        return {f"{name}_id": int(value) if value else None for name, value in self.cleaned_data.items()}

    def _offer(self, name: str, choices: list[Any], empty: str = "—") -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", empty), *choices]


class AssignManyForm(BulkForm):
    button = "Передать в блок"
    block = forms.ChoiceField(
        label="Отраслевой блок", widget=LongSelect, error_messages={"required": "Выберите блок из списка."}
    )
    topic = forms.ChoiceField(label="Тема", required=False, widget=LongSelect)
    recipient = forms.ChoiceField(label="Получатель", required=False, widget=LongSelect)

    def prepare(self, center: Center) -> None:
        lists: Lists = lists_of(center)
        self._offer("block", list(lists.blocks))
        self._offer("topic", list(lists.topics_by_block), "у каждого своя")
        self._offer("recipient", list(lists.recipients), "не назначать")


class ResponsibleManyForm(BulkForm):
    button = "Назначить ответственного"
    responsible = forms.ChoiceField(
        label="Ответственный",
        widget=LongSelect,
        error_messages={"required": "Выберите человека из списка."},
        help_text="Сообщения останутся в своих блоках. Там, где человек за блок не отвечает, ничего не изменится.",
    )

    def prepare(self, center: Center) -> None:
        blocks = dict(lists_of(center).blocks)
        people: dict[int, tuple[str, list[str]]] = {}
        for post in roster_of(center, utc_now()).posts:
            if post.grant.role == Role.BLOCK_RESPONSIBLE:
                _, whose = people.setdefault(post.user_id, (post.name, []))
                whose.append(blocks.get(post.grant.block_id or 0, ""))
        words = [(pk, ", ".join([name, *filter(None, dict.fromkeys(whose))])) for pk, (name, whose) in people.items()]
        self._offer("responsible", sorted(words, key=lambda pair: pair[1]))


class RecipientManyForm(BulkForm):
    button = "Назначить получателя"
    recipient = forms.ChoiceField(
        label="Получатель", widget=LongSelect, error_messages={"required": "Выберите получателя из списка."}
    )

    def prepare(self, center: Center) -> None:
        self._offer("recipient", list(lists_of(center).recipients))


class TagManyForm(BulkForm):
    button = "Поставить метку"
    name = forms.CharField(
        label="Метка",
        max_length=LENGTH,
        widget=forms.TextInput(attrs={"list": "tag-words", "autocomplete": "off"}),
        error_messages={"required": "Напишите метку."},
    )

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class UntagManyForm(TagManyForm):
    button = "Снять метку"


FORMS: Final[dict[str, type[BulkForm]]] = {
    Do.ASSIGN: AssignManyForm,
    Do.RESPONSIBLE: ResponsibleManyForm,
    Do.RECIPIENT: RecipientManyForm,
    Do.TAG: TagManyForm,
    Do.UNTAG: UntagManyForm,
}
