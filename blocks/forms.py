"""Forms of the composition and of one-time links: what is asked, in whose words; rules live in the services."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms

from blocks.models import Block, Center, Membership, Recipient, Settlement, Source
from blocks.roles import Role
from blocks.selectors.absence import Absence
from blocks.selectors.composition import people_of
from blocks.selectors.titles import titles_of
from blocks.services.accounts import WRONG_EMAIL, NewPerson
from blocks.services.roster import Appointment
from blocks.services.substitutions import Loan
from mcu.errors import Invalid
from mcu.models import User

if TYPE_CHECKING:
    ModelChoice = forms.ModelChoiceField[Any]
else:
    ModelChoice = forms.ModelChoiceField

Group = tuple[str, list[forms.BoundField]]
Groups = tuple[tuple[str, tuple[str, ...]], ...]
MISSING: Final = "Заполните это поле."
DAY: Final = "Укажите день в виде 31.12.2026."


class Day(forms.DateField):
    """A local day of the Center; the browser's own calendar fills it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": MISSING, "invalid": DAY},
            **options,
        )


class RowChoice(ModelChoice):
    """A row of the charter by its short name."""

    def label_from_instance(self, row: Any) -> str:
        return getattr(row, "short", "") or str(row.name)


class ServiceForm(forms.Form):
    """A form that shows a service's refusal beside the fields it names and keeps what was typed."""

    groups_of_fields: ClassVar[Groups] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = MISSING

    def refuse(self, problem: Invalid) -> None:
        """Put the words of the refusal where they belong."""
        for name, words in problem.fields.items():
            self.add_error(name if name in self.fields else None, words)
        if not problem.fields:
            self.add_error(None, problem.message)

    def groups(self) -> list[Group]:
        """Fields under their headings, in the order they are asked."""
        if not self.groups_of_fields:
            return [("", self.visible_fields())]
        return [(title, [self[name] for name in names]) for title, names in self.groups_of_fields]


class AppointmentForm(ServiceForm):
    """A role in the Center with its bounds, post and days."""

    groups_of_fields: ClassVar[Groups] = (
        ("Роль", ("role", "post")),
        ("Что охватывает", ("block", "recipient", "source", "settlement")),
        ("Срок", ("since", "until", "by_agreement", "agreed_on")),
    )

    role = forms.ChoiceField(label="Роль в Центре")
    post = forms.CharField(label="Должность", max_length=400, help_text="Как в распоряжении о составе.")
    block = RowChoice(
        Block.objects.none(),
        label="Блок",
        required=False,
        help_text="Для куратора блока и ответственного за блок.",
    )
    recipient = RowChoice(
        Recipient.objects.none(),
        label="Ответственный получатель",
        required=False,
        help_text="Если человек отвечает только за него.",
    )
    source = RowChoice(
        Source.objects.none(),
        label="Источник сообщений",
        required=False,
        help_text="Для куратора источника и официальных аккаунтов.",
    )
    settlement = RowChoice(
        Settlement.objects.none(),
        label="Населённый пункт",
        required=False,
        help_text="Если роль только для него.",
    )
    since = Day(label="Первый день")
    until = Day(label="Последний день", required=False, help_text="Оставьте пустым, если срок не ограничен.")
    by_agreement = forms.BooleanField(label="По согласованию", required=False)
    agreed_on = Day(label="Дата согласия", required=False)

    def __init__(self, *args: Any, center: Center, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = titles_of(center)
        self._choices("role", [("", "Выберите роль"), *((role.value, titles.name_of_role(role)) for role in Role)])
        for name, model in (("block", Block), ("recipient", Recipient), ("source", Source), ("settlement", Settlement)):
            field = self.fields[name]
            if isinstance(field, RowChoice):
                field.queryset = model.objects.filter(center=center, closed_at__isnull=True)
                field.empty_label = "Не ограничено"
        self.fields["since"].initial = today

    def appointment(self) -> Appointment:
        """What was typed, as the service takes it."""
        given = self.cleaned_data
        return Appointment(
            role=Role(given["role"]),
            post=given["post"],
            block=given["block"],
            source=given["source"],
            recipient=given["recipient"],
            settlement=given["settlement"],
            by_agreement=given["by_agreement"],
            agreed_on=given["agreed_on"],
            since=given["since"],
            until=given["until"],
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class InviteForm(AppointmentForm):
    """A new person with the first role."""

    groups_of_fields: ClassVar[Groups] = (
        ("Человек", ("full_name", "username", "email", "phone")),
        *AppointmentForm.groups_of_fields,
    )

    full_name = forms.CharField(label="Фамилия, имя, отчество", max_length=200)
    username = forms.CharField(
        label="Логин", max_length=150, help_text="Буквы, цифры и знаки . _ - без пробелов, например ivanova.ap"
    )
    email = forms.EmailField(
        label="Служебная почта",
        required=False,
        help_text="Для уведомлений и входа.",
        error_messages={"invalid": WRONG_EMAIL},
    )
    phone = forms.CharField(label="Служебный телефон", max_length=40, required=False)

    def person(self) -> NewPerson:
        """Who is invited."""
        given = self.cleaned_data
        return NewPerson(given["username"], given["full_name"], given["email"], given["phone"])


class AddRoleForm(AppointmentForm):
    """One more role for somebody who has an account: chosen from the Center's people, or named by login."""

    groups_of_fields: ClassVar[Groups] = (("Человек", ("person", "username")), *AppointmentForm.groups_of_fields)

    person = forms.ChoiceField(label="Кому", required=False)
    username = forms.CharField(
        label="Логин",
        max_length=150,
        required=False,
        help_text="Если человек работает в другом Центре и здесь его ещё нет в списке.",
    )

    def __init__(self, *args: Any, center: Center, today: date, **kwargs: Any) -> None:
        super().__init__(*args, center=center, today=today, **kwargs)
        self.people = {str(user.pk): user for user in people_of(center) if user.is_active}
        self._choices("person", [("", "Выберите человека"), *((pk, user.full_name) for pk, user in self.people.items())])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("person") and not given.get("username"):
            self.add_error("person", "Выберите человека или назовите его логин.")
        return given

    def user(self) -> User:
        """Whom the role is for. Raises Invalid if there is no such login."""
        if chosen := self.people.get(self.cleaned_data["person"]):
            return chosen
        found = User.objects.filter(username__iexact=self.cleaned_data["username"].strip()).first()
        if found is None:
            raise Invalid("Роль не добавлена.", {"username": "Такого логина нет; нового человека пригласите."})
        return found


class EndForm(ServiceForm):
    """When a role or a substitution ends."""

    NOW: Final = "now"
    LATER: Final = "later"

    when = forms.ChoiceField(
        label="Когда завершить",
        choices=[(LATER, "После последнего дня"), (NOW, "Сейчас: права прекращаются сразу")],
        widget=forms.RadioSelect,
        initial=LATER,
    )
    last_day = Day(label="Последний день", required=False, help_text="Этот день ещё входит в срок.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("when") == self.LATER and not given.get("last_day") and "last_day" not in self.errors:
            self.add_error("last_day", MISSING)
        return given

    def last(self) -> date | None:
        """The last day, or None for «at once»."""
        day: date | None = self.cleaned_data["last_day"]
        return day if self.cleaned_data["when"] == self.LATER else None


class SubstituteForm(ServiceForm):
    """Who takes over a role and when."""

    substitute = forms.ChoiceField(label="Кто замещает")
    since = Day(label="Первый день")
    until = Day(label="Последний день", help_text="Оба дня входят в срок.")
    reason = forms.CharField(label="Причина", max_length=200, required=False, help_text="Например: отпуск.")

    def __init__(self, *args: Any, membership: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [user for user in people_of(membership.center) if user.is_active and user.pk != membership.user_id]
        self.people = {str(user.pk): user for user in people}
        field = self.fields["substitute"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Выберите человека"), *((pk, user.full_name) for pk, user in self.people.items())]
        self.fields["since"].initial = max(today, membership.since)

    def loan(self) -> Loan:
        """What was typed, as the service takes it."""
        given = self.cleaned_data
        return Loan(self.people[given["substitute"]], given["since"], given["until"], given["reason"])


class AbsenceForm(ServiceForm):
    """The own roles to lend, to whom, for which days."""

    membership = forms.MultipleChoiceField(label="В каких ролях", widget=forms.CheckboxSelectMultiple)
    substitute = forms.ChoiceField(label="Кто замещает")
    since = Day(label="Первый день")
    until = Day(label="Последний день", help_text="Оба дня входят в срок.")
    reason = forms.CharField(label="Причина", max_length=200, required=False, help_text="Например: отпуск.")

    def __init__(self, *args: Any, absence: Absence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for _, people in absence.candidates for user in people}
        groups = [(group, [(str(user.pk), user.full_name) for user in people]) for group, people in absence.candidates]
        mine = [(str(role.pk), " · ".join(filter(None, (role.title, role.bounds)))) for role in absence.roles]
        for name, choices in (("membership", mine), ("substitute", [("", "Выберите человека"), *groups])):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        self.fields["membership"].initial = [value for value, _ in mine]
        self.fields["membership"].error_messages["required"] = "Отметьте хотя бы одну роль."
        self.fields["since"].initial = absence.today

    def roles(self) -> list[int]:
        """The roles that were ticked."""
        return [int(value) for value in self.cleaned_data["membership"]]

    def loan(self) -> Loan:
        """What was typed, as the service takes it."""
        given = self.cleaned_data
        return Loan(self.people[given["substitute"]], given["since"], given["until"], given["reason"])


class NewLinkForm(ServiceForm):
    """A new sign-in link; the second step may be forgotten too, when the phone is lost."""

    clear_second_factor = forms.BooleanField(
        label="Сбросить второй шаг входа",
        required=False,
        help_text="Если потерян телефон с приложением и запасные коды.",
    )


class PasswordForm(ServiceForm):
    """A password typed twice."""

    password = forms.CharField(
        label="Пароль",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Не короче 10 знаков, не из одних цифр и не похожий на логин или фамилию.",
    )
    repeat = forms.CharField(
        label="Пароль ещё раз", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if "password" in given and "repeat" in given and given["password"] != given["repeat"]:
            self.add_error("repeat", "Пароли не совпали: наберите их заново.")
        return given


class FirstAccountForm(PasswordForm):
    """The first person of an installation."""

    groups_of_fields: ClassVar[Groups] = (("", ("full_name", "username", "email", "password", "repeat")),)

    full_name = forms.CharField(label="Фамилия, имя, отчество", max_length=200)
    username = forms.CharField(
        label="Логин",
        max_length=150,
        help_text="Буквы, цифры и знаки . _ - без пробелов.",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    email = forms.EmailField(label="Служебная почта", required=False)

    def person(self) -> NewPerson:
        """Who it is."""
        given = self.cleaned_data
        return NewPerson(given["username"], given["full_name"], given["email"])
