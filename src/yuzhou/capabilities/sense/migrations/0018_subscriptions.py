"""Subscriptions to entities, changes to be told of, notifications on their way."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import yuzhou.kernel.ids
from yuzhou.kernel import row_security

# what is watched, of whomsoever: a writer must know that somebody wants to hear, and not who
WATCHES = """
CREATE FUNCTION sense_watches() RETURNS TABLE (entities jsonb, watched text[], triggers text[], shows_changes boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.entities, s.watched, s.triggers::text[], s.shows_changes FROM public.sense_subscription AS s
  WHERE s.is_active AND s.time_interval IS NULL AND (s.expires_at IS NULL OR s.expires_at > statement_timestamp()) $$;
REVOKE ALL ON FUNCTION sense_watches() FROM PUBLIC;
"""
OF_SUBSCRIPTION = "EXISTS (SELECT 1 FROM sense_subscription WHERE sense_subscription.id = subscription_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0017_retention"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("urn", models.TextField(blank=True)),
                ("device_id", models.UUIDField(null=True)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default="{}", default=list, size=None
                    ),
                ),
                ("event", models.SmallIntegerField()),
                ("attributes", models.JSONField(default=list)),
                ("gone", models.JSONField(null=True)),
                ("place_path", models.CharField(blank=True, max_length=64)),
                ("organisation_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "sense_change",
            },
        ),
        migrations.CreateModel(
            name="SubscriptionRecord",
            fields=[
                ("id", models.UUIDField(default=yuzhou.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("urn", models.TextField(unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("document", models.JSONField(default=dict)),
                ("context", models.JSONField(null=True)),
                ("entities", models.JSONField(default=list)),
                (
                    "watched",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default="{}", default=list, size=None
                    ),
                ),
                (
                    "triggers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), db_default="{}", default=list, size=None
                    ),
                ),
                ("shows_changes", models.BooleanField(db_default=False, default=False)),
                ("endpoint", models.BinaryField(default=b"")),
                ("accept", models.CharField(max_length=64)),
                ("throttling", models.FloatField(null=True)),
                ("time_interval", models.FloatField(null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("owner_kind", models.CharField(max_length=16)),
                ("owner_id", models.UUIDField(db_index=True, null=True)),
                ("owner_name", models.CharField(max_length=200)),
                ("reach", models.JSONField(default=dict)),
                ("place_path", models.CharField(blank=True, db_index=True, max_length=64)),
                ("organisation_id", models.UUIDField(db_index=True, null=True)),
                ("tenant_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("modified_at", models.DateTimeField()),
                ("version", models.BigIntegerField(default=0)),
                ("times_sent", models.BigIntegerField(default=0)),
                ("times_failed", models.BigIntegerField(default=0)),
                ("dropped", models.BigIntegerField(default=0)),
                ("last_notification", models.DateTimeField(null=True)),
                ("last_success", models.DateTimeField(null=True)),
                ("last_failure", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=500)),
                ("failures", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("next_interval_at", models.DateTimeField(null=True)),
                ("claimed_by", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sense_subscription",
                "indexes": [
                    models.Index(fields=["created_at", "id"], name="sense_subscription_order"),
                    models.Index(
                        condition=models.Q(("next_interval_at__isnull", False)),
                        fields=["next_interval_at"],
                        name="sense_subscription_interval",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=yuzhou.kernel.ids.uuid7)),
                ("data", models.JSONField(default=dict)),
                ("reach", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("attempts", models.IntegerField(default=0)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="sense.subscriptionrecord"
                    ),
                ),
            ],
            options={
                "db_table": "sense_notification",
                "indexes": [
                    models.Index(fields=["subscription", "id"], name="sense_notification_queue"),
                    models.Index(fields=["due_at"], name="sense_notification_due"),
                ],
            },
        ),
        row_security.enable(
            "sense_subscription", user="owner_id", place="nullif(place_path, '')", organisation="organisation_id"
        ),
        row_security.enable("sense_change", place="place_path", organisation="organisation_id"),
        row_security.enable("sense_notification", using=OF_SUBSCRIPTION),
        migrations.RunSQL(
            WATCHES + f"GRANT EXECUTE ON FUNCTION sense_watches() TO {row_security.WEB_ROLE};", "DROP FUNCTION sense_watches();"
        ),
    ]
