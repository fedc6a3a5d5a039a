import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sense", "0018_subscriptions"),
    ]

    operations = [
        migrations.AddField(
            model_name="provisionrequestrecord",
            name="proposed",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="provisionrequestrecord",
            name="key",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="requests",
                to="sense.provisionkeyrecord",
            ),
        ),
    ]
