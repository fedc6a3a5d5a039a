"""Subscriptions to NGSI-LD entities, changes to be told of, and notifications on their way."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yuzhou.kernel.ids import uuid7


class SubscriptionRecord(models.Model):
    """Who wants to be told of what, and how that goes.

    `document` holds the definition with expanded names and without the endpoint, `endpoint` the sealed rest. `entities`: its
    selectors, each with the IRIs of the types that it names. `reach`: how far its maker could see when it was made.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    urn = models.TextField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    document = models.JSONField(default=dict)
    context = models.JSONField(null=True)
    entities = models.JSONField(default=list)
    watched = ArrayField(models.TextField(), default=list, db_default="{}")
    triggers = ArrayField(models.CharField(max_length=20), default=list, db_default="{}")
    shows_changes = models.BooleanField(default=False, db_default=False)
    endpoint = models.BinaryField(default=b"")
    accept = models.CharField(max_length=64)
    throttling = models.FloatField(null=True)
    time_interval = models.FloatField(null=True)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    owner_kind = models.CharField(max_length=16)
    owner_id = models.UUIDField(null=True, db_index=True)
    owner_name = models.CharField(max_length=200)
    reach = models.JSONField(default=dict)
    place_path = models.CharField(max_length=64, blank=True, db_index=True)
    organisation_id = models.UUIDField(null=True, db_index=True)
    tenant_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    version = models.BigIntegerField(default=0)
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)
    last_notification = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True)
    last_failure = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True)
    failures = models.IntegerField(default=0)  # one after the other, since the last success
    next_try_at = models.DateTimeField(null=True)
    next_interval_at = models.DateTimeField(null=True)
    claimed_by = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_subscription"
        indexes = [
            models.Index(fields=["created_at", "id"], name="sense_subscription_order"),
            models.Index(
                fields=["next_interval_at"],
                condition=models.Q(next_interval_at__isnull=False),
                name="sense_subscription_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.urn


class ChangeRecord(models.Model):
    """A change that a subscription may want to hear of; gone as soon as it was matched.

    Of an entity by its URN, or of a device by its id. `attributes`: [IRI, event, dataset, instance before].
    `gone`: what a deleted entity was.
    """

    id = models.BigAutoField(primary_key=True)
    urn = models.TextField(blank=True)
    device_id = models.UUIDField(null=True)
    types = ArrayField(models.TextField(), default=list, db_default="{}")
    event = models.SmallIntegerField()
    attributes = models.JSONField(default=list)
    gone = models.JSONField(null=True)
    place_path = models.CharField(max_length=64, blank=True)
    organisation_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "sense_change"

    def __str__(self) -> str:
        return f"{self.urn or self.device_id} {self.at}"


class NotificationRecord(models.Model):
    """A notification until it is delivered or given up: `data` by URN in the order of the changes.

    `reach`: for each URN its place and organisation, by which it is looked up once more whether the subscriber may see it.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid7)
    subscription = models.ForeignKey(SubscriptionRecord, models.CASCADE, related_name="notifications")
    data = models.JSONField(default=dict)
    reach = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    revision = models.IntegerField(default=0, db_default=0)  # counts what came to it while it waited

    class Meta:
        db_table = "sense_notification"
        indexes = [
            models.Index(fields=["subscription", "id"], name="sense_notification_queue"),
            models.Index(fields=["due_at"], name="sense_notification_due"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid}"
