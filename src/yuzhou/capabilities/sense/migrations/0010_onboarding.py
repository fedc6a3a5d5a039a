"""Devices that ask for themselves, and lists of devices."""

import django.db.models.deletion
from django.db import migrations, models

import yuzhou.capabilities.sense.contracts.onboarding
import yuzhou.kernel.ids
from yuzhou.kernel import row_security


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0009_directory"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceImportRecord",
            fields=[
                ("id", models.UUIDField(default=yuzhou.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "status",
                    models.CharField(
                        default=yuzhou.capabilities.sense.contracts.onboarding.ImportStatus["CHECKED"], max_length=16
                    ),
                ),
                ("content", models.BinaryField()),
                ("credentials", models.BinaryField(default=b"")),
                ("rows", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("faults", models.JSONField(default=list)),
                ("fault_count", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("made_by_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "sense_device_import",
            },
        ),
        migrations.CreateModel(
            name="ProvisionKeyRecord",
            fields=[
                ("id", models.UUIDField(default=yuzhou.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=16)),
                ("title", models.CharField(max_length=200)),
                ("profile", models.CharField(max_length=64)),
                ("place_path", models.CharField(max_length=64)),
                ("operator_id", models.UUIDField(blank=True, null=True)),
                ("most", models.PositiveIntegerField()),
                ("used", models.PositiveIntegerField(default=0)),
                ("automatic", models.BooleanField(default=False)),
                ("expires_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sense_provision_key",
            },
        ),
        migrations.CreateModel(
            name="ProvisionRequestRecord",
            fields=[
                ("id", models.UUIDField(default=yuzhou.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("protocol", models.CharField(max_length=32)),
                ("identity", models.CharField(max_length=128)),
                ("profile", models.CharField(max_length=64)),
                ("place_path", models.CharField(max_length=64)),
                ("operator_id", models.UUIDField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        default=yuzhou.capabilities.sense.contracts.onboarding.ProvisionStatus["PENDING"], max_length=16
                    ),
                ),
                ("details", models.JSONField(default=dict)),
                ("claim", models.CharField(blank=True, max_length=64)),
                ("peer", models.CharField(blank=True, max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("last_asked_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField(default=1)),
                ("device_id", models.UUIDField(db_index=True, null=True)),
                ("claims", models.UUIDField(db_index=True, null=True)),
                ("code", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="sense.provisionkeyrecord"
                    ),
                ),
            ],
            options={
                "db_table": "sense_provision_request",
                "indexes": [models.Index(fields=["status", "asked_at"], name="sense_provision_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", yuzhou.capabilities.sense.contracts.onboarding.ProvisionStatus["PENDING"])),
                        fields=("protocol", "identity"),
                        name="sense_provision_one_pending",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", yuzhou.capabilities.sense.contracts.onboarding.ProvisionStatus["REFUSED"])),
                        fields=("protocol", "identity"),
                        name="sense_provision_one_refused",
                    ),
                ],
            },
        ),
        row_security.enable("sense_provision_key", place="place_path"),
        row_security.enable("sense_provision_request", place="place_path"),
        row_security.enable("sense_device_import", user="made_by_id"),
    ]
