"""Deliveries that came with a key of their own, so that what is sent again is answered again and stored once."""

from django.db import models

from yuzhou.kernel.ids import uuid7


class DeliveryRecord(models.Model):
    """The answer to a delivery: of which sender, under which key, to which content. Written with its readings, kept two days."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sender = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    digest = models.BinaryField()
    answer = models.JSONField()
    delivered_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "sense_delivery"
        constraints = [models.UniqueConstraint(fields=["sender", "key"], name="sense_delivery_key")]

    def __str__(self) -> str:
        return f"{self.sender} {self.key}"
