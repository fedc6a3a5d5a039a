"""Devices that come in by themselves or by lists."""

from django.db import models

from yuzhou.capabilities.sense.contracts.onboarding import ImportStatus, ProvisionStatus
from yuzhou.kernel.ids import uuid7


class ProvisionKeyRecord(models.Model):
    """A key under which devices may ask to be let in; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    title = models.CharField(max_length=200)
    profile = models.CharField(max_length=64)
    place_path = models.CharField(max_length=64)
    operator_id = models.UUIDField(null=True, blank=True)
    most = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    automatic = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_provision_key"

    def __str__(self) -> str:
        return f"{self.title} ({self.hint}…)"


class ProvisionRequestRecord(models.Model):
    """A device that asked; one row for each identity that is pending, and one for each that was refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.ForeignKey(ProvisionKeyRecord, models.CASCADE, related_name="requests", null=True)  # none: a node speaks for it
    protocol = models.CharField(max_length=32)
    identity = models.CharField(max_length=128)
    profile = models.CharField(max_length=64)
    place_path = models.CharField(max_length=64)
    operator_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=16, default=ProvisionStatus.PENDING)
    details = models.JSONField(default=dict)
    proposed = models.JSONField(default=list)  # the properties that its birth declared
    claim = models.CharField(max_length=64, blank=True)  # hash of the word that the device chose
    peer = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    last_asked_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    device_id = models.UUIDField(null=True, db_index=True)
    claims = models.UUIDField(null=True, db_index=True)
    code = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_provision_request"
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "identity"],
                condition=models.Q(status=ProvisionStatus.PENDING),
                name="sense_provision_one_pending",
            ),
            models.UniqueConstraint(
                fields=["protocol", "identity"],
                condition=models.Q(status=ProvisionStatus.REFUSED),
                name="sense_provision_one_refused",
            ),
        ]
        indexes = [models.Index(fields=["status", "asked_at"], name="sense_provision_queue")]

    def __str__(self) -> str:
        return f"{self.protocol}:{self.identity} ({self.status})"


class DeviceImportRecord(models.Model):
    """A list of devices, what is wrong with it, and how far it got."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=16, default=ImportStatus.CHECKED)
    content = models.BinaryField()  # the entries as JSON, encrypted: there may be secrets among them
    credentials = models.BinaryField(default=b"")  # identity and secret of what was registered, encrypted
    rows = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    made_by_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sense_device_import"

    def __str__(self) -> str:
        return f"{self.name}: {self.done} of {self.rows}"


class DeviceBatchRecord(models.Model):
    """One change of many devices, how far it got, and what did not go."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    act = models.CharField(max_length=16)
    profile = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, default="chosen")
    devices = models.JSONField()  # their ids, as chosen
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    made_by_id = models.UUIDField(null=True)

    class Meta:
        db_table = "sense_device_batch"

    def __str__(self) -> str:
        return f"{self.act}: {self.done} of {self.total}"
