"""A child process that never outlives its supervisor."""

import asyncio
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE, CALM = 0.5, 30.0, 60.0
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signal_number: int, parent: int | None = None) -> None:
    """Ask the kernel to send us a signal when the thread that started us ends; ends us now if it already did."""
    _libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Child:
    """One child: how it is started, watched, restarted and stopped."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL
    stop_seconds: float = 10
    listens_on: tuple[int, ...] = ()
    on_change: Callable[["Child"], Awaitable[None]] | None = None
    process: asyncio.subprocess.Process | None = None
    restarts: int = -1
    started: float = 0.0
    _watch: "asyncio.Task[None] | None" = None
    _stopping: bool = False

    @property
    def pid(self) -> int | None:
        """The running process, if any."""
        return self.process.pid if self.process and self.process.returncode is None else None

    def start(self) -> None:
        """Start it and keep it running until `stop`."""
        self._watch = asyncio.create_task(self._keep_running(), name=f"watch {self.name}")

    async def _spawn(self) -> None:
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.orphan_signal, parent),
            )
        self.started = time.monotonic()
        self.restarts += 1

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            await self._spawn()
            await self._changed()
            assert self.process is not None  # noqa: S101 - spawned above
            await self.process.wait()
            kill_group(self.process.pid)
            if self._stopping:
                return
            await self._changed()
            pause = FIRST_PAUSE if time.monotonic() - self.started > CALM else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _changed(self) -> None:
        if self.on_change:
            await self.on_change(self)

    async def stop(self) -> None:
        """Ask it to end; kill it and its group when it takes too long."""
        self._stopping = True
        process = self.process
        if process and process.returncode is None:
            process.send_signal(self.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.stop_seconds)
            except TimeoutError:
                kill_group(process.pid)
                await process.wait()
        if self._watch:
            self._watch.cancel()


def kill_group(leader: int) -> None:
    """Kill whatever is left of a child's process group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
