"""The kinds of report that this product makes: one place each."""

from __future__ import annotations

from typing import Final

from blocks.charters.settings_schema import ReportPlan, settings_of
from blocks.models import Center
from reports.kinds.base import Kind, Place, Subject, Word, Words
from reports.kinds.indicators import INDICATORS
from reports.kinds.note import NOTE
from reports.kinds.problemator import PROBLEMATOR
from reports.kinds.rating import RATING
from reports.kinds.source_week import SOURCE_WEEK

KINDS: Final = {kind.code: kind for kind in (PROBLEMATOR, NOTE, SOURCE_WEEK, INDICATORS, RATING)}


def plan_of(center: Center, kind: Kind) -> ReportPlan | None:
    """How the kind goes in this Center by its charter; None where it is not made."""
    return settings_of(center.settings).report_plan(kind.code) if kind.offered(center) else None


__all__ = ["KINDS", "Kind", "Place", "Subject", "Word", "Words", "plan_of"]
