"""Messages in packets (分包), put together again; what never came is asked for once (0x8003), then given up."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from yuzhou.capabilities.sense.doors.jt808.frames import Frame

ASK_AFTER, GIVE_UP_AFTER = 5.0, 60.0
MOST_MESSAGES, MOST_PACKETS, MOST_BYTES = 8, 1024, 1024 * 1024
REMEMBERED = 16


@dataclass(slots=True)
class Message:
    """A message that is not complete. `first` is the serial number of its first packet."""

    head: Frame
    first: int
    since: float
    asked: bool = False
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """The packets that did not come, counted from 1."""
        return [packet for packet in range(1, self.head.packets + 1) if packet not in self.bodies]


class TooMuch(ValueError):
    """A packet that cannot belong to any message, or of more than is kept."""


class PacketBook:
    """The incomplete messages of one connection, the oldest first."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str, int, int, int], Message] = {}
        self._done: dict[tuple[str, int, int, int], None] = {}

    def __len__(self) -> int:
        return len(self._messages)

    @staticmethod
    def _key(frame: Frame) -> tuple[str, int, int, int]:
        return frame.phone, frame.message, frame.packets, (frame.serial - frame.packet + 1) & 0xFFFF

    def is_done(self, frame: Frame) -> bool:
        """Whether the message of a packet was complete lately: then it came again, as our answer was lost."""
        return self._key(frame) in self._done

    def add(self, frame: Frame, now: float) -> Frame | None:
        """Take a packet; the whole message once it is complete, under the serial number of this packet. Raises TooMuch."""
        if not 1 <= frame.packet <= frame.packets <= MOST_PACKETS:
            raise TooMuch(frame.packets)
        key = self._key(frame)
        message = self._messages.get(key)
        if message is None:
            while len(self._messages) >= MOST_MESSAGES:
                del self._messages[next(iter(self._messages))]
            message = self._messages[key] = Message(frame, key[-1], now)
        message.bodies[frame.packet] = frame.body
        if sum(map(len, message.bodies.values())) > MOST_BYTES:
            del self._messages[key]
            raise TooMuch(frame.packets)
        if len(message.bodies) < frame.packets:
            return None
        del self._messages[key]
        while len(self._done) >= REMEMBERED:
            del self._done[next(iter(self._done))]
        self._done[key] = None
        body = b"".join(message.bodies[packet] for packet in range(1, frame.packets + 1))
        return Frame(frame.message, frame.phone, frame.serial, body, frame.version, frame.protocol, frame.encryption)

    def to_ask_for(self, now: float) -> Iterator[Message]:
        """Messages whose missing packets should be asked for now; each comes once."""
        for message in self._messages.values():
            if not message.asked and now - message.since > ASK_AFTER:
                message.asked = True
                yield message

    def expire(self, now: float) -> list[Message]:
        """Give up the messages that waited too long."""
        late = [key for key, message in self._messages.items() if now - message.since > GIVE_UP_AFTER]
        return [self._messages.pop(key) for key in late]
