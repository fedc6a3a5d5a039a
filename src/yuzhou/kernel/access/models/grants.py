"""Roles held, by people and by machines."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7


class MachineClient(models.Model):
    """An OAuth2 client (client credentials): a machine that acts with the roles granted to it.

    `client_id` names the client's record in the OAuth2 provider, which keeps its secret hashed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=120)
    home_path = models.CharField(max_length=64, blank=True)
    home_organisation = models.UUIDField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A role that a user or a machine holds in a place or for an organisation, from a moment until another.

    `home_path` is where it is administered: the place itself, or the district of the organisation. The text of the role is
    the key of a declared role; a grant of a role that is no longer declared gives nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="role_grants")
    client = models.ForeignKey(MachineClient, null=True, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=100)
    place_path = models.CharField(max_length=64, blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    home_path = models.CharField(max_length=64, blank=True)
    valid_from = models.DateTimeField(default=now)
    valid_to = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=now)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["role", "place_path"], name="kernel_access_grant_place"),
            models.Index(fields=["organisation_id"], name="kernel_access_grant_org"),
            models.Index(fields=["home_path"], name="kernel_access_grant_home"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, client__isnull=True) | Q(user__isnull=True, client__isnull=False),
                name="kernel_access_grant_one_holder",
            ),
            models.CheckConstraint(
                condition=(Q(organisation_id__isnull=True) & ~Q(place_path="")) | Q(organisation_id__isnull=False, place_path=""),
                name="kernel_access_grant_one_reach",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.place_path or self.organisation_id}"
