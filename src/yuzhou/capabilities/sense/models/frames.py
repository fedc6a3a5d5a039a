"""What readings came from, and what was refused or replaced. Readings and raw frames themselves are partitioned tables
without a model: see migration 0002 and `services/storage.py`."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class Quarantine(models.Model):
    """A refused frame."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    protocol = models.CharField(max_length=32)
    code = models.CharField(max_length=64, db_index=True)
    params = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_index=True)
    peer = models.CharField(max_length=64, blank=True)
    identity = models.CharField(max_length=128, blank=True)
    device_id = models.UUIDField(null=True, db_index=True)
    content = models.BinaryField()
    size = models.IntegerField()

    class Meta:
        db_table = "sense_quarantine"

    def __str__(self) -> str:
        return f"{self.code} from {self.peer}"


class Replaced(models.Model):
    """A value that lost its place to a correction, or was refused because another stands there."""

    series_id = models.IntegerField()
    at = models.DateTimeField()
    value = models.FloatField()
    flag = models.SmallIntegerField()
    source = models.SmallIntegerField()
    received_at = models.DateTimeField()
    was_stored = models.BooleanField()
    replaced_at = models.DateTimeField()

    class Meta:
        db_table = "sense_replaced"
        indexes = [models.Index(fields=["series_id", "at"], name="sense_replaced_series")]

    def __str__(self) -> str:
        return f"{self.series_id} at {self.at}: {self.value}"


class ArchivedDay(models.Model):
    """A UTC day of readings that moved to a Parquet file."""

    day = models.DateField(primary_key=True)
    file = models.CharField(max_length=200, blank=True)
    rows = models.BigIntegerField(default=0)
    purged = models.CharField(max_length=250, blank=True, db_default="")  # what its file was last looked through for
    hours_file = models.CharField(max_length=200, blank=True)  # the hourly summaries of the day
    hours_rows = models.BigIntegerField(default=0)
    archived_at = models.DateTimeField()

    class Meta:
        db_table = "sense_archived_day"

    def __str__(self) -> str:
        return str(self.day)


class TouchedDay(models.Model):
    """Counts the batches that brought rows of a UTC day long past: a day that is being archived must stand still meanwhile."""

    day = models.DateField(primary_key=True)
    number = models.BigIntegerField(default=1)

    class Meta:
        db_table = "sense_touched_day"

    def __str__(self) -> str:
        return f"{self.day}: {self.number}"


class DuePeriod(models.Model):
    """An hour or a day of a series whose summary is not made yet, or no longer true."""

    series = models.ForeignKey("sense.SeriesRecord", models.CASCADE, db_constraint=False, db_index=False)
    start = models.DateTimeField(db_index=True)
    hours = models.SmallIntegerField(default=1, db_default=1)
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "sense_due_period"
        constraints = [models.UniqueConstraint(fields=["series", "start", "hours"], name="sense_due_period_key")]

    def __str__(self) -> str:
        return f"{self.series_id} from {self.start}"
