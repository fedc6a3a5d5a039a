"""Hours and days of every series, summed up; the day whose rows came long after it; what is due bears its length."""

from django.db import migrations, models

SUMMARY = """
  series_id int4 NOT NULL,
  at timestamptz NOT NULL,
  count int4 NOT NULL,
  valid int4 NOT NULL,
  used int4 NOT NULL,
  low float8 NOT NULL,
  high float8 NOT NULL,
  total float8 NOT NULL,
  area float8 NOT NULL,
  seconds float8 NOT NULL,
  first float8 NOT NULL,
  last float8 NOT NULL,
  flag int2 NOT NULL,
  PRIMARY KEY (series_id, at)
"""
TABLES = f"""
CREATE TABLE sense_hour ({SUMMARY}) PARTITION BY RANGE (at);
CREATE TABLE sense_day ({SUMMARY});
REVOKE INSERT, UPDATE, DELETE ON sense_hour, sense_day, sense_touched_day FROM yuzhou_web;
GRANT SELECT ON sense_hour, sense_day TO yuzhou_web;
"""
NOTE = """
UPDATE sense_due_period d SET hours = 24 FROM sense_series s WHERE s.id = d.series_id AND s.statistic LIKE 'hour%';
INSERT INTO sense_due_period (series_id, start, hours, noted_at)
SELECT DISTINCT r.series_id, date_trunc('hour', r.at), 1, now() FROM sense_reading r JOIN sense_series s ON s.id = r.series_id
WHERE s.statistic LIKE 'rtd%' OR s.statistic LIKE 'minute%' ON CONFLICT DO NOTHING;
INSERT INTO sense_due_period (series_id, start, hours, noted_at)
SELECT DISTINCT r.series_id, date_trunc('day', r.at, 'Asia/Shanghai'), 24, now() FROM sense_reading r JOIN sense_series s
ON s.id = r.series_id WHERE s.statistic LIKE 'hour%' ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0007_profiles"),
    ]

    operations = [
        migrations.CreateModel(
            name="TouchedDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=1)),
            ],
            options={
                "db_table": "sense_touched_day",
            },
        ),
        migrations.RemoveConstraint(
            model_name="dueperiod",
            name="sense_due_period_key",
        ),
        migrations.AddField(
            model_name="archivedday",
            name="hours_file",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="archivedday",
            name="hours_rows",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="dueperiod",
            name="hours",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="archivedday",
            name="file",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="archivedday",
            name="rows",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="dueperiod",
            constraint=models.UniqueConstraint(fields=("series", "start", "hours"), name="sense_due_period_key"),
        ),
        migrations.RunSQL(TABLES, "DROP TABLE sense_hour; DROP TABLE sense_day;"),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
