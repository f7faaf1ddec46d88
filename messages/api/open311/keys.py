"""The client's key as Open311 passes it: a field of the form, a parameter of a reading address, or the header as everywhere."""

from __future__ import annotations

from rest_framework import exceptions
from rest_framework.request import Request

from blocks.client_auth import ClientKeyAuthentication

NAME = "api_key"


class Open311Key(ClientKeyAuthentication):
    """``api_key`` or ``Authorization: Bearer``. What is written is never addressed with the key in it: addresses are kept."""

    def said_by(self, request: Request) -> str | None:
        """The header first; in the address of a POST the key is refused, for there a form can carry it."""
        if (said := super().said_by(request)) is not None:
            return said
        in_address = request.query_params.get(NAME, "")
        if request.method != "POST":
            return in_address or None
        if in_address:
            raise exceptions.PermissionDenied(
                "Ключ передан в адресе; ничего не сохранено. Передайте api_key полем формы: адреса попадают в журналы."
            )
        values = request.data.get(NAME, []) if isinstance(request.data, dict) else []
        return values[0] or None if values else None
