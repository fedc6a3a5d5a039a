"""What the door remembers of a vehicle beyond what every door does."""

from yuzhou.capabilities.sense.contracts import DirectoryEntry
from yuzhou.capabilities.sense.doors.gb32960.words import Version
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink


class VehicleLink(DeviceLink):
    """A vehicle by its VIN (or a platform by its user name): the edition that it spoke last."""

    __slots__ = ("version",)

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        super().__init__(entry, now)
        self.version = Version.V2016
