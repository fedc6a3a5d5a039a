"""Entities are searched by type, scope and box: through a view with the reach of the policy, as a policy bars those indexes."""

from django.db import migrations

from yuzhou.kernel import row_security

WITHIN_REACH = row_security.reach_once(place="place_path", organisation="organisation_id")


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("sense", "0025_newest_by_receipt")]

    operations = [
        row_security.ask_once("sense_entity", place="place_path", organisation="organisation_id"),
        row_security.visible_through("sense_entity_seen", "sense_entity", f"source = 3 OR {WITHIN_REACH}"),
    ]
