"""The door for vehicles that speak GB/T 32960.3."""

from yuzhou.capabilities.sense.doors.gb32960.book import VehicleLink
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.frames import Splitter
from yuzhou.capabilities.sense.doors.gb32960.requests import TYPES, write_request
from yuzhou.capabilities.sense.doors.gb32960.session import PROTOCOL, Session
from yuzhou.capabilities.sense.doors.gb32960.settings import VehicleSettings
from yuzhou.capabilities.sense.doors.intake.connection import Connection
from yuzhou.capabilities.sense.doors.vehicles.desk import CommandDesk
from yuzhou.capabilities.sense.doors.vehicles.door import VehicleDoor


class Gb32960Door(VehicleDoor[VehicleLink]):
    """One listening port and all that stands behind it."""

    settings: VehicleSettings

    def __init__(self, settings: VehicleSettings) -> None:
        super().__init__(PROTOCOL, settings, VehicleLink)
        self.decoder = Decoder()
        self.desk = CommandDesk(self, TYPES, write_request)

    def make_splitter(self) -> Splitter:
        """What cuts the stream of a new connection."""
        return Splitter(self.settings.max_data)

    def make_session(self, connection: Connection, peer: str) -> Session:
        """The talk of a new connection."""
        return Session(self.book, self.decoder, connection, peer)
