"""Profiles with their versions, and how to reach the devices that we call."""

import django.db.models.deletion
from django.db import migrations, models

import yuzhou.kernel.ids
from yuzhou.kernel import row_security

OF_CITY = "app_sees_place('50')"  # profiles are the whole city's


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0006_commands"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfileRecord",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("title_zh", models.CharField(max_length=200)),
                ("title_en", models.CharField(blank=True, max_length=200)),
                ("protocol", models.CharField(db_index=True, max_length=32)),
                ("content", models.JSONField(default=dict)),
                ("silent_after_seconds", models.PositiveIntegerField()),
                ("notes", models.TextField(blank=True)),
                ("origin", models.CharField(blank=True, max_length=64)),
                ("version", models.PositiveIntegerField(default=1)),
                ("retired_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sense_profile",
            },
        ),
        migrations.AddField(
            model_name="devicerecord",
            name="connection",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="devicerecord",
            name="connection_sealed",
            field=models.BinaryField(default=b""),
        ),
        migrations.CreateModel(
            name="ProfileVersionRecord",
            fields=[
                ("id", models.UUIDField(default=yuzhou.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("definition", models.JSONField()),
                ("changed", models.JSONField(default=list)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=200)),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="sense.profilerecord"
                    ),
                ),
            ],
            options={
                "db_table": "sense_profile_version",
                "constraints": [models.UniqueConstraint(fields=("profile", "version"), name="sense_profile_version_key")],
            },
        ),
        row_security.enable("sense_profile", using=OF_CITY, readable="true"),
        row_security.enable("sense_profile_version", using=OF_CITY, readable="true"),
    ]
