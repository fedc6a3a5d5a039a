"""Writes a backup, of a running platform or of a stopped one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from yuzhou.project.backups.archive import write_archive
from yuzhou.project.backups.database import dump_database
from yuzhou.project.backups.streams import save_streams
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.database import embedded_addresses
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.lock import FolderLock, is_held
from yuzhou.project.processes.temporary import running_bus, running_postgres


@dataclass(frozen=True)
class Written:
    """What a backup holds."""

    size: int
    streams: int
    has_bus: bool


def make_backup(folder: DataFolder, target: Path) -> Written:
    """Write everything into one file: first the database, then what it points to, so that nothing it names is missing."""
    with tempfile.TemporaryDirectory(prefix="yuzhou-backup-", dir=target.parent) as name, ExitStack() as stack:
        work = Path(name)
        database, bus = _servers(folder, stack)
        dump_database(database, work / "database.dump")
        streams: list[str] = []
        if bus:
            (work / "streams").mkdir()
            streams = save_streams(bus, work / "streams")
        write_archive(target, folder.path, work, {"streams": streams, "has_bus": bool(bus)})
    return Written(target.stat().st_size, len(streams), bool(bus))


def _servers(folder: DataFolder, stack: ExitStack) -> tuple[str, str]:
    """Addresses of database (as owner) and bus; the bus's is empty where others run it."""
    external_database = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    if is_held(folder.path):
        state = folder.state()
        database = external_database or embedded_addresses(folder, state["postgres_port"]).owner
        bus = (
            EmbeddedBus(folder.bus, state["bus_port"], state["mqtt_port"], folder.secret("bus")).url()
            if state["bus_port"]
            else ""
        )
        return database, bus
    stack.enter_context(held(folder))
    if not external_database:
        addresses, _ = stack.enter_context(running_postgres(folder))
        external_database = addresses.owner
    bus_server: AbstractContextManager[str] = nullcontext("") if os.environ.get("NATS_URL") else running_bus(folder)
    return external_database, stack.enter_context(bus_server)


@contextmanager
def held(folder: DataFolder) -> Iterator[None]:
    """Keep others off a stopped platform's folder."""
    lock = FolderLock(folder.path)
    lock.acquire(url="backup")
    try:
        yield
    finally:
        lock.release()
