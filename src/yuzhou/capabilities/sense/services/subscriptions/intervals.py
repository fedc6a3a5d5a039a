"""Subscriptions that tell at intervals, whether anything changed or not (timeInterval)."""

from datetime import timedelta
from typing import Any

from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.notification import tell
from yuzhou.capabilities.sense.services.subscriptions.listening import Listening
from yuzhou.capabilities.sense.services.subscriptions.matching import MOST_ENTITIES, NOTIFIER, queue_page
from yuzhou.capabilities.sense.services.subscriptions.state import PAGE, Standing, read_standing, read_types
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

AT_ONCE = 20


def make_periodic() -> int:
    """Make the notifications of every subscription whose interval is over; returns how many. Opens its own transactions."""
    done = 0
    while done < AT_ONCE and _make_one():
        done += 1
    return done


def _make_one() -> bool:
    with acting_as(NOTIFIER):
        moment = now()
        due = SubscriptionRecord.objects.select_for_update(skip_locked=True).filter(next_interval_at__lte=moment, is_active=True)
        record = due.order_by("next_interval_at").first()
        if record is None:
            return False
        step = timedelta(seconds=record.time_interval or 1)
        missed = (moment - (record.next_interval_at or moment)) // step
        record.next_interval_at = (record.next_interval_at or moment) + step * (missed + 1)
        if record.expires_at is not None and record.expires_at <= moment:
            record.next_interval_at = None
        else:
            _tell_all(Listening(record))
        SubscriptionRecord.objects.filter(id=record.id).update(next_interval_at=record.next_interval_at)
        return True


def _tell_all(listening: Listening) -> None:
    """Everything that matches, a page at a time."""
    data: dict[str, Any] = {}
    reach: dict[str, Any] = {}
    for one in _candidates(listening):
        if listening.means(one.entity) and listening.reaches(one.place_path, one.organisation):
            record = listening.record
            data[one.entity.id] = tell(
                one.entity, (), listening.view, listening.context, accept=record.accept, shows_changes=False
            )
            reach[one.entity.id] = [one.place_path, str(one.organisation) if one.organisation else None]
            if len(data) == MOST_ENTITIES:
                queue_page(record, data, reach)
                data, reach = {}, {}
    if data:
        queue_page(listening.record, data, reach)


def _candidates(listening: Listening) -> Any:
    entities = listening.record.entities
    ids = [one["id"] for one in entities if "id" in one]
    if len(ids) == len(entities):
        yield from read_standing(ids, ())
        return
    types = [] if any(not one["types"] for one in entities) else sorted({name for one in entities for name in one["types"]})
    after = ""
    while page := read_types(types, after):
        yield from page
        last: Standing = page[-1]
        after = last.entity.id
        if len(page) < PAGE:
            return
