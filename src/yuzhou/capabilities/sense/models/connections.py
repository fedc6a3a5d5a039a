"""How connections stand, and errands at machines."""

from django.db import models

from yuzhou.capabilities.sense.models.devices import DeviceRecord
from yuzhou.kernel.ids import uuid7


class ConnectionRecord(models.Model):
    """What the connector said last of a device."""

    device = models.OneToOneField(DeviceRecord, models.CASCADE, primary_key=True, related_name="connection_note")
    state = models.CharField(max_length=16)
    code = models.CharField(max_length=64, blank=True)
    params = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "sense_connection"

    def __str__(self) -> str:
        return f"{self.device_id}: {self.state}"


class ErrandRecord(models.Model):
    """Something that a person asked the connectors to look up; forgotten after a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="errands")
    kind = models.CharField(max_length=16)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=16)
    steps = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_errand"
        indexes = [models.Index(fields=["state", "requested_at"], name="sense_errand_state")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"
