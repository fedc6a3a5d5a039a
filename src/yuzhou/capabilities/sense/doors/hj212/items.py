"""What a session hands on to be stored, with the answer that goes out once it is."""

from dataclasses import dataclass
from typing import Protocol

from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame
from yuzhou.capabilities.sense.doors.hj212.book import DeviceLink
from yuzhou.capabilities.sense.doors.hj212.decoding import Readings


class Receiver(Protocol):
    """Who is told when items are durable (a connection)."""

    def stored(self, items: "list[Item]") -> None:
        """These items are durable: answer them."""


@dataclass(slots=True, eq=False)
class Item:
    """One frame on its way into the store. `answer` is sent to `receiver` after the commit, never before."""

    receiver: Receiver | None
    size: int
    link: DeviceLink | None = None
    readings: Readings | None = None
    source: int = 0
    raw: RawFrame | None = None
    quarantined: QuarantinedFrame | None = None
    answer: bytes = b""
    key: int | None = None

    @property
    def rows(self) -> int:
        """Readings in it."""
        return len(self.readings.values) if self.readings is not None else 0
