"""Places, the codes they bore, and their outlines. Reference data: the web's role may only read it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Func, Q

from yuzhou.kernel.places.rules import Level


class DateRange(Func):
    """PostgreSQL's half-open `daterange(from, to)`."""

    function = "daterange"


class Place(models.Model):
    """A place (行政区划); the id and the path stay when its code or name changes."""

    id = models.UUIDField(primary_key=True)
    path = models.CharField(max_length=40, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    level = models.PositiveSmallIntegerField(choices=[(level.value, level.name.lower()) for level in Level])
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    name_latin = models.CharField(max_length=160)
    name_en = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=320)
    search_key = models.CharField(max_length=240)
    initials = models.CharField(max_length=60)
    code = models.CharField(max_length=12, db_index=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    on_map = models.BooleanField(default=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return f"{self.path} {self.name}"


class PlaceCode(models.Model):
    """A code that a place bore over [valid_from, valid_to), with the name of that time; a code names one place at a time."""

    id = models.UUIDField(primary_key=True)
    place = models.ForeignKey(Place, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=12, db_index=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    document = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="kernel_places_code_names_one_place",
                expressions=[("code", RangeOperators.EQUAL), (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="kernel_places_code_interval",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lt=models.F("valid_to")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PlaceChange(models.Model):
    """A published change of district codes; those not `applied` are recorded only (see data/ORIGIN.md)."""

    year = models.PositiveSmallIntegerField()
    effective = models.DateField(null=True)
    kind = models.CharField(max_length=20)
    old_code = models.CharField(max_length=12, blank=True)
    old_name = models.CharField(max_length=80, blank=True)
    new_code = models.CharField(max_length=12, blank=True)
    new_name = models.CharField(max_length=80, blank=True)
    document = models.CharField(max_length=80, blank=True)
    applied = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.year} {self.old_code} → {self.new_code}"


class Boundary(models.Model):
    """The outline of a place: polygons of rings of delta-coded integers, in steps of 1/scale degree (WGS 84)."""

    place = models.OneToOneField(Place, models.CASCADE, primary_key=True, related_name="boundary")
    scale = models.PositiveIntegerField()
    polygons = models.JSONField()

    def __str__(self) -> str:
        return f"outline of {self.place_id}"


class Edition(models.Model):
    """Which edition of the carried data is loaded, so that loading it again does nothing."""

    name = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"
