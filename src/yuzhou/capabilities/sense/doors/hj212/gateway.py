"""The gateway: the door for loggers that speak HJ 212."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.doors.hj212.book import LoggerLink
from yuzhou.capabilities.sense.doors.hj212.commands import CommandDesk
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.frames import Splitter
from yuzhou.capabilities.sense.doors.hj212.session import PROTOCOL, FromLogger, Proven, Session
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.hj212.store import SenseCommands
from yuzhou.capabilities.sense.doors.intake.connection import Connection
from yuzhou.capabilities.sense.doors.intake.process import run_doors
from yuzhou.capabilities.sense.doors.intake.tcp import TcpDoor


class Gateway(TcpDoor[LoggerLink]):
    """One listening port and all that stands behind it."""

    settings: GatewaySettings

    def __init__(self, settings: GatewaySettings) -> None:
        super().__init__(PROTOCOL, settings, LoggerLink)
        self.decoder = Decoder()
        self.commands = CommandDesk(SenseCommands(PROTOCOL), settings, self.run, self.background, self.batcher.add)

    def make_splitter(self) -> Splitter:
        """What cuts the stream of a new connection."""
        return Splitter(self.settings.max_segment)

    def make_session(self, connection: Connection, peer: str) -> Session:
        """The talk of a new connection."""
        return Session(self.book, self.decoder, connection, peer)

    def told(self, outcome: FromLogger | Proven) -> None:
        """A segment that belongs to a request of ours, or a logger that showed its password."""
        if isinstance(outcome, Proven):
            self.commands.proven(outcome.link, outcome.password)
            return
        self.commands.from_logger(outcome.link, outcome.segment)

    def rekeyed(self, link: LoggerLink) -> None:
        """Every frame bears its password: the connection may stay."""

    def ticked(self, count: int, now: float) -> None:
        """Look after requests under way as well."""
        super().ticked(count, now)
        self.commands.look_after(now)

    async def send_requested(self, links: Mapping[UUID, Any]) -> None:
        """Claim what is queued for connected loggers, and send it."""
        await self.commands.send_requested(dict(links))


def run(arguments: list[str]) -> int:
    """`yuzhou gateway`: the HJ 212 door as a process."""
    return run_doors([Gateway(GatewaySettings.from_environment(PROTOCOL))], name="gateway")
