"""The two ways to an account: an invitation, and a firm's application to join (入驻申请)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7


class Invitation(models.Model):
    """A one-time link that makes an account with roles; only a hash of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    roles = ArrayField(models.CharField(max_length=100))
    place_path = models.CharField(max_length=64, blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    home_path = models.CharField(max_length=64, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or self.email


class JoinApplication(models.Model):
    """A firm's request to join, reviewed where the firm sits; its reference code opens its status page."""

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=24, unique=True)
    organisation_name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18)
    place_path = models.CharField(max_length=64)
    contact_name = models.CharField(max_length=120)
    contact_phone = models.CharField(max_length=32)
    contact_email = models.EmailField(blank=True)
    role = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    applied_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["place_path", "state"])]

    def __str__(self) -> str:
        return f"{self.reference} {self.organisation_name}"
