"""Notices: written with the change in one transaction, delivered afterwards, retried with growing pauses.

The row is the notice in the person's list at once; the e-mail and the web push follow as the person chose. Nothing here
fails when the mail server, the push service or Redis is down: the row waits.
"""

from mcu.outbox.delivery import BATCH, GIVE_UP_AFTER, PAUSES, drain
from mcu.outbox.gathering import gather
from mcu.outbox.groups import GROUPS, Group, Way, group_of
from mcu.outbox.rows import Notice, put
from mcu.outbox.troubles import Trouble, Troubles, retry, retry_all, troubles

__all__ = [
    "BATCH",
    "GIVE_UP_AFTER",
    "GROUPS",
    "PAUSES",
    "Group",
    "Notice",
    "Trouble",
    "Troubles",
    "Way",
    "drain",
    "gather",
    "group_of",
    "put",
    "retry",
    "retry_all",
    "troubles",
]
