"""Profiles and the versions they had."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class ProfileRecord(models.Model):
    """A kind of device. Its rule templates are the rules that aim at it (`RuleRecord.profile`)."""

    key = models.CharField(max_length=64, primary_key=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    protocol = models.CharField(max_length=32, db_index=True)
    content = models.JSONField(default=dict)  # properties and commands, see contracts/profile_notation.py
    silent_after_seconds = models.PositiveIntegerField()
    notes = models.TextField(blank=True)
    origin = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    retired_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "sense_profile"

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class ProfileVersionRecord(models.Model):
    """A version of a profile as it was defined, whole."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    profile = models.ForeignKey(ProfileRecord, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    changed = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "sense_profile_version"
        constraints = [models.UniqueConstraint(fields=["profile", "version"], name="sense_profile_version_key")]

    def __str__(self) -> str:
        return f"{self.profile_id} v{self.version}"
