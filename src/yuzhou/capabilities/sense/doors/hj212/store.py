"""What the gateway asks of sense beyond what every door does."""

from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.intake.store import DOOR, CommandQueue
from yuzhou.kernel.transactions import acting_as


class SenseCommands(CommandQueue):
    """The queue of commands in sense, as the command desk wants it."""

    def change_password(self, device_id: UUID, password: str) -> None:
        """The logger took on a new password."""
        with acting_as(DOOR):
            api.update_device(actor=DOOR, device_id=device_id, secret=password)

    def ask_for_clock(self, device_id: UUID) -> None:
        """The logger wants its clock set: queue that."""
        with acting_as(DOOR):
            api.request_command(actor=DOOR, device_id=device_id, name="set-clock", params={})
