"""The policy of devices asks for the actor's reach once a statement: lists walk over a hundred thousand of them."""

from django.db import migrations

from yuzhou.kernel import row_security


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("sense", "0023_notification_revision")]

    operations = [row_security.ask_once("sense_device", place="place_path", organisation="operator_id")]
