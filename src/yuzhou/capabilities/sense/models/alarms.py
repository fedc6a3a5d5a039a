"""Rules with what they remember, and alarms with their history."""

from django.db import models

from yuzhou.capabilities.sense.models.devices import DeviceRecord, SeriesRecord
from yuzhou.kernel.ids import uuid7


class RuleRecord(models.Model):
    """A rule, aimed at a device or at a profile."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=128, unique=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    definition = models.JSONField()
    device = models.ForeignKey(DeviceRecord, models.CASCADE, null=True, related_name="rules")
    profile = models.CharField(max_length=64, blank=True)
    enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)
    by_person = models.BooleanField(default=False)  # else declared by a part of the platform
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "sense_rule"

    def __str__(self) -> str:
        return self.key


class RuleState(models.Model):
    """What a rule remembers of a device. `form` names the definition's layout; a state of another form starts afresh."""

    rule = models.ForeignKey(RuleRecord, models.CASCADE)
    device = models.ForeignKey(DeviceRecord, models.CASCADE)
    form = models.CharField(max_length=32)
    revision = models.IntegerField(default=0)  # counts late readings that fall into its windows
    severity = models.SmallIntegerField()
    leaf = models.BinaryField()
    level = models.BinaryField()

    class Meta:
        db_table = "sense_rule_state"
        constraints = [models.UniqueConstraint(fields=["rule", "device"], name="sense_rule_state_key")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.device_id}"


class IngestLedger(models.Model):
    """One row, locked by whoever ingests: who did last, and how often it was done."""

    id = models.SmallIntegerField(primary_key=True)
    writer = models.UUIDField(null=True)
    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "sense_ingest_ledger"

    def __str__(self) -> str:
        return str(self.number)


class AlarmRecord(models.Model):
    """A rule broken by a series of a device. Where it is and whose it is are kept with it, as they were at its rise."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(RuleRecord, models.CASCADE, related_name="alarms")
    device = models.ForeignKey(DeviceRecord, models.CASCADE, related_name="alarms")
    series = models.ForeignKey(SeriesRecord, models.CASCADE, related_name="alarms")
    severity = models.SmallIntegerField()
    peak_severity = models.SmallIntegerField()
    state = models.CharField(max_length=16)
    standing = models.BooleanField(default=True)  # the cause has not gone
    code = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=32, blank=True)
    place_path = models.CharField(max_length=64)
    site_id = models.UUIDField(null=True, db_index=True)
    operator_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sense_alarm"
        constraints = [
            models.UniqueConstraint(fields=["rule", "series"], condition=models.Q(standing=True), name="sense_alarm_one_standing")
        ]
        indexes = [
            models.Index(fields=["place_path", "-raised_at"], name="sense_alarm_place"),
            models.Index(fields=["state", "-raised_at"], name="sense_alarm_state"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.state})"


class AlarmEntryRecord(models.Model):
    """A step of an alarm's history."""

    alarm = models.ForeignKey(AlarmRecord, models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    act = models.CharField(max_length=32)
    severity = models.SmallIntegerField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    code = models.CharField(max_length=64, blank=True)
    params = models.JSONField(default=dict)
    request_key = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "sense_alarm_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "request_key"], condition=~models.Q(request_key=""), name="sense_alarm_entry_request"
            )
        ]
        indexes = [models.Index(fields=["alarm", "id"], name="sense_alarm_entry_order")]

    def __str__(self) -> str:
        return f"{self.alarm_id}: {self.act}"
