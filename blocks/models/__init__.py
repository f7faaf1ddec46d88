"""Who does what: Centers with their charters as data, and the people in them.

Reference rows are never deleted: what disappears from the charter is closed (``closed_at``).
"""

from blocks.models.center import Center, CenterRow
from blocks.models.charter import (
    Block,
    CharterLoad,
    DeadlineRule,
    Indicator,
    Recipient,
    ReportDuty,
    RoleTitle,
    Settlement,
    Source,
    Topic,
)
from blocks.models.people import CalendarFeed, DutyShift, Membership, MembershipQuerySet, RosterEvent, Substitution
from blocks.models.programs import ApiClient, ApiClientEvent, ApiKey, ApiUsage, IdempotentCall, Scope, Webhook
from blocks.models.register_row import RegisterQuerySet, RegisterRow
from blocks.models.roadmaps import RoadmapMeasure, RoadmapMeasureQuerySet

__all__ = [
    "ApiClient",
    "ApiClientEvent",
    "ApiKey",
    "ApiUsage",
    "Block",
    "CalendarFeed",
    "Center",
    "CenterRow",
    "CharterLoad",
    "DeadlineRule",
    "DutyShift",
    "IdempotentCall",
    "Indicator",
    "Membership",
    "MembershipQuerySet",
    "Recipient",
    "RegisterQuerySet",
    "RegisterRow",
    "ReportDuty",
    "RoadmapMeasure",
    "RoadmapMeasureQuerySet",
    "RoleTitle",
    "RosterEvent",
    "Scope",
    "Settlement",
    "Source",
    "Substitution",
    "Topic",
    "Webhook",
]
