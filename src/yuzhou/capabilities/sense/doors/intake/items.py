"""What a session hands on to be stored, with the answer that goes out once it is."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame, SeriesKey, SeriesSpec
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink, Fate


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The layout of readings that come together. Compared by identity: make one for each layout, and keep it."""

    keys: tuple[SeriesKey, ...]

    def describe(self, key: SeriesKey) -> SeriesSpec:
        """A series that must be made; a door that knows its title and unit where the profile cannot says so here."""
        return SeriesSpec(*key)


@dataclass(slots=True)
class Readings:
    """The readings of one frame: columns in the order of the shape's keys.

    `at` is their moment in microseconds UTC; `ats` is there only where each has its own. `marks`: quirks that were read.
    """

    shape: Shape
    values: list[float]
    flags: bytes
    at: int
    ats: list[int] | None = None
    marks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.values)


@dataclass(slots=True)
class Block:
    """Many moments of one shape: `at` of length n (µs UTC), `values` and `flags` n × keys; where not `present`, nothing came."""

    shape: Shape
    at: NDArray[np.int64]
    values: NDArray[np.float64]
    flags: NDArray[np.uint8] | None = None
    present: NDArray[np.bool_] | None = None
    marks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many readings there are."""
        return int(self.values.size if self.present is None else np.count_nonzero(self.present))


class Receiver(Protocol):
    """Who is told when items are durable (a connection)."""

    def stored(self, items: "list[Item]") -> None:
        """These items are durable: answer them."""


@dataclass(slots=True, eq=False)
class Item:
    """One frame on its way into the store. `answer` is for the `receiver` after the commit, never before.

    `key` names the frame among those of its link lately, so that one the store refused may come again. `refused`: the store
    would not have it, so it stands in the quarantine and must not be acknowledged. `fate`: shared with the frame that it repeats.
    """

    receiver: Receiver | None
    size: int
    link: DeviceLink | None = None
    readings: Readings | Block | None = None
    source: int = 0
    raw: RawFrame | None = None
    quarantined: QuarantinedFrame | None = None
    answer: Any = b""
    key: int | None = None
    fate: Fate | None = None
    refused: bool = False

    @property
    def rows(self) -> int:
        """Readings in it."""
        return self.readings.rows if self.readings is not None else 0


@dataclass(slots=True)
class Reply:
    """Something to send at once: nothing of it needs to be stored first."""

    link: DeviceLink
    frame: bytes
