"""The roster (состав) as a file: roles given and ended by the services of the roster, new people invited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db.models import Q

from blocks import policies
from blocks.actors import Actor
from blocks.models import Block, Center, Membership, Recipient, Settlement, Source
from blocks.policies import Verdict
from blocks.roles import Role
from blocks.selectors.standing import local_day
from blocks.services import accounts, roster
from blocks.services.accounts import NewPerson
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
        Column("phone", "Телефон", Line(60), hint="нового человека; у прежних не меняется", width=18),
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
        appointment = self._appointment(said, role)
        title = f"{said['full_name']}, {role.label}"
        user = self._user(said)
        held = self._held(user, appointment) if user else None
        if held is not None:
            return self._compare(held, said, title)
        if said["ended"]:
            raise Invalid("", {"ended": "Такой роли у этого человека сейчас нет: завершать нечего."})
        if user is not None:
            roster.add_membership(actor=self.actor, center=self.center, user=user, appointment=appointment, now=self.now)
            return Done(work.ADDED, title, (f"должность: «{appointment.post}»",))
        person = NewPerson(said["username"], said["full_name"], said["email"], said["phone"])
        _, link = accounts.invite(actor=self.actor, center=self.center, person=person, appointment=appointment, now=self.now)
        return Done(work.ADDED, title, ("новый человек: после внесения появится его ссылка для входа",), link)

    def _appointment(self, said: dict[str, Any], role: Role) -> Appointment:
        bounds = {bound: self.lists[bound].named(said[bound], _TITLES[bound]) for bound in _BOUNDS if said[bound]}
        return Appointment(
            role=role,
            post=said["post"],
            by_agreement=bool(said["by_agreement"]),
            agreed_on=said["agreed_on"],
            since=said["since"],
            until=said["until"],
            **bounds,
        )

    def _user(self, said: dict[str, Any]) -> User | None:
        """The person by the login; without one, by the whole name among the Center's people. None for a new one."""
        if said["username"]:
            found = User.objects.filter(username__iexact=said["username"]).first()
            if found is not None and fold(found.full_name) != fold(said["full_name"]):
                raise Invalid("", {"username": "«Логин»: он записан за другим человеком. Проверьте ФИО и логин."})
            return found
        people = User.objects.filter(memberships__center=self.center).distinct()
        same = [user for user in people if fold(user.full_name) == fold(said["full_name"])]
        if len(same) != 1:
            words = "в составе несколько человек с таким именем" if same else "такого человека в составе нет"
            raise Invalid("", {"username": f"«Логин»: пусто, а {words}. Впишите логин."})
        return same[0]

    def _standing(self) -> Any:
        in_term = Q(until__isnull=True) | Q(until__gte=self.today)
        return Membership.objects.filter(in_term, center=self.center, revoked_at__isnull=True)

    def _held(self, user: User, appointment: Appointment) -> Membership | None:
        bounds = {bound: getattr(appointment, bound) for bound in _BOUNDS}
        rows = self._standing().filter(user=user, role=appointment.role, **bounds)
        found: Membership | None = rows.order_by("pk").first()
        return found

    def _compare(self, held: Membership, said: dict[str, Any], title: str) -> Done:
        if said["ended"]:
            roster.end_membership(actor=self.actor, membership_id=held.pk, last_day=None, now=self.now)
            return Done(work.CLOSED, title, ("роль прекращается сразу",))
        if " ".join(held.post.split()) != said["post"]:
            raise Invalid(
                "",
                {
                    "post": f"«Должность»: у этой роли «{held.post}». Должность не переписывают: завершите роль "
                    "(«Завершить» — да), внесите файл, потом дайте роль с новой должностью."
                },
            )
        if said["until"] == held.until:
            return Done(work.SAME, title)
        if said["until"] is None:
            raise Invalid(
                "", {"until": f"«По»: роль кончается {held.until:%d.%m.%Y}. Продлить её нельзя, дайте новую с другого дня."}
            )
        if held.until is not None and said["until"] > held.until:
            raise Invalid("", {"until": f"«По»: роль кончается {held.until:%d.%m.%Y}, продлить её нельзя."})
        roster.end_membership(actor=self.actor, membership_id=held.pk, last_day=said["until"], now=self.now)
        return Done(work.CLOSED, title, (f"последний день — {said['until']:%d.%m.%Y}",))
