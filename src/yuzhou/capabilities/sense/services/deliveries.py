"""What was answered to deliveries that name themselves by a key (`Idempotency-Key`)."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import OperationalError
from django.db.models import Q

from yuzhou.capabilities.sense.contracts import Delivered
from yuzhou.capabilities.sense.models import DeliveryRecord
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as, transaction_required

DOOR = Actor.system("sense.door")
KEPT = timedelta(hours=48)


class KeyTaken(OperationalError):
    """Another process stored a delivery under the same key meanwhile: find its answer, and store anew without it."""


def find_deliveries(*, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Delivered]:
    """Those of the deliveries (sender, key) that were stored within the last 48 hours. Opens its own transaction."""
    wanted = list(keys)
    if not wanted:
        return {}
    which = Q(pk__in=[])
    for sender in {sender for sender, _ in wanted}:
        which |= Q(sender=sender, key__in=[key for one, key in wanted if one == sender])
    with acting_as(DOOR):
        found = DeliveryRecord.objects.filter(which, delivered_at__gt=now() - KEPT)
        return {(one.sender, one.key): Delivered(one.sender, one.key, bytes(one.digest), one.answer) for one in found}


@transaction_required
def keep_deliveries(*, deliveries: Iterable[Delivered]) -> None:
    """Keep answers, in the transaction of the readings that they are for. Raises KeyTaken."""
    moment = now()
    rows = [
        DeliveryRecord(sender=d.sender, key=d.key, digest=d.digest, answer=dict(d.answer), delivered_at=moment)
        for d in deliveries
    ]
    if not rows:
        return
    outdated = Q(pk__in=[])
    for row in rows:
        outdated |= Q(sender=row.sender, key=row.key)
    DeliveryRecord.objects.filter(outdated, delivered_at__lte=moment - KEPT).delete()
    DeliveryRecord.objects.bulk_create(rows, ignore_conflicts=True)
    ids = {row.id for row in rows}
    if DeliveryRecord.objects.filter(id__in=ids).count() < len(ids):
        raise KeyTaken


def forget_deliveries() -> int:
    """Drop answers older than 48 hours; returns how many. Opens its own transaction."""
    with acting_as(DOOR):
        return DeliveryRecord.objects.filter(delivered_at__lte=now() - KEPT).delete()[0]
