"""Versions of rules, what devices have of their own, trials; and notes of changes, so that engines lay out only these anew."""

import django.db.models.deletion
from django.db import migrations, models

from yuzhou.kernel import row_security
from yuzhou.kernel.ids import uuid7

CHANGES = """
CREATE TABLE sense_rule_change (
  id bigserial PRIMARY KEY,
  xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  device_id uuid,
  rule_id uuid,
  noted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sense_rule_change_xid ON sense_rule_change (xid);
REVOKE ALL ON sense_rule_change FROM yuzhou_web;

CREATE FUNCTION sense_note_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO sense_rule_change (device_id) SELECT a.id FROM after_rows a JOIN before_rows b ON b.id = a.id
    WHERE (a.profile, a.place_path, a.site_id, a.operator_id, a.enabled)
      IS DISTINCT FROM (b.profile, b.place_path, b.site_id, b.operator_id, b.enabled);
  ELSE
    INSERT INTO sense_rule_change (device_id) SELECT id FROM changed_rows;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION sense_note_of_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO sense_rule_change (device_id) SELECT DISTINCT device_id FROM changed_rows;
  RETURN NULL;
END $$;
CREATE FUNCTION sense_note_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO sense_rule_change (rule_id) SELECT id FROM changed_rows;
  RETURN NULL;
END $$;

CREATE TRIGGER sense_device_made AFTER INSERT ON sense_device
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_device();
CREATE TRIGGER sense_device_changed AFTER UPDATE ON sense_device
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_device();
CREATE TRIGGER sense_device_gone AFTER DELETE ON sense_device
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_device();
CREATE TRIGGER sense_rule_made AFTER INSERT ON sense_rule
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_rule();
CREATE TRIGGER sense_rule_changed AFTER UPDATE ON sense_rule
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_rule();
CREATE TRIGGER sense_rule_gone AFTER DELETE ON sense_rule
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_rule();
"""
OF_DEVICE = """
CREATE TRIGGER {table}_made AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_of_device();
CREATE TRIGGER {table}_changed AFTER UPDATE ON {table}
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_of_device();
CREATE TRIGGER {table}_gone AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION sense_note_of_device();
"""
BACK = """
DROP FUNCTION sense_note_device() CASCADE; DROP FUNCTION sense_note_of_device() CASCADE; DROP FUNCTION sense_note_rule() CASCADE;
DROP TABLE sense_rule_change;
"""
FIRST_VERSIONS = """
UPDATE sense_rule SET version = 1;
INSERT INTO sense_rule_version (rule_id, number, title_zh, title_en, definition, enabled, since, changed_by, note)
SELECT id, 1, title_zh, title_en, definition, enabled, changed_at, '', '' FROM sense_rule;
"""
SEES_DEVICE = "EXISTS (SELECT 1 FROM sense_device WHERE sense_device.id = device_id)"


class Migration(migrations.Migration):
    dependencies = [("sense", "0013_connections")]

    operations = [
        migrations.AddField("rulerecord", "version", models.PositiveIntegerField(default=0)),
        migrations.AddField("rulerecord", "by_person", models.BooleanField(default=False)),
        migrations.AddField("rulestate", "revision", models.IntegerField(default=0)),
        migrations.CreateModel(
            name="RuleVersionRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title_zh", models.CharField(max_length=200)),
                ("title_en", models.CharField(blank=True, max_length=200)),
                ("definition", models.JSONField()),
                ("enabled", models.BooleanField()),
                ("since", models.DateTimeField()),
                ("changed_by", models.CharField(blank=True, max_length=200)),
                ("changed_by_id", models.UUIDField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="sense.rulerecord"
                    ),
                ),
            ],
            options={
                "db_table": "sense_rule_version",
                "constraints": [models.UniqueConstraint(fields=("rule", "number"), name="sense_rule_version_key")],
            },
        ),
        migrations.CreateModel(
            name="RuleOverrideRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numbers", models.JSONField(default=dict)),
                ("enabled", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(blank=True, max_length=200)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rule_overrides", to="sense.devicerecord"
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="sense.rulerecord"
                    ),
                ),
            ],
            options={
                "db_table": "sense_rule_override",
                "constraints": [models.UniqueConstraint(fields=("rule", "device"), name="sense_rule_override_key")],
            },
        ),
        migrations.CreateModel(
            name="RuleTrialRecord",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("title_zh", models.CharField(max_length=200)),
                ("title_en", models.CharField(blank=True, max_length=200)),
                ("definition", models.JSONField()),
                ("device_id", models.UUIDField(null=True)),
                ("profile", models.CharField(blank=True, max_length=64)),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("state", models.CharField(max_length=16)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("readings", models.BigIntegerField(default=0)),
                ("alarms", models.JSONField(default=list)),
                ("truncated", models.BooleanField(default=False)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=200)),
                ("asked_by_id", models.UUIDField(db_index=True, null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "rule",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="trials", to="sense.rulerecord"
                    ),
                ),
            ],
            options={"db_table": "sense_rule_trial"},
        ),
        migrations.RunSQL(CHANGES + OF_DEVICE.format(table="sense_series") + OF_DEVICE.format(table="sense_rule_override"), BACK),
        migrations.RunSQL(FIRST_VERSIONS, migrations.RunSQL.noop),
        row_security.enable("sense_rule_override", using=SEES_DEVICE),
        row_security.enable("sense_rule_trial", user="asked_by_id"),
    ]
