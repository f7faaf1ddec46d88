"""Objects that take no unknown fields say so in the description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension

from messages.api.fields import StrictObject


class StrictObjectExtension(OpenApiSerializerExtension):
    """``additionalProperties: false`` for every ``StrictObject``."""

    target_class = StrictObject
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**described, "additionalProperties": False}
