"""What rules were and are: versions, what devices have of their own, trials on the past."""

from django.db import models

from yuzhou.capabilities.sense.models.alarms import RuleRecord
from yuzhou.capabilities.sense.models.devices import DeviceRecord
from yuzhou.kernel.ids import uuid7


class RuleVersionRecord(models.Model):
    """A rule as it was from `since` on, until the next version."""

    rule = models.ForeignKey(RuleRecord, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    definition = models.JSONField()
    enabled = models.BooleanField()
    since = models.DateTimeField()
    changed_by = models.CharField(max_length=200, blank=True)
    changed_by_id = models.UUIDField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "sense_rule_version"
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="sense_rule_version_key")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.number}"


class RuleOverrideRecord(models.Model):
    """What one device has of its own in a rule of its profile: numbers by JSON pointer (RFC 6901), or that it is off."""

    rule = models.ForeignKey(RuleRecord, models.CASCADE, related_name="overrides")
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="rule_overrides")
    numbers = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "sense_rule_override"
        constraints = [models.UniqueConstraint(fields=["rule", "device"], name="sense_rule_override_key")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.device_id}"


class RuleTrialRecord(models.Model):
    """A definition tried on the past; belongs to who asked for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(RuleRecord, models.CASCADE, null=True, related_name="trials")
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    definition = models.JSONField()
    device_id = models.UUIDField(null=True)
    profile = models.CharField(max_length=64, blank=True)
    devices = models.JSONField(default=list)  # those that the asker may see
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=16)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    alarms = models.JSONField(default=list)
    truncated = models.BooleanField(default=False)
    problem = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asked_by_id = models.UUIDField(null=True, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sense_rule_trial"

    def __str__(self) -> str:
        return f"{self.title_en} ({self.state})"
