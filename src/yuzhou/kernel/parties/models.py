"""Organisations and persons. Row-level security: organisations are public to read, contacts and persons are not."""

from django.db import models
from django.db.models import Q

from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.parties.contracts import OrganisationKind


class Organisation(models.Model):
    """An organisation (法人和其他组织) by its unified social credit code; `place_path` repeats the place's for row scope."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in OrganisationKind])
    place = models.ForeignKey("kernel_places.Place", models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=40, db_index=True)
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.uscc}"


class OrganisationContact(models.Model):
    """How to reach an organisation: apart from it, for only some may see it."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, primary_key=True, related_name="contact")
    place_path = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"contact of {self.organisation_id}"


class Person(models.Model):
    """A natural person as one place or organisation registered it; each keeps its own record, unseen by the others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    id_number = models.BinaryField()
    id_number_hash = models.CharField(max_length=64, db_index=True)
    place_path = models.CharField(max_length=40, null=True, db_index=True)  # noqa: DJ001  (null says: of no place, for row scope)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    account = models.UUIDField(null=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_hash", "place_path", "organisation"],
                name="kernel_parties_person_once_per_registrar",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="kernel_parties_person_has_registrar",
                condition=Q(place_path__isnull=False) | Q(organisation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.id}"
