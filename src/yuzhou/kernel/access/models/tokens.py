"""Tokens by which programs act for a person."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7


class ApiToken(models.Model):
    """A secret that carries a part of its owner's permissions, optionally only in one place or for one organisation.

    Only a keyed hash of the secret is kept; the prefix finds the row. What it gives is never more than the owner has now.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    permissions = ArrayField(models.CharField(max_length=120))
    place_path = models.CharField(max_length=64, blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    home_path = models.CharField(max_length=64, blank=True)
    home_organisation = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
