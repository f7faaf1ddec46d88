"""What every page of the kernel's frame shows: flash messages under a name of their own, demo mark, sweep's health."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages as get_flash_messages
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Flash messages are called so: a variable «messages» would hide citizens' messages."""
    return {
        "flash_messages": get_flash_messages(request),
        "is_demo": settings.DEMO,
        "reference": getattr(request, "reference", ""),
    }
