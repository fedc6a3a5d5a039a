"""Devices and series."""

from django.db import models

from yuzhou.capabilities.sense.contracts import DeviceState
from yuzhou.kernel.ids import uuid7


class DeviceRecord(models.Model):
    """A device that speaks a protocol under an identity."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    protocol = models.CharField(max_length=32)
    identity = models.CharField(max_length=128)
    secret = models.BinaryField(default=b"")
    new_secret = models.BinaryField(default=b"", db_default=b"")  # sent to the device, until one of the two is proven
    new_secret_since = models.DateTimeField(null=True)
    new_secret_confirmed = models.BooleanField(default=False, db_default=False)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    profile = models.CharField(max_length=64, blank=True, db_index=True)
    place_path = models.CharField(max_length=64, db_index=True)
    site_id = models.UUIDField(null=True, blank=True, db_index=True)
    operator_id = models.UUIDField(null=True, blank=True, db_index=True)
    silent_after_seconds = models.PositiveIntegerField(default=600)
    frames_per_minute = models.PositiveIntegerField(default=600)
    simulated = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    notes = models.TextField(blank=True)
    connection = models.JSONField(default=dict)  # how to reach it, where we call the device
    connection_sealed = models.BinaryField(default=b"")  # the secrets of the connection, encrypted JSON
    registered_at = models.DateTimeField()
    directory_version = models.BigIntegerField(default=0)  # of its protocol, when it last changed for its door

    class Meta:
        db_table = "sense_device"
        indexes = [
            models.Index(fields=["protocol", "directory_version"], name="sense_device_directory"),
            models.Index(fields=["title_zh", "id"], name="sense_device_title"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "identity"], condition=models.Q(enabled=True), name="sense_device_identity"
            )  # a logger goes on to another outlet under its identity when the first is closed
        ]

    def __str__(self) -> str:
        return f"{self.protocol}:{self.identity}"


class DeviceStatus(models.Model):
    """What changes with every frame; apart from the device, so that the busy rows are small."""

    device = models.OneToOneField(DeviceRecord, models.CASCADE, primary_key=True, related_name="status")
    state = models.CharField(max_length=16, default=DeviceState.OFFLINE)
    last_seen = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_device_status"

    def __str__(self) -> str:
        return f"{self.device_id}: {self.state}"


class DeviceClockRecord(models.Model):
    """How far a device's clock is off, as its readings tell; ahead is positive."""

    device = models.OneToOneField(DeviceRecord, models.CASCADE, primary_key=True, related_name="clock", db_constraint=False)
    offset_seconds = models.FloatField()
    is_off = models.BooleanField(default=False)
    since = models.DateTimeField()
    noted_at = models.DateTimeField()
    told = models.BooleanField(default=False)  # whether the series `clock-offset` has it, where there is one
    has_series = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "sense_device_clock"
        indexes = [models.Index(fields=["noted_at"], condition=models.Q(told=False), name="sense_device_clock_untold")]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.offset_seconds:+.0f} s"


class DirectoryVersion(models.Model):
    """Counts the changes that doors (key: protocol) and rule engines (key: "rules") must take in."""

    key = models.CharField(max_length=32, primary_key=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        db_table = "sense_directory_version"

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class SeriesRecord(models.Model):
    """One stream of values."""

    id = models.AutoField(primary_key=True)
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="series")
    property = models.CharField(max_length=64)
    statistic = models.CharField(max_length=32)
    unit = models.CharField(max_length=32, blank=True)
    title_zh = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    attribute = models.TextField(blank=True, db_default="")  # its IRI in NGSI-LD; a trigger gives it where none is given

    class Meta:
        db_table = "sense_series"
        constraints = [models.UniqueConstraint(fields=["device", "property", "statistic"], name="sense_series_key")]
        indexes = [models.Index(fields=["device", "attribute"], name="sense_series_attribute")]

    def __str__(self) -> str:
        return f"{self.property}/{self.statistic}"


class Latest(models.Model):
    """The newest reading of a series by its own time, or by its receipt where that is earlier: one that claims the future
    gives way to those that come after it. `ahead_at`: the last time that any reading claims, where it is another."""

    series = models.OneToOneField(SeriesRecord, models.CASCADE, primary_key=True, related_name="latest")
    at = models.DateTimeField()
    value = models.FloatField()
    flag = models.SmallIntegerField()
    source = models.SmallIntegerField()
    received_at = models.DateTimeField()
    ahead_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_latest"

    def __str__(self) -> str:
        return f"{self.series_id} at {self.at}: {self.value}"
