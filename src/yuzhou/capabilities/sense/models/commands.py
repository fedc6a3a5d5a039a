"""Commands down to devices."""

from django.db import models

from yuzhou.capabilities.sense.models.devices import DeviceRecord
from yuzhou.kernel.ids import uuid7


class CommandRecord(models.Model):
    """A command and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="commands")
    name = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)  # the secret parameters, encrypted, until the command ends
    state = models.CharField(max_length=16, db_index=True)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=200)
    requested_by_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    reference = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    answer_code = models.CharField(max_length=64, blank=True)
    answer = models.JSONField(null=True)
    request_key = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "sense_command"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "request_key"], condition=~models.Q(request_key=""), name="sense_command_request"
            )
        ]
        indexes = [models.Index(fields=["device", "-requested_at"], name="sense_command_device")]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"
