"""Notices, their ways to people, and what is to be told further up if nobody answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.notices.contracts import Channel
from yuzhou.kernel.severity import Severity

SEVERITIES = [(severity.value, severity.key) for severity in Severity]


class NoticeRecord(models.Model):
    """A notice in a person's inbox."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=120)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=500, default="", blank=True)
    severity = models.PositiveSmallIntegerField(choices=SEVERITIES)
    subject = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)
    is_escalated = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "kernel_notices_notice"
        indexes = [models.Index(fields=["user", "-last_at"], name="kernel_notices_inbox")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "code"], condition=Q(read_at__isnull=True), name="kernel_notices_unread"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"


class NoticeDelivery(models.Model):
    """A notice on its way by a channel. `sent_at` or `failed_at` ends it."""

    notice = models.ForeignKey(NoticeRecord, on_delete=models.CASCADE, related_name="deliveries")
    user_id = models.UUIDField()
    channel = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Channel])
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "kernel_notices_delivery"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True, failed_at__isnull=True), name="kernel_notices_due"),
            models.Index(fields=["user_id", "id"], condition=Q(failed_at__isnull=False), name="kernel_notices_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.notice_id}"


class ChannelSetting(models.Model):
    """How a person wants to be told; the webhook's secret is encrypted."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    email_from = models.PositiveSmallIntegerField(null=True, choices=SEVERITIES, default=Severity.WARNING)
    webhook_from = models.PositiveSmallIntegerField(null=True, choices=SEVERITIES)
    webhook_url = models.CharField(max_length=500, default="", blank=True)
    webhook_secret = models.BinaryField(default=b"")
    sms_from = models.PositiveSmallIntegerField(null=True, choices=SEVERITIES)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)

    class Meta:
        db_table = "kernel_notices_channels"

    def __str__(self) -> str:
        return str(self.user_id)


class Escalation(models.Model):
    """A notice that goes to the next tier at `due_at` unless someone has acknowledged it before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    permission = models.CharField(max_length=120)
    next_path = models.CharField(max_length=120)
    minutes = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    code = models.CharField(max_length=120)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=500, default="", blank=True)
    severity = models.PositiveSmallIntegerField(choices=SEVERITIES)
    subject = models.CharField(max_length=300)

    class Meta:
        db_table = "kernel_notices_escalation"
        indexes = [models.Index(fields=["due_at"], name="kernel_notices_escalate")]
        constraints = [models.UniqueConstraint(fields=["subject", "code"], name="kernel_notices_escalation_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"
