"""The roster (состав) as a file: roles given and ended by the services of the roster, new people invited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Final

from django.db.models import Q, QuerySet

from blocks import policies
from blocks.actors import Actor
from blocks.models import Block, Center, Membership, Recipient, Settlement, Source
from blocks.policies import Verdict
from blocks.roles import Role
from blocks.selectors.standing import left_without, local_day
from blocks.services import accounts, roster
from blocks.services.accounts import NewPerson, digits_of
from blocks.services.lists import work
from blocks.services.lists.columns import Column, Values
from blocks.services.lists.names import Names, rows_of
from blocks.services.lists.work import Done
from blocks.services.roster import Appointment
from mcu.cells import Day, Line, YesNo, fold
from mcu.errors import Invalid
from mcu.models import User

_BOUNDS: Final = ("block", "source", "recipient", "settlement")
_TITLES: Final = {"block": "Блок", "source": "Источник", "recipient": "Получатель", "settlement": "Населённый пункт"}
_NO_HEAD: Final = "в Центре не останется руководителя: дайте эту роль другому"
_ROLES: Final = {fold(str(role.label)): role for role in Role} | {role.value: role for role in Role}


class People:
    """A row is a person in a role within its bounds: known by the login, else by the whole name."""

    code: ClassVar[str] = "people"
    title: ClassVar[str] = "Состав"
    about: ClassVar[str] = "люди Центра, их роли и должности"
    has_log: ClassVar[bool] = False
    columns: ClassVar[Sequence[Column]] = (
        Column("full_name", "ФИО", Line(200), hint="фамилия, имя, отчество", width=36, needed=True),
        Column("username", "Логин", Line(150), hint="по нему человек узнаётся; новому придумайте", width=20),
        Column("email", "Почта", Line(254), hint="нового человека; у прежних не меняется", width=28),
        Column("phone", "Телефон", Line(40), hint="нового человека; у прежних не меняется", width=18),
        Column("role", "Роль", Line(60), hint=", ".join(str(role.label) for role in Role), width=26, needed=True),
        Column("post", "Должность", Line(400), width=44, needed=True),
        Column("block", "Блок", Line(400), hint="для ролей блока: название или код", width=26),
        Column("source", "Источник", Line(400), hint="для куратора источника и аккаунтов", width=22),
        Column("recipient", "Получатель", Line(400), hint="если роль — внутри получателя", width=30),
        Column("settlement", "Населённый пункт", Line(400), hint="если роль — только для него", width=22),
        Column("by_agreement", "По согласованию", YesNo(), hint="да — участвует по согласованию", width=14),
        Column("agreed_on", "Дата согласия", Day(), width=14),
        Column("since", "С", Day(), hint="первый день; пусто — сегодня", width=12),
        Column("until", "По", Day(), hint="последний день; пусто — без срока", width=12),
        Column("ended", "Завершить", YesNo(), hint="да — роль прекращается сразу", width=11),
    )

    def __init__(self, center: Center, actor: Actor, now: datetime) -> None:
        self.center, self.actor, self.now = center, actor, now
        self.today = local_day(center, now)
        self.lines = work.Lines()
        self.lists: dict[str, Names[Any]] = {
            "block": Names(rows_of(Block, center)),
            "source": Names(rows_of(Source, center)),
            "recipient": Names(rows_of(Recipient, center)),
            "settlement": Names(rows_of(Settlement, center)),
        }

    @classmethod
    def may(cls, actor: Actor) -> Verdict:
        """As on the pages of the roster."""
        return policies.may_manage_roster(actor)

    def rows(self) -> list[list[object]]:
        """Roles in force or to come."""
        return [
            [
                row.user.full_name,
                row.user.username,
                row.user.email,
                row.user.phone,
                row.get_role_display(),
                row.post,
                *(getattr(row, bound).name if getattr(row, bound) else "" for bound in _BOUNDS),
                row.by_agreement or None,
                row.agreed_on,
                row.since,
                row.until,
                None,
            ]
            for row in self._standing().select_related("user", *_BOUNDS).order_by("user__full_name", "pk")
        ]

    def put(self, row: Values) -> Done:
        """Give the role, end it, or invite the person with it."""
        said = row.said
        role = _ROLES.get(fold(said["role"]))
        if role is None:
            raise Invalid("", {"role": f"«Роль»: такой нет. Роли: {', '.join(str(one.label) for one in Role)}."})
        appointment = self._appointment(row, role)
        title = f"{said['full_name']}, {role.label}"
        user = self._user(row)
        bounds = {bound: getattr(appointment, bound) for bound in row.only(*_BOUNDS)}
        self.lines.once(((user.username if user else said["username"]).casefold(), role, *bounds.items()), row.line)
        held = self._held(user, role, bounds) if user else None
        if held is not None:
            return self._compare(held, row, title)
        if row.says("ended"):
            if user is not None and self._roles(user, role, bounds).exists():
                return Done(work.SAME, title)
            raise Invalid("", {"ended": "Такой роли у этого человека сейчас нет: завершать нечего."})
        if user is not None:
            roster.add_membership(actor=self.actor, center=self.center, user=user, appointment=appointment, now=self.now)
            return Done(work.ADDED, title, (f"должность: «{appointment.post}»",))
        person = NewPerson(said["username"], said["full_name"], row.says("email") or "", row.says("phone") or "")
        twin = self._twin(person)
        _, link = accounts.invite(actor=self.actor, center=self.center, person=person, appointment=appointment, now=self.now)
        words = "новый человек: после внесения появится его ссылка для входа"
        return Done(work.ADDED, title, (words, *twin), link)

    def _appointment(self, row: Values, role: Role) -> Appointment:
        said = row.said
        bounds = {bound: self.lists[bound].named(said[bound], _TITLES[bound]) for bound in _BOUNDS if row.says(bound)}
        return Appointment(
            role=role,
            post=said["post"],
            by_agreement=bool(row.says("by_agreement")),
            agreed_on=row.says("agreed_on"),
            since=row.says("since"),
            until=row.says("until"),
            **bounds,
        )

    def _user(self, row: Values) -> User | None:
        """The person by the login; without one, by the whole name among the Center's people. None for a new one."""
        said = row.said
        if row.says("username"):
            found = User.objects.filter(username__iexact=said["username"]).first()
            if found is not None and fold(found.full_name) != fold(said["full_name"]):
                raise Invalid("", {"username": "«Логин»: он записан за другим человеком. Проверьте ФИО и логин."})
            return found
        same = self._namesakes(said["full_name"])
        if len(same) != 1:
            words = "в составе несколько человек с таким именем" if same else "такого человека в составе нет"
            raise Invalid("", {"username": f"«Логин»: пусто, а {words}. Впишите логин."})
        return same[0]

    def _namesakes(self, full_name: str) -> list[User]:
        people = User.objects.filter(memberships__center=self.center).distinct()
        return [user for user in people if fold(user.full_name) == fold(full_name)]

    def _twin(self, person: NewPerson) -> tuple[str, ...]:
        """A warning where the new one may be somebody of the Center: by name and telephone. Nobody shares an e-mail."""
        wanted = digits_of(person.phone)
        twin = next((user for user in self._namesakes(person.full_name) if wanted and digits_of(user.phone) == wanted), None)
        return (
            (f"такой человек с этим телефоном уже есть, его логин {twin.username}: если это он, впишите этот логин",)
            if twin
            else ()
        )

    def _standing(self) -> QuerySet[Membership]:
        in_term = Q(until__isnull=True) | Q(until__gte=self.today)
        return Membership.objects.filter(in_term, center=self.center, revoked_at__isnull=True)

    def _roles(self, user: User, role: Role, bounds: dict[str, Any]) -> QuerySet[Membership]:
        """The role within the bounds that the file names, ended ones too."""
        return Membership.objects.filter(center=self.center, user=user, role=role, **bounds)

    def _held(self, user: User, role: Role, bounds: dict[str, Any]) -> Membership | None:
        found = list((self._roles(user, role, bounds) & self._standing()).order_by("pk"))
        if len(found) > 1 and len(bounds) < len(_BOUNDS):
            raise Invalid(
                "",
                {
                    "role": "«Роль»: у человека таких несколько. Добавьте в файл столбцы «Блок», «Источник», "
                    "«Получатель», «Населённый пункт»: по ним видно, какая."
                },
            )
        return next(iter(found), None)

    def _compare(self, held: Membership, row: Values, title: str) -> Done:
        said, until = row.said, row.said.get("until", held.until)
        if row.says("ended"):
            return self._end(held, None, title, "роль прекращается сразу")
        if " ".join(held.post.split()) != said["post"]:
            raise Invalid(
                "",
                {
                    "post": f"«Должность»: у этой роли «{held.post}». Должность не переписывают: завершите роль "
                    "(«Завершить» — да), внесите файл, потом дайте роль с новой должностью."
                },
            )
        if until == held.until:
            return Done(work.SAME, title)
        if until is None:
            raise Invalid(
                "", {"until": f"«По»: роль кончается {held.until:%d.%m.%Y}. Продлить её нельзя, дайте новую с другого дня."}
            )
        if held.until is not None and until > held.until:
            raise Invalid("", {"until": f"«По»: роль кончается {held.until:%d.%m.%Y}, продлить её нельзя."})
        return self._end(held, until, title, f"последний день — {until:%d.%m.%Y}")

    def _end(self, held: Membership, last_day: date | None, title: str, words: str) -> Done:
        headless = held.role == Role.HEAD and left_without(
            Role.HEAD, centers=[self.center], now=self.now, but=held, last_day=last_day
        )
        roster.end_membership(actor=self.actor, membership_id=held.pk, last_day=last_day, now=self.now)
        return Done(work.CLOSED, title, (words, _NO_HEAD) if headless else (words,))
