"""The partitioned tables: readings by UTC day of their own time, raw frames by UTC day of receipt."""

from django.db import migrations

from yuzhou.kernel import row_security

TABLES = """
CREATE TABLE sense_reading (
  at timestamptz NOT NULL,
  value float8 NOT NULL,
  received_at timestamptz NOT NULL,
  series_id int4 NOT NULL,
  flag int2 NOT NULL,
  source int2 NOT NULL,
  PRIMARY KEY (series_id, at)
) PARTITION BY RANGE (at);

CREATE SEQUENCE sense_raw_frame_id;
CREATE TABLE sense_raw_frame (
  id bigint NOT NULL DEFAULT nextval('sense_raw_frame_id'),
  device_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  direction int2 NOT NULL,
  kind text NOT NULL,
  content bytea NOT NULL,
  quirks text NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX sense_raw_frame_device ON sense_raw_frame (device_id, received_at DESC);

ALTER TABLE sense_latest SET (fillfactor = 50);
ALTER TABLE sense_device_status SET (fillfactor = 50);
ALTER TABLE sense_rule_state SET (fillfactor = 50);
INSERT INTO sense_ingest_ledger (id, number) VALUES (1, 0);

-- the web only reads what comes from devices
REVOKE INSERT, UPDATE, DELETE ON sense_reading, sense_raw_frame, sense_latest, sense_ingest_ledger FROM yuzhou_web;
GRANT SELECT ON sense_reading, sense_raw_frame TO yuzhou_web;
"""


class Migration(migrations.Migration):
    dependencies = [("sense", "0001_initial"), ("kernel_access", "0001_initial")]

    operations = [
        migrations.RunSQL(
            TABLES,
            "DROP TABLE sense_reading; DROP TABLE sense_raw_frame; DROP SEQUENCE sense_raw_frame_id; DELETE FROM sense_ingest_ledger;",
        ),
        row_security.enable("sense_device", place="place_path", organisation="operator_id"),
        row_security.enable("sense_alarm", place="place_path", organisation="operator_id"),
    ]
