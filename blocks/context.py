"""The frame around a Center's page: the rail's items for the person's roles, the switcher, substitution, notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from blocks.selectors import frame_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that pages without the frame pay nothing; the queries are counted in ``blocks.selectors.frame_of``."""
    if not getattr(request, "center", None) or not request.user.is_authenticated:
        return {}
    return {"frame": frame_of(request)}
