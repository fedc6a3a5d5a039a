"""A TCP door for vehicles: of two connections of a vehicle the newer counts, and commands go through its desk."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.doors.intake.book import LinkT
from yuzhou.capabilities.sense.doors.intake.connection import Connection
from yuzhou.capabilities.sense.doors.intake.tcp import TcpDoor
from yuzhou.capabilities.sense.doors.vehicles.desk import CommandDesk
from yuzhou.capabilities.sense.doors.vehicles.talk import Farewell, Word


class VehicleDoor(TcpDoor[LinkT]):
    """What both doors of vehicles do; each sets its `desk`."""

    desk: CommandDesk[LinkT]

    def heard(self, connection: Connection) -> None:
        """A vehicle that comes anew over another line left the old one: close that, unless others speak there too."""
        for link in connection.session.links:
            before = link.connection
            if before is not None and before is not connection:
                before.session.links.discard(link)
                if not before.session.links:
                    before.close()
        super().heard(connection)

    def told(self, outcome: Any) -> None:
        """A vehicle's word about a command, or its farewell."""
        if isinstance(outcome, Word):
            self.desk.told(outcome)
        elif isinstance(outcome, Farewell):
            self.unlinked([outcome.link], outcome.link.connection)  # type: ignore[list-item]  # of this door's own book

    def ticked(self, count: int, now: float) -> None:
        """Look after commands under way as well."""
        super().ticked(count, now)
        self.desk.look_after(now)

    async def send_requested(self, links: Mapping[UUID, LinkT]) -> None:
        """Claim what is queued for connected vehicles, and send it."""
        await self.desk.send_requested(links)
