"""The outbox: events, and what is owed of them to each subscriber."""

from django.db import models
from django.db.models import Q

from yuzhou.kernel.events.contracts import OPEN, SUBJECT_LENGTH, DeliveryState
from yuzhou.kernel.ids import uuid7

HEADS = (DeliveryState.READY, DeliveryState.DEAD)


class EventRecord(models.Model):
    """An event as it was emitted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    payload = models.JSONField()
    emitted_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "kernel_events_event"
        indexes = [models.Index(fields=["subject", "id"], name="kernel_events_subject")]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"


class Delivery(models.Model):
    """One event for one subscriber. Its lane is (subscriber, subject): ids rise in the order of emission within a lane."""

    event = models.ForeignKey(EventRecord, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=200)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in DeliveryState])
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    last_error = models.TextField(default="", blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "kernel_events_delivery"
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "subject"], condition=Q(state__in=HEADS), name="kernel_events_head"),
        ]
        indexes = [
            models.Index(fields=["subscriber", "subject", "id"], condition=Q(state__in=OPEN), name="kernel_events_lane"),
            models.Index(fields=["due_at", "id"], condition=Q(state="ready"), name="kernel_events_due"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="kernel_events_finished"),
            models.Index(fields=["id"], condition=Q(state="dead"), name="kernel_events_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} {self.subject} {self.state}"
