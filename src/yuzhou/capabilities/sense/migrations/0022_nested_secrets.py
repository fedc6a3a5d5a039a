import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SECRET = "sense.device-secret"  # noqa: S105 - the name of a purpose, not a secret
SEALED = "sealed"


def seal_nested(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take secrets out of the depths of connections that were stored before those were looked for."""
    from yuzhou.capabilities.sense.rules.secret_fields import split_secrets
    from yuzhou.kernel.keys.api import decrypt, encrypt

    records: Any = apps.get_model("sense", "DeviceRecord").objects.exclude(connection={})
    for record in records.iterator(chunk_size=1000):
        plain, found = split_secrets({name: value for name, value in record.connection.items() if name != SEALED})
        found = {path: value for path, value in found.items() if value}
        if not found:
            continue
        sealed = bytes(record.connection_sealed or b"")
        before = json.loads(decrypt(SECRET, sealed, bound_to=str(record.id))) if sealed else {}
        secrets = before | found
        record.connection = plain | {SEALED: sorted(secrets)}
        record.connection_sealed = encrypt(SECRET, json.dumps(secrets).encode(), bound_to=str(record.id))
        record.save(update_fields=["connection", "connection_sealed"])


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0021_entity_triggers"),
    ]

    operations = [
        migrations.RunPython(seal_nested, migrations.RunPython.noop),
    ]
