"""Row-level security on what hangs on a device or an alarm, and room for the secrets of a command under way."""

from django.db import migrations, models

from yuzhou.kernel import row_security

OF_DEVICE = "EXISTS (SELECT 1 FROM sense_device WHERE sense_device.id = device_id)"
OF_ALARM = "EXISTS (SELECT 1 FROM sense_alarm WHERE sense_alarm.id = alarm_id)"
OF_CITY = "app_sees_place('50')"  # refusals of no known device


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0003_request_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="commandrecord",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        row_security.enable("sense_alarm_entry", using=OF_ALARM),
        row_security.enable("sense_command", using=OF_DEVICE),
        row_security.enable("sense_quarantine", using=f"{OF_CITY} OR {OF_DEVICE}"),
    ]
