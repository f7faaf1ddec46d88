"""What the commands about clients share."""

from __future__ import annotations

from django.core.management.base import CommandError

from blocks.models import ApiClient, Center


def center_named(slug: str) -> Center:
    """The open Center with this code. Raises CommandError with those there are."""
    center = Center.objects.filter(slug=slug, closed_at__isnull=True).first()
    if center is None:
        known = ", ".join(Center.objects.filter(closed_at__isnull=True).order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"Центра «{slug}» нет. Есть: {known or 'ни одного'}.")
    return center


def client_named(center: Center, name: str) -> ApiClient:
    """The Center's client with this name. Raises CommandError with those there are."""
    client = ApiClient.objects.select_related("center").filter(center=center, name=name.strip()).first()
    if client is None:
        known = ", ".join(f"«{one}»" for one in center.api_clients.order_by("name").values_list("name", flat=True))
        raise CommandError(f"В Центре «{center.slug}» нет клиента «{name}». Есть: {known or 'ни одного'}.")
    return client
