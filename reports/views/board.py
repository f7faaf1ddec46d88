"""«Табло»: the Center on a wall screen, and the part of it that the screen asks for anew."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.roles import WHOLE_CENTER
from mcu.clock import utc_now
from reports.board import board_of

READERS = tuple(sorted(WHOLE_CENTER))


@center_page(*READERS)
@require_GET
def board(request: CenterRequest) -> HttpResponse:
    """The whole screen. At most fifteen queries; figures younger than ten seconds cost none."""
    return render(request, "reports/board.html", _context(request))


@center_page(*READERS)
@require_GET
def figures(request: CenterRequest) -> HttpResponse:
    """What the screen shows anew every half a minute."""
    response = render(request, "reports/board/_figures.html", _context(request))
    response.headers["Cache-Control"] = "no-store"
    return response


def _context(request: CenterRequest) -> dict[str, Any]:
    found = board_of(request.center, utc_now())
    return {"board": found, "stamp": int(found.at.timestamp())}
