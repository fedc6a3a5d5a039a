"""Embedded servers for a command that needs them while the platform is stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yuzhou.project.processes.account import give_tree_to_account
from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.child import die_with_parent
from yuzhou.project.processes.database import Addresses, embedded_addresses, embedded_server, prepare_embedded
from yuzhou.project.processes.folder import DataFolder
from yuzhou.project.processes.ports import answers, free_port
from yuzhou.project.processes.postgres import as_unprivileged

STOP_SECONDS = 60


@contextmanager
def running_postgres(folder: DataFolder) -> Iterator[tuple[Addresses, str]]:
    """The embedded PostgreSQL of a stopped platform: its addresses, and that of its superuser."""
    port = free_port()
    server = embedded_server(folder, port)
    give_tree_to_account(folder.keys)
    server.initialise()
    with _running(server.command(), folder.logs / "postgres.log", signal.SIGINT):
        server.wait(60)
        prepare_embedded(folder, port)
        yield embedded_addresses(folder, port), server.url("yuzhou")


@contextmanager
def running_bus(folder: DataFolder) -> Iterator[str]:
    """The embedded bus of a stopped platform: its address. Its MQTT door is on a port that nobody knows."""
    bus = EmbeddedBus(folder.bus, free_port(), free_port(), folder.secret("bus"))
    command = bus.command()
    give_tree_to_account(folder.bus)
    with _running(command, folder.logs / "bus.log", signal.SIGTERM):
        deadline = time.monotonic() + 30
        while not answers(bus.port):
            if time.monotonic() > deadline:
                raise TimeoutError("the embedded bus does not answer")
            time.sleep(0.05)
        yield bus.url()


@contextmanager
def _running(command: list[str], log: Path, stop_signal: int) -> Iterator[None]:
    parent = os.getpid()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: die_with_parent(stop_signal, parent),
            **as_unprivileged(),
        )
    try:
        yield
    finally:
        process.send_signal(stop_signal)
        process.wait(STOP_SECONDS)
