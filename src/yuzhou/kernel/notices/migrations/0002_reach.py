"""A person reaches their own notices and settings, and nobody else's; the system reaches all."""

from django.db import migrations

from yuzhou.kernel import row_security


class Migration(migrations.Migration):
    dependencies = [("kernel_notices", "0001_initial"), ("kernel_access", "0001_initial")]

    operations = [
        row_security.enable("kernel_notices_notice", user="user_id"),
        row_security.enable("kernel_notices_delivery", user="user_id"),
        row_security.enable("kernel_notices_channels", user="user_id"),
        row_security.enable("kernel_notices_escalation", using="current_setting('app.user', true) = 'system'"),
    ]
