"""Outlets, their factors and dated limits, and the reports of their days. `place_path` and `operator_id` carry row scope."""

from django.db import models
from django.db.models import F, Q

from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.domains.environment.rules.limits import Averaging
from yuzhou.kernel.ids import uuid7

PLACE_PATH = 40


class OutletRecord(models.Model):
    """An outlet (排污口): a site of the kind `outlet`, extended by id."""

    site = models.OneToOneField("kernel_sites.Site", models.PROTECT, primary_key=True, related_name="+")
    place_path = models.CharField(max_length=PLACE_PATH, db_index=True)
    operator_id = models.UUIDField(db_index=True)
    medium = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Medium])
    mn = models.CharField(max_length=24)
    system_type = models.CharField(max_length=2)
    device_id = models.UUIDField(unique=True)
    permit = models.CharField(max_length=40, blank=True)
    silent_after_minutes = models.PositiveIntegerField(default=30)
    frozen_after_minutes = models.PositiveIntegerField(default=240)
    simulated = models.BooleanField(default=False)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    registered_at = models.DateTimeField()

    class Meta:
        db_table = "environment_outlet"

    def __str__(self) -> str:
        return self.mn


class OutletFactorRecord(models.Model):
    """A factor that an outlet reports."""

    outlet = models.ForeignKey(OutletRecord, models.CASCADE, related_name="factors")
    code = models.CharField(max_length=8)
    converted = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "environment_outlet_factor"
        constraints = [models.UniqueConstraint(fields=["outlet", "code"], name="environment_factor_once")]

    def __str__(self) -> str:
        return self.code


class LimitRecord(models.Model):
    """A limit of a factor, in force over [valid_from, valid_to)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outlet = models.ForeignKey(OutletRecord, models.CASCADE, related_name="limits")
    code = models.CharField(max_length=8)
    averaging = models.CharField(max_length=4, choices=[(a.value, a.value) for a in Averaging])
    converted = models.BooleanField(default=False)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    basis = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "environment_limit"
        constraints = [
            models.UniqueConstraint(fields=["outlet", "code", "averaging", "valid_from"], name="environment_limit_once"),
            models.CheckConstraint(
                name="environment_limit_interval", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
            models.CheckConstraint(name="environment_limit_some", condition=Q(lower__isnull=False) | Q(upper__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.averaging} {self.valid_from}"


class DailyReportRecord(models.Model):
    """A version of the report of an outlet's day; `current` marks the newest. `figures` as written by `rules.record`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outlet = models.ForeignKey(OutletRecord, models.CASCADE, related_name="reports")
    day = models.DateField()
    version = models.PositiveIntegerField()
    current = models.BooleanField(default=True)
    is_final = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    figures = models.JSONField()

    class Meta:
        db_table = "environment_daily_report"
        constraints = [
            models.UniqueConstraint(fields=["outlet", "day", "version"], name="environment_report_version"),
            models.UniqueConstraint(fields=["outlet", "day"], condition=Q(current=True), name="environment_report_current"),
        ]
        indexes = [models.Index(fields=["day"], name="environment_report_day")]

    def __str__(self) -> str:
        return f"{self.day} v{self.version}"
