"""What the OpenAPI description says of each call: words, examples and every problem that may come back."""

from __future__ import annotations

from messages.api.schema import strict

__all__ = ["strict"]
