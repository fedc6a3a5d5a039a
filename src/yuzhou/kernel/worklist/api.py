"""The door to the worklist: a part's provider returns `WorkItem`s, pages ask `waiting_for`."""

from yuzhou.kernel.severity import Severity
from yuzhou.kernel.worklist.contracts import WorkItem
from yuzhou.kernel.worklist.gathering import waiting_for

__all__ = ["Severity", "WorkItem", "waiting_for"]
