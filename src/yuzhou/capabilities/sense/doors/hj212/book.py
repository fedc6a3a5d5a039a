"""What the gateway remembers of a logger beyond what every door does."""

from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink


class LoggerLink(DeviceLink):
    """A logger by its MN: how it spoke last, and how many requests to it are under way."""

    __slots__ = ("asked", "password_field", "st", "version")

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        super().__init__(entry, now)
        self.asked = 0
        self.st = ""
        self.version = 1

    def take_on(self, entry: DirectoryEntry) -> None:
        """The password as it stands in a frame."""
        super().take_on(entry)
        self.password_field = b"PW=" + self.secret
