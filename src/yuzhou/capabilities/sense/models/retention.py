"""How long data are kept, and what must not go."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class RetentionRecord(models.Model):
    """Of a profile, or of one series, which goes before its profile."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    profile = models.CharField(max_length=64, blank=True)
    series_id = models.IntegerField(null=True)
    reading_days = models.PositiveIntegerField(null=True)
    frame_days = models.PositiveIntegerField(null=True)
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "sense_retention"
        constraints = [
            models.UniqueConstraint(fields=["profile"], condition=models.Q(series_id=None), name="sense_retention_profile"),
            models.UniqueConstraint(fields=["series_id"], name="sense_retention_series"),
        ]

    def __str__(self) -> str:
        return f"{self.profile or self.series_id}: {self.reading_days} days"


class LegalHoldRecord(models.Model):
    """What must not go."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device_id = models.UUIDField(null=True)
    profile = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    placed_by = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    released_by = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_legal_hold"

    def __str__(self) -> str:
        return f"{self.device_id or self.profile}: {self.reason}"
