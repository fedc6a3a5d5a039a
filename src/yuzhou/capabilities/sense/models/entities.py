"""NGSI-LD entities, what became of their attributes, contexts, and measurements on their way to the readings."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex, GistIndex
from django.db import models

from yuzhou.capabilities.sense.models.boxes import BoxField
from yuzhou.kernel.ids import uuid7


class EntitySource(models.IntegerChoices):
    """Who keeps an entity: a client alone, or a trigger that projects a device, a site or a profile into it."""

    CLIENT = 0
    DEVICE = 1
    SITE = 2
    PROFILE = 3


class EntityRecord(models.Model):
    """An entity of ETSI GS CIM 009 with its static attributes; live ones are joined from `sense_live` by `source_id`.

    `document`: attribute IRI → list of instances. `kept`: those attributes in it that a trigger keeps, so no client may write.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    urn = models.TextField(unique=True)
    types = ArrayField(models.TextField())
    scopes = ArrayField(models.TextField(), default=list, db_default="{}")
    place_path = models.CharField(max_length=64, db_index=True)
    organisation_id = models.UUIDField(null=True, db_index=True)
    source = models.SmallIntegerField(choices=EntitySource.choices, default=EntitySource.CLIENT)
    source_id = models.UUIDField(null=True, db_index=True)  # of a device or site; of the device that a client's entity became
    kept = ArrayField(models.TextField(), default=list, db_default="{}")
    document = models.JSONField(default=dict)
    box = BoxField(null=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_entity"
        indexes = [
            models.Index(fields=["created_at", "id"], name="sense_entity_order"),
            GinIndex(fields=["types"], name="sense_entity_types"),
            GinIndex(fields=["scopes"], name="sense_entity_scopes"),
            GistIndex(fields=["box"], name="sense_entity_box"),
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="sense_entity_expiry"),
        ]

    def __str__(self) -> str:
        return self.urn


class EntityInstanceRecord(models.Model):
    """An attribute instance as it came to be, changed or went: the history of what is not a reading.

    `id` is the instance's own (`urn:ngsi-ld:Instance:<id>`). `instance` is what it was from `modified_at` on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity_id = models.UUIDField()
    attribute = models.TextField()
    dataset = models.TextField(blank=True)
    observed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    kind = models.SmallIntegerField()  # ChangeKind
    instance = models.JSONField()

    class Meta:
        db_table = "sense_entity_instance"
        indexes = [
            models.Index(fields=["entity_id", "attribute", "modified_at"], name="sense_entity_instance_of"),
            BrinIndex(fields=["modified_at"], name="sense_entity_instance_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.entity_id}"


class EntityTombstone(models.Model):
    """An entity that was deleted: by it the temporal interface still finds and scopes its instances."""

    entity_id = models.UUIDField(primary_key=True)
    urn = models.TextField(db_index=True)
    types = ArrayField(models.TextField())
    scopes = ArrayField(models.TextField())
    place_path = models.CharField(max_length=64)
    organisation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField()

    class Meta:
        db_table = "sense_entity_tombstone"

    def __str__(self) -> str:
        return self.urn


class EntityModelRecord(models.Model):
    """What type of entity the sites of a kind are: the declarations of the parts, where the triggers can read them."""

    kind = models.CharField(max_length=40, primary_key=True)
    type = models.TextField()  # IRI
    term = models.CharField(max_length=64)  # in the entity's URN

    class Meta:
        db_table = "sense_entity_model"

    def __str__(self) -> str:
        return f"{self.kind}: {self.term}"


class ContextRecord(models.Model):
    """A JSON-LD context that we host, or a copy of one from an allowed host."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.TextField(unique=True)
    kind = models.CharField(max_length=20)  # ContextKind
    body = models.JSONField()
    organisation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    last_usage = models.DateTimeField(null=True)
    hits = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "sense_context"

    def __str__(self) -> str:
        return self.url


class MeasurementRecord(models.Model):
    """A reading that a client wrote, until the worker has ingested it; `sense_live` shows it meanwhile."""

    id = models.BigAutoField(primary_key=True)
    series_id = models.IntegerField(db_index=True)
    at = models.DateTimeField()
    value = models.FloatField()
    flag = models.SmallIntegerField()
    source = models.SmallIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "sense_measurement"

    def __str__(self) -> str:
        return f"{self.series_id} at {self.at}: {self.value}"
