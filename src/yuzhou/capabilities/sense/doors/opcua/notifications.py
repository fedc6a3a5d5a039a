"""What a server says of its nodes, as columns of readings."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asyncua import ua

from yuzhou.capabilities.sense.contracts import DataFlag, PropertySpec
from yuzhou.capabilities.sense.doors.connectors.judging import BEYOND, NO_LINK
from yuzhou.capabilities.sense.doors.connectors.settings import Node
from yuzhou.capabilities.sense.doors.opcua.values import SUSPECT, flag_of, held_in, is_bad, lost_some, numbers_of, with_flag

MILLISECOND = 1_000
FUTURE = 60_000_000  # µs ahead of our clock from which on a reading is suspect


def micros(moment: datetime) -> int:
    """Microseconds since 1970; a moment without a zone is UTC, as in OPC UA."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000_000)


@dataclass(slots=True)
class Columns:
    """Readings of many properties, each with its own moment (µs UTC)."""

    names: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: bytearray = field(default_factory=bytearray)
    ats: list[int] = field(default_factory=list)

    def add(self, name: str, value: float, flag: int, at: int) -> None:
        """One reading."""
        self.names.append(name)
        self.values.append(value)
        self.flags.append(flag)
        self.ats.append(at)

    def part(self, start: int, end: int) -> "Columns":
        """Some of them."""
        return Columns(self.names[start:end], self.values[start:end], self.flags[start:end], self.ats[start:end])


class NodeReader:
    """Reads the values of one node; remembers until when they are known, and under which names they came."""

    __slots__ = ("_high", "_low", "_names", "gap", "gap_from", "last", "node")

    def __init__(self, node: Node, spec: PropertySpec | None) -> None:
        self.node = node
        self._low = -math.inf if spec is None or spec.low is None else spec.low
        self._high = math.inf if spec is None or spec.high is None else spec.high
        self._names: tuple[str, ...] = ()
        self.last = 0
        self.gap = False
        self.gap_from: datetime | None = None  # until what the server recorded since then is stored

    @property
    def known_until(self) -> datetime | None:
        """The moment of its newest value since we run."""
        return datetime.fromtimestamp(self.last / 1_000_000, UTC) if self.last else None

    def read(self, value: ua.DataValue, columns: Columns, received: int, *, own_clock: bool = False, live: bool = True) -> bool:
        """Add the readings that a value is; False for text and what else is no number.

        The moment is the source's, else the server's, else that of receipt; one far ahead of our clock is suspect. A bad
        status without a value is NaN under the names that came before. Where the server's queue ran over, what lies between
        the last value and this one is unknown, and a mark says so.
        """
        status = value.StatusCode.value if value.StatusCode is not None else 0
        stamp = None if own_clock else (value.SourceTimestamp or value.ServerTimestamp)
        at = micros(stamp) if stamp is not None else received
        flag = flag_of(status) | (SUSPECT if at > received + FUTURE else 0)
        held = held_in(value, self.node.index)
        numbers = list(numbers_of(self.node.property, held))
        if not numbers and not (is_bad(status) or held is None):
            return False
        if live and lost_some(status) and self.last:
            self.mark_gap(columns, NO_LINK)
        if not numbers:
            numbers = [(name, math.nan) for name in self._names or (self.node.property,)]
        for name, number in numbers:
            columns.add(name, *self._judged(number, flag), at)
        if live:
            self._names = tuple(name for name, _ in numbers)
            self.last = max(self.last, at)
        return True

    def _judged(self, number: float, flag: int) -> tuple[float, int]:
        if flag == DataFlag.NORMAL and math.isfinite(number) and not self._low <= number <= self._high:
            return number, int(BEYOND)
        return with_flag(number, flag)

    def mark_gap(self, columns: Columns, flag: int) -> None:
        """From just after the last value on nothing is known."""
        self.gap = True
        if self.last:
            for name in self._names:
                columns.add(name, math.nan, flag, self.last + MILLISECOND)
