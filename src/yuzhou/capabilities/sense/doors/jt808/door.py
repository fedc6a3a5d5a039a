"""The door for terminals that speak JT/T 808."""

from yuzhou.capabilities.sense.doors.intake.connection import Connection
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.jt808.book import TerminalLink
from yuzhou.capabilities.sense.doors.jt808.frames import Splitter
from yuzhou.capabilities.sense.doors.jt808.requests import REQUESTS, write_request
from yuzhou.capabilities.sense.doors.jt808.session import PROTOCOL, Session
from yuzhou.capabilities.sense.doors.jt808.settings import TerminalSettings
from yuzhou.capabilities.sense.doors.vehicles.desk import CommandDesk
from yuzhou.capabilities.sense.doors.vehicles.door import VehicleDoor
from yuzhou.kernel.keys.api import keyed_hash

CODE_LENGTH = 16


def code_of(link: TerminalLink) -> str:
    """The code by which a terminal proves itself (鉴权码): nobody can make it without our keys; a new secret makes a new one."""
    return keyed_hash("sense.jt808", f"{link.entry.identity}\n{link.entry.secret}")[:CODE_LENGTH]


class Jt808Door(VehicleDoor[TerminalLink]):
    """One listening port and all that stands behind it."""

    settings: TerminalSettings

    def __init__(self, settings: TerminalSettings) -> None:
        super().__init__(PROTOCOL, settings, TerminalLink)
        self.shapes = Shapes()
        self.desk = CommandDesk(self, {name: request.type for name, request in REQUESTS.items()}, write_request)

    def make_splitter(self) -> Splitter:
        """What cuts the stream of a new connection."""
        return Splitter(self.settings.max_frame)

    def make_session(self, connection: Connection, peer: str) -> Session:
        """The talk of a new connection."""
        return Session(self.book, self.shapes, code_of, connection, peer)
