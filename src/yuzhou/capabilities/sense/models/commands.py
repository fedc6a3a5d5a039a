"""Commands down to devices, and what forbids them."""

from django.db import models

from yuzhou.capabilities.sense.models.devices import DeviceRecord
from yuzhou.kernel.ids import uuid7


class CommandBatchRecord(models.Model):
    """One command asked of many devices."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=200)
    requested_by_id = models.UUIDField(null=True)
    note = models.CharField(max_length=500, blank=True)
    request_key = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "sense_command_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by_id", "request_key"],
                condition=~models.Q(request_key=""),
                name="sense_command_batch_request",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.requested_at})"


class CommandRecord(models.Model):
    """A command and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="commands")
    name = models.CharField(max_length=64)
    group = models.CharField(max_length=16, db_default="setting", default="setting")
    params = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)  # the secret parameters, encrypted, until the command ends
    state = models.CharField(max_length=16, db_index=True)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=200)
    requested_by_id = models.UUIDField(null=True)
    rule_key = models.CharField(max_length=128, blank=True, db_default="", default="")
    alarm_id = models.UUIDField(null=True, db_index=True)
    retry_of = models.UUIDField(null=True)
    batch = models.ForeignKey(CommandBatchRecord, models.SET_NULL, null=True, related_name="commands")
    note = models.CharField(max_length=500, blank=True, db_default="", default="")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, blank=True, db_default="", default="")
    approved_by_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    answer_code = models.CharField(max_length=64, blank=True)
    answer = models.JSONField(null=True)
    reason_code = models.CharField(max_length=64, blank=True, db_default="", default="")
    reason_params = models.JSONField(default=dict, db_default={})
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


class CommandStepRecord(models.Model):
    """A step in a command's history; only ever added."""

    command = models.ForeignKey(CommandRecord, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    act = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=200, blank=True)
    actor_id = models.UUIDField(null=True)
    code = models.CharField(max_length=64, blank=True)
    params = models.JSONField(default=dict)
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "sense_command_step"

    def __str__(self) -> str:
        return f"{self.command_id} {self.act}"


class InterlockRecord(models.Model):
    """An interlock of a device or of a profile; a withdrawn one stays, for whoever asks why a command went."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, null=True, related_name="interlocks")
    profile = models.CharField(max_length=64, blank=True, db_index=True)
    command = models.CharField(max_length=64, blank=True)
    title_zh = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    definition = models.JSONField()
    defined_at = models.DateTimeField()
    defined_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "sense_interlock"

    def __str__(self) -> str:
        return f"{self.definition.get('kind')} of {self.device_id or self.profile}"


class CommandLockRecord(models.Model):
    """A person's lock-out of a device."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="command_locks")
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=500)
    until = models.DateTimeField()
    locked_at = models.DateTimeField()
    locked_by = models.CharField(max_length=200)
    locked_by_id = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "sense_command_lock"

    def __str__(self) -> str:
        return f"{self.device_id} until {self.until}"
