"""What the gateway asks of sense beyond what every door does."""

from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command
from yuzhou.capabilities.sense.doors.intake.store import DOOR, CommandQueue
from yuzhou.kernel.transactions import acting_as


class SenseCommands(CommandQueue):
    """The queue of commands in sense, as the command desk wants it."""

    def under_way(self) -> list[Command]:
        """What was sent before this process began, and no word came to yet."""
        return api.list_open_commands(protocol=self.protocol)

    def keep_password(self, device_id: UUID, password: str) -> None:
        """The logger is about to be sent a new password."""
        api.keep_new_secret(device_id=device_id, secret=password)

    def confirm_password(self, device_id: UUID) -> None:
        """The logger says that it took on the new password."""
        api.confirm_new_secret(device_id=device_id)

    def settle_password(self, device_id: UUID, password: str) -> None:
        """The logger has this one."""
        api.settle_secret(device_id=device_id, proven=password)

    def ask_for_clock(self, device_id: UUID) -> None:
        """The logger wants its clock set: queue that."""
        with acting_as(DOOR):
            api.request_command(actor=DOOR, device_id=device_id, name="set-clock", params={})
