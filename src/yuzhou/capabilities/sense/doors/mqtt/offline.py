"""What follows when a device is gone: the event, and the rule whose alarm stands until it is back."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Bound, Definition, Feed, Level, Limit
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.severity import Severity
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
DOOR = Actor.system("sense.door")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TITLE = Text("设备离线", "Device offline")
HALF = 0.5
DEFINITION = Definition((Level(Severity.MAJOR, Limit(Feed("link", "rtd"), (Bound(low=HALF),))),))
MOST_BARE = 1000
_ensured: set[str] = set()


def ensure_offline_rules(protocol: str, profiles: Iterable[str], bare: Iterable[UUID]) -> None:
    """Give every profile, and every device without one, a rule for being offline; one that is there stays as it is."""
    wanted: dict[str, dict[str, object]] = {f"{protocol}.offline/{key}": {"profile": key} for key in profiles}
    wanted |= {f"{protocol}.offline/{one}": {"device_id": one} for one in list(bare)[:MOST_BARE]}
    missing = wanted.keys() - _ensured
    if not missing:
        return
    with acting_as(DOOR):
        there = {rule.key for rule in api.list_rules(actor=DOOR)}
        for key in missing - there:
            api.define_rule(actor=DOOR, key=key, title=TITLE, definition=DEFINITION, **wanted[key])  # type: ignore[arg-type]
    _ensured.update(missing)


def tell_offline(device_id: UUID, at: int, cause: str) -> None:
    """Tell the other parts that a device is gone; `at` in µs."""
    with acting_as(DOOR):
        api.tell_offline(device_id=device_id, at=EPOCH + timedelta(microseconds=at), cause=cause)
