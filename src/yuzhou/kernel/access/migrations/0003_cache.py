"""The table of Django's database cache: shared by the web processes, not worth a write-ahead log."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel_access", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE kernel_access_cache (
              cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
            CREATE INDEX kernel_access_cache_expires ON kernel_access_cache (expires);
            """,
            "DROP TABLE kernel_access_cache;",
        ),
    ]
