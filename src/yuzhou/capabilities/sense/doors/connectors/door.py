"""What the connectors of all protocols have in common: machines come and go with the directory, readings go to the store,
commands go to the machines, and the desk is told how each connection stands."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command, ConnectionNote, ConnectionState, Profile
from yuzhou.capabilities.sense.doors.connectors.links import MachineLink
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings
from yuzhou.capabilities.sense.doors.intake.core import DoorCore
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.store import CommandQueue
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
CONNECTORS = Actor.system("sense.connectors")


class Machine(Protocol):
    """A device that is being worked on."""

    def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End; nothing is sent or taken in after it returns."""

    def take(self, command: Command) -> None:
        """A command that was claimed for it."""


class _Stored:
    """Waits for the commit of one item."""

    def __init__(self) -> None:
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def stored(self, items: list[Item]) -> None:
        """It is durable, or in the quarantine."""
        if not self.done.done():
            self.done.set_result(not any(item.refused for item in items))


class ConnectorDoor(DoorCore[MachineLink]):
    """The machines of one protocol. A protocol adds `make`: a machine from a device and its profile."""

    settings: ConnectorSettings

    def __init__(self, protocol: str, settings: ConnectorSettings) -> None:
        super().__init__(protocol, settings, MachineLink)
        self.settings = settings
        self.queue = CommandQueue(protocol)
        self.networks = settings.allowed()
        self.dials = asyncio.Semaphore(settings.dials)
        self.profiles: Mapping[str, Profile] = {}
        self._machines: dict[UUID, tuple[Any, Machine]] = {}
        self._notes: dict[UUID, ConnectionNote] = {}
        self._arranged = -1
        self._arranging: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self.batcher.on_room = self._room.set

    def make(self, link: MachineLink, profile: Profile | None) -> Machine:
        """The machine of a device; raises YuzhouError where its settings make no sense."""
        raise NotImplementedError

    # --- machines come and go ------------------------------------------------------------------------------------------

    async def opened(self) -> None:
        """Begin to work on every device."""
        await self._arrange()

    def ticked(self, count: int, now: float) -> None:
        """Follow the directory; tell the desk."""
        if self.book.version != self._arranged and (self._arranging is None or self._arranging.done()):
            self._arranging = asyncio.create_task(self._arrange())
        if self._notes:
            notes, self._notes = self._notes, {}
            self.background(_write_notes, list(notes.values()))

    async def stopping(self) -> None:
        """Let go of all machines."""
        if self._arranging is not None:
            self._arranging.cancel()
        await asyncio.gather(*(machine.stop() for _, machine in self._machines.values()), return_exceptions=True)

    async def _arrange(self) -> None:
        """Start what is new, stop what is gone, and start afresh what was changed."""
        self._arranged = self.book.version
        links = {link.entry.device_id: link for link in self.book}
        wanted = {device: self._settings_of(link) for device, link in links.items()}
        over = [device for device, (settings, _) in self._machines.items() if wanted.get(device) != settings]
        await asyncio.gather(*(self._machines.pop(device)[1].stop() for device in over), return_exceptions=True)
        for device, link in links.items():
            if device not in self._machines and wanted[device] is not None:
                self._begin(link, wanted[device])

    def _settings_of(self, link: MachineLink) -> Any:
        """Everything that a machine is made from; None where it has no connection settings yet."""
        entry = link.entry
        if not entry.connection:
            return None
        profile = self.book.profiles.get(entry.profile)
        return dict(entry.connection), profile

    def _begin(self, link: MachineLink, settings: Any) -> None:
        try:
            machine = self.make(link, settings[1])
        except YuzhouError as error:
            self.note(link, ConnectionState.MISCONFIGURED, error)
            machine = _Idle()
        self._machines[link.entry.device_id] = (settings, machine)
        machine.start()

    # --- what machines ask of it ---------------------------------------------------------------------------------------

    async def room(self) -> None:
        """Wait until the queue before the store has room."""
        while self.batcher.is_full:
            self._room.clear()
            await self._room.wait()

    def add(self, item: Item) -> None:
        """Hand on something to be stored; in order."""
        self.batcher.add(item)

    async def store(self, item: Item) -> bool:
        """Hand it on and wait for the commit; False if the store would not have it."""
        receiver = _Stored()
        item.receiver = receiver
        self.batcher.add(item)
        return await receiver.done

    def note(
        self,
        link: MachineLink,
        state: ConnectionState,
        error: YuzhouError | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """How its connection stands; the desk shows it within seconds."""
        self._notes[link.entry.device_id] = ConnectionNote(
            device_id=link.entry.device_id,
            state=state,
            at=datetime.now(UTC),
            code=error.code if error else "",
            params={name: str(value)[:200] for name, value in error.params.items()} if error else {},
            details=dict(details or {}),
        )

    async def send_requested(self, links: Mapping[UUID, MachineLink]) -> None:
        """Claim what is queued for machines that answer, and give it to them."""
        for command in await self.run(self.queue.claim, list(links)):
            links[command.device_id].connection.take(command)


class _Idle:
    """A device whose settings make no sense."""

    def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to undo."""

    def take(self, command: Command) -> None:
        """Never called: it has no connection."""


def _write_notes(notes: list[ConnectionNote]) -> None:
    with acting_as(CONNECTORS):
        api.note_connections(notes)
