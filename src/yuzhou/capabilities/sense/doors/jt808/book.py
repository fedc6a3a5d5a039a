"""What the door remembers of a terminal beyond what every door does."""

from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, DeviceLink
from yuzhou.capabilities.sense.doors.jt808.frames import Frame, encode
from yuzhou.capabilities.sense.doors.jt808.words import Version


class TerminalLink(DeviceLink):
    """A terminal by its phone number: how its header looked last, our serial number to it, its last alarm and status word."""

    __slots__ = ("before", "phone", "protocol", "serial", "version")

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        super().__init__(entry, now)
        self.phone = entry.identity
        self.version = Version.V2013
        self.protocol = 0
        self.serial = -1
        self.before: tuple[int, int] | None = None

    def heard(self, frame: Frame) -> None:
        """Note how it speaks."""
        self.phone, self.version, self.protocol = frame.phone, frame.version, frame.protocol

    def write(self, message: int, body: bytes) -> tuple[int, bytes]:
        """A frame to it, under the next serial number."""
        self.serial = (self.serial + 1) & 0xFFFF
        return self.serial, encode(Frame(message, self.phone, self.serial, body, self.version, self.protocol))


def find_link(book: DeviceBook[TerminalLink], frame: Frame) -> TerminalLink | None:
    """The terminal of a frame: registered by its number as people write it, or with the zeros that fill it up."""
    return book.get(frame.identity) or book.get(frame.phone)
