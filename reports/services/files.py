"""Documents of a report: of a draft made when asked for, of a signed one kept from the signature on, byte for byte."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from blocks.actors import Actor
from mcu.errors import NotFound
from reports import documents, policies
from reports.compose import composed
from reports.models import Report, ReportDocument
from reports.paper_private import without_private


@transaction.atomic
def document_of(*, report: Report, form: str, actor: Actor, now: datetime) -> bytes:
    """The bytes of one document as this person may have it. Raises NotFound for whoever may not see the report.

    An observer gets it without names and numbers of cases.
    """
    if not policies.may_see(actor, report) or report.made_at is None:
        raise NotFound("Такого отчёта нет среди тех, что вам видны.")
    without_names = not policies.may_see_names(actor)
    if not report.is_signed:
        return rendered(report, form, without_names=without_names)
    kept = report.documents.filter(format=form, without_names=without_names).first()
    if kept is None:
        kept = keep(
            Report.objects.select_for_update(of=("self",)).get(pk=report.pk), form, without_names=without_names, now=now
        )
    return bytes(kept.content)


def keep(report: Report, form: str, *, without_names: bool, now: datetime) -> ReportDocument:
    """Make and keep a document of a signed report whose row is locked by the caller."""
    found = report.documents.filter(format=form, without_names=without_names).first()
    if found is not None:
        return found
    content = rendered(report, form, without_names=without_names)
    return ReportDocument.objects.create(
        report=report,
        format=form,
        without_names=without_names,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=now,
    )


def rendered(report: Report, form: str, *, without_names: bool = False) -> bytes:
    """The document as the report stands."""
    paper = composed(report)
    return documents.render(without_private(paper) if without_names else paper, form)
