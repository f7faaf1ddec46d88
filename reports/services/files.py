"""Documents of a report: of a draft made when asked for, of a signed one kept from the signature on, byte for byte."""

from __future__ import annotations

import hashlib
from datetime import datetime

from blocks.actors import Actor
from mcu.errors import NotFound
from reports import documents, policies
from reports.compose import composed
from reports.models import Report, ReportDocument
from reports.paper_private import without_private


def document_of(*, report: Report, form: str, actor: Actor) -> bytes:
    """The bytes of one document as this person may have it. Raises NotFound for whoever may not see the report.

    An observer gets it without names and numbers of cases.
    """
    if not policies.may_see(actor, report) or report.made_at is None:
        raise NotFound("Такого отчёта нет среди тех, что вам видны.")
    without_names = not policies.may_see_names(actor)
    if not report.is_signed:
        return rendered(report, form, without_names=without_names)
    return bytes(report.documents.get(format=form, without_names=without_names).content)


def keep(report: Report, *, now: datetime) -> None:
    """Make and keep every document of a report that is being signed, with names and without; the caller has it locked."""
    for form in ReportDocument.Format.values:
        for without_names in (False, True):
            content = rendered(report, form, without_names=without_names)
            ReportDocument.objects.create(
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
