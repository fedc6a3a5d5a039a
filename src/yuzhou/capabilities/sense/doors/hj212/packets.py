"""Messages that come in several packets (bit D, PNUM and PNO).

By the standard every packet is a segment with a content of its own, and with bit A the logger sends the next packet only
after the last was acknowledged. So a packet that has a DataTime is taken at once; one that has none waits for the packet
that tells it. The book remembers which packets of a message came, and gives up after a while.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from yuzhou.capabilities.sense.doors.hj212.segment import Segment

PATIENCE_SECONDS = 60.0
MOST_MESSAGES = 16
MOST_HELD = 64

P = TypeVar("P")


@dataclass(slots=True)
class Message(Generic[P]):
    """A message under way: which packets came, which of them wait for a DataTime."""

    mn: str
    cn: str
    pnum: int
    touched: float
    data_time: str = ""
    came: set[int] = field(default_factory=set)
    queue_numbers: set[str] = field(default_factory=set)
    held: list[P] = field(default_factory=list)

    @property
    def missing(self) -> list[int]:
        """The packets that did not come."""
        return [number for number in range(1, self.pnum + 1) if number not in self.came]


@dataclass(frozen=True, slots=True)
class Ready(Generic[P]):
    """A packet that may be read now, with the DataTime that holds for it."""

    packet: P
    data_time: str


class PacketBook(Generic[P]):
    """The messages under way on one connection."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._messages: list[Message[P]] = []

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, segment: Segment, packet: P, *, data_time: str, now: float) -> list[Ready[P]]:
        """Take a packet in; returns the packets that may be read now, itself and those that waited for it."""
        message = self._find(segment, data_time) or self._open(segment, now)
        message.came.add(segment.pno)
        message.queue_numbers.add(segment.qn)
        message.touched = now
        message.data_time = message.data_time or data_time
        if message.data_time:
            ready = [Ready(waiting, message.data_time) for waiting in message.held]
            message.held = []
            ready.append(Ready(packet, data_time or message.data_time))
        else:
            message.held.append(packet)
            ready = []
        if not message.missing and not message.held:
            self._messages.remove(message)
        return ready

    def expire(self, now: float) -> list[Message[P]]:
        """Give up messages that stand still, and the oldest where there are too many; returns them."""
        given_up = [message for message in self._messages if now - message.touched > self._patience]
        kept = [message for message in self._messages if now - message.touched <= self._patience]
        held = sum(len(message.held) for message in kept)
        while kept and (len(kept) > MOST_MESSAGES or held > MOST_HELD):
            held -= len(kept[0].held)
            given_up.append(kept.pop(0))
        self._messages = kept
        return given_up

    def _find(self, segment: Segment, data_time: str) -> Message[P] | None:
        """The message of a packet of a logger: with its DataTime or QN, else the only one that still lacks its number."""
        sender = (segment.mn, segment.cn, segment.pnum)
        alike = [m for m in self._messages if (m.mn, m.cn, m.pnum) == sender]
        for message in alike:
            if (data_time and message.data_time == data_time) or (segment.qn and segment.qn in message.queue_numbers):
                return message
        open_ones = [m for m in alike if segment.pno not in m.came and not (data_time and m.data_time)]
        return open_ones[0] if len(open_ones) == 1 else None

    def _open(self, segment: Segment, now: float) -> Message[P]:
        message = Message[P](segment.mn, segment.cn, segment.pnum, now)
        self._messages.append(message)
        return message
