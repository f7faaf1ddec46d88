"""A Paper on the page."""

from __future__ import annotations

from blocks.actors import Actor
from reports import policies
from reports.models import Report
from reports.paper import Paper, without_private


def page_of(paper: Paper, *, actor: Actor, report: Report) -> Paper:
    """What the templates read."""
    return paper if policies.may_see_names(actor) else without_private(paper)
