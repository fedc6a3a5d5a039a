"""What the web's role may do with the outbox: add to it; only the city's own people read the events, nobody changes them."""

from django.db import migrations

from yuzhou.kernel.row_security import WEB_ROLE


class Migration(migrations.Migration):
    dependencies = [("kernel_events", "0001_initial"), ("kernel_access", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"""
            ALTER TABLE kernel_events_event ENABLE ROW LEVEL SECURITY;
            CREATE POLICY kernel_events_event_read ON kernel_events_event FOR SELECT USING (app_sees_place('50'));
            CREATE POLICY kernel_events_event_add ON kernel_events_event FOR INSERT WITH CHECK (true);
            REVOKE UPDATE, DELETE ON kernel_events_event FROM {WEB_ROLE};
            REVOKE DELETE ON kernel_events_delivery FROM {WEB_ROLE};
            """,
            """
            DROP POLICY kernel_events_event_add ON kernel_events_event;
            DROP POLICY kernel_events_event_read ON kernel_events_event;
            ALTER TABLE kernel_events_event DISABLE ROW LEVEL SECURITY;
            """,
        )
    ]
