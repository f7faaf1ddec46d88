"""The composition's history: one line for every change, and the lock under which a Center's composition changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from blocks.actors import Actor
from blocks.models import Center, Membership, RosterEvent
from blocks.policies import Verdict
from blocks.roles import Role
from mcu.errors import NotAllowed
from mcu.models import User


class Kind(StrEnum):
    """What happened, as ``RosterEvent.kind`` keeps it."""

    INVITED = "invited"
    FIRST_ACCOUNT = "first_account"
    ROLE_ADDED = "role_added"
    ROLE_ENDED = "role_ended"
    ROLE_REVOKED = "role_revoked"
    SUBSTITUTION_ADDED = "substitution_added"
    SUBSTITUTION_ENDED = "substitution_ended"
    SUBSTITUTION_REVOKED = "substitution_revoked"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    LINK_ISSUED = "link_issued"
    LINK_USED = "link_used"
    DUTY_ADDED = "duty_added"
    DUTY_CALLED_OFF = "duty_called_off"


# The ЦУР is told in time of a change of responsible persons (Регл. 1.4): a notice is made of events with this mark.
REPORT_TO_CUR: Final = "report_to_cur"
NOT_RESPONSIBLE: Final = frozenset({Role.OBSERVER, Role.DISTRICT_HEAD})


def record(*, kind: Kind, user: User, actor: Actor | None, center: Center | None, now: datetime, **data: Any) -> RosterEvent:
    """Add a line to the history. ``data`` holds codes and ids, never words about a person."""
    return RosterEvent.objects.create(
        center=center, at=now, by_id=actor.user_id if actor else None, user=user, kind=kind, data=data
    )


def membership_data(membership: Membership) -> dict[str, Any]:
    """What an event keeps of a role: enough to make a notice of it without reading other tables."""
    data: dict[str, Any] = {
        "membership": membership.pk,
        "role": membership.role,
        "since": membership.since.isoformat(),
        "until": membership.until.isoformat() if membership.until else None,
    }
    for bound in ("block", "source", "recipient", "settlement"):
        if (row := getattr(membership, bound)) is not None:
            data[bound] = row.code
    if membership.role not in NOT_RESPONSIBLE:
        data[REPORT_TO_CUR] = True
    return data


def lock_composition(centers: Iterable[Center]) -> None:
    """Changes of a Center's composition go one after another, so that the last of a role cannot leave twice at once.

    NO KEY: intake of messages, which only refers to the Center, does not wait.
    """
    ids = sorted({center.pk for center in centers})
    list(Center.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def demand(verdict: Verdict) -> None:
    """Go on only if allowed; raises NotAllowed with the reason."""
    if not verdict:
        raise NotAllowed(verdict.reason)
