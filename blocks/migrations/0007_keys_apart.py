"""The key of each client becomes the first of its keys."""

from typing import Any

from django.db import migrations


def apart(apps: Any, schema_editor: Any) -> None:
    ApiClient, ApiKey = apps.get_model("blocks", "ApiClient"), apps.get_model("blocks", "ApiKey")
    ApiKey.objects.bulk_create(
        ApiKey(
            client=client,
            prefix=client.key_prefix,
            hash=client.key_hash,
            created_at=client.created_at,
            last_used_at=client.last_used_at,
        )
        for client in ApiClient.objects.all()
    )


def together(apps: Any, schema_editor: Any) -> None:
    """The newest key is the one a client keeps; a client always has one."""
    ApiClient, ApiKey = apps.get_model("blocks", "ApiClient"), apps.get_model("blocks", "ApiKey")
    for key in ApiKey.objects.order_by("created_at", "pk"):
        ApiClient.objects.filter(pk=key.client_id).update(
            key_prefix=key.prefix, key_hash=key.hash, last_used_at=key.last_used_at
        )
    ApiKey.objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('blocks', '0006_channels'),
    ]

    operations = [migrations.RunPython(apart, together)]
