"""Sites, which domains extend by id."""

from django.db import models
from django.db.models import F, Q

from yuzhou.kernel.ids import uuid7


class Site(models.Model):
    """A site (场所): a place on the map with an operator; `place_path` repeats the place's for row scope."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=200, blank=True)
    place = models.ForeignKey("kernel_places.Place", models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=40, db_index=True)
    lon = models.FloatField()
    lat = models.FloatField()
    operator = models.ForeignKey("kernel_parties.Organisation", models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    closed_at = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "place_path"], name="kernel_sites_kind_place")]
        constraints = [
            models.CheckConstraint(
                name="kernel_sites_interval", condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
