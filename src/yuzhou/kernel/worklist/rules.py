"""The order in which work waits."""

from collections.abc import Iterable
from datetime import UTC, datetime

from yuzhou.kernel.worklist.contracts import WorkItem

NEVER = datetime.max.replace(tzinfo=UTC)


def in_order(items: Iterable[WorkItem], now: datetime) -> list[WorkItem]:
    """Overdue first; then the graver, the sooner due, the longer waiting."""
    return sorted(items, key=lambda item: (not item.is_overdue(now), -item.severity, item.due or NEVER, item.since, item.key))
