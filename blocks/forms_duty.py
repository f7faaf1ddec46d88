"""The form of a duty: who, over what, from which moment to which."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms

from blocks.actors import Actor
from blocks.forms import Day, Groups, RowChoice, ServiceForm
from blocks.forms_notices import Clock
from blocks.models import Block, Center, Source
from blocks.policies import DUTY_WRITERS
from blocks.roles import Role
from blocks.selectors.composition import people_of
from blocks.services.duty import Duty


class DutyForm(ServiceForm):
    """A block's curator chooses among his blocks; whoever leads the Center may leave it whole."""

    groups_of_fields: ClassVar[Groups] = (
        ("", ("user", "block", "source")),
        ("Начало", ("since_day", "since_at")),
        ("Конец", ("until_day", "until_at")),
    )

    user = forms.ChoiceField(label="Кто дежурит")
    block = RowChoice(Block.objects.none(), label="Блок", required=False, empty_label="Весь Центр")
    source = RowChoice(
        Source.objects.none(),
        label="Источник сообщений",
        required=False,
        empty_label="Все источники",
        help_text="Если дежурство только по одному источнику. Вместе с блоком не выбирается.",
    )
    since_day = Day(label="День")
    since_at = Clock(label="Время", initial=time(18))
    until_day = Day(label="День")
    until_at = Clock(label="Время", initial=time(9), help_text="По времени Центра.")

    def __init__(self, *args: Any, center: Center, actor: Actor, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.center = center
        self.people = {str(user.pk): user for user in people_of(center) if user.is_active}
        self._offer("user", [("", "Выберите человека"), *((pk, user.full_name) for pk, user in self.people.items())])
        blocks = Block.objects.filter(center=center, closed_at__isnull=True)
        if actor.has(*DUTY_WRITERS):
            self._rows("source", Source.objects.filter(center=center, closed_at__isnull=True))
        else:
            blocks = blocks.filter(pk__in=[grant.block_id for grant in actor.grants_of(Role.BLOCK_CURATOR)])
            del self.fields["source"]
            self.fields["block"].required = True
        self._rows("block", blocks)
        today = now.astimezone(center.tz).date()
        self.fields["since_day"].initial, self.fields["until_day"].initial = today, today + timedelta(days=1)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.groups_of_fields]

    def duty(self) -> Duty:
        """What was typed, as the service takes it; days and times are the Center's."""
        given, tz = self.cleaned_data, self.center.tz
        return Duty(
            user=self.people[given["user"]],
            since=datetime.combine(given["since_day"], given["since_at"], tz),
            until=datetime.combine(given["until_day"], given["until_at"], tz),
            block=given["block"],
            source=given.get("source"),
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _rows(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        if isinstance(field, RowChoice):
            field.queryset = rows
