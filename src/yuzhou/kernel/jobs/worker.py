"""The worker process: jobs, event deliveries, tickers and a heartbeat, until it is told to stop.

Each runs in a loop of its own that starts again when its database connection breaks, so a restart of the server costs a pause.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import Error, connection
from procrastinate.exceptions import ConnectorException

from yuzhou.kernel import heartbeat, registry
from yuzhou.kernel.clock import now
from yuzhou.kernel.events.api import Dispatcher
from yuzhou.kernel.jobs.models import WorkerBeat
from yuzhou.kernel.jobs.queue import QUEUE, worker_app
from yuzhou.kernel.jobs.tickers import TickerLoop

DISPATCHERS = 2
CONCURRENT_JOBS = 4
BEAT_SECONDS = 5.0
RESTART_SECONDS = 1.0
STALLED_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Worker:
    """Everything that a worker process does; `troubles` tells which loops are down and why."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.troubles: dict[str, str] = {}
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self.started_at = now()
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        for name, body in self._loops():
            thread = threading.Thread(target=self._keep_up, args=(name, body), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)
        log.info("worker started", process=self.process)
        asyncio.run(self._run_jobs())
        for thread in self._threads:
            thread.join(timeout=20)
        with suppress(Error):
            WorkerBeat.objects.filter(process=self.process).delete()
        log.info("worker stopped", process=self.process)

    def _loops(self) -> list[tuple[str, Callable[[], None]]]:
        loops: list[tuple[str, Callable[[], None]]] = [("heartbeat", self._beat)]
        loops += [(f"dispatcher-{number}", self._dispatch) for number in range(DISPATCHERS)]
        for _, ticker in registry.every("tickers"):
            loops.append((f"ticker {ticker.name}", TickerLoop(ticker, self.stop).run))
        return loops

    def _keep_up(self, name: str, body: Callable[[], None]) -> None:
        """Run a loop again and again; an ended connection is thrown away first."""
        while not self.stop.is_set():
            try:
                body()
                self.troubles.pop(name, None)
            except Exception as error:  # a loop must not end with the worker still running
                self._trouble(name, error)
            finally:
                with suppress(Exception):
                    connection.close()

    def _trouble(self, name: str, error: Exception) -> None:
        self.troubles[name] = f"{type(error).__name__}: {error}"[:500]
        log.warning("worker loop broke", loop=name, error=self.troubles[name], exc_info=not isinstance(error, Error))
        self.stop.wait(RESTART_SECONDS)

    def _dispatch(self) -> None:
        dispatcher = Dispatcher()
        dispatcher.stop = self.stop
        dispatcher.run()

    def _beat(self) -> None:
        while not self.stop.is_set():
            values = {"started_at": self.started_at, "beat_at": now(), "troubles": dict(self.troubles)}
            WorkerBeat.objects.update_or_create(process=self.process, defaults=values)
            heartbeat.beat("worker")
            for name in list(self.troubles):
                self.troubles.pop(name, None)  # a loop that still fails says so again
            self.stop.wait(BEAT_SECONDS)

    async def _run_jobs(self) -> None:
        while not self.stop.is_set():
            try:
                await self._run_jobs_once()
            except (ConnectorException, OSError) as error:
                self._trouble("jobs", error)

    async def _run_jobs_once(self) -> None:
        app = worker_app()
        async with app.open_async():
            work = asyncio.create_task(self._work(app))
            helpers = [asyncio.create_task(self._wait_for_stop()), asyncio.create_task(self._rescue(app))]
            try:
                await asyncio.wait([work, *helpers], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*helpers, work):
                    task.cancel()
                results = await asyncio.gather(work, *helpers, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        if not self.stop.is_set():
            raise ConnectorException("the queue's worker ended")

    async def _work(self, app: Any) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            name=self.process,
            concurrency=CONCURRENT_JOBS,
            install_signal_handlers=False,
            shutdown_graceful_timeout=15,
            delete_jobs="successful",
        )

    async def _wait_for_stop(self) -> None:
        while not self.stop.is_set():
            await asyncio.sleep(0.2)

    async def _rescue(self, app: Any) -> None:
        """Queue again the jobs of workers that died."""
        while True:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                log.warning("job of a dead worker queued again", job=job.id, task=job.task_name)
                await app.job_manager.retry_job(job)
            await asyncio.sleep(STALLED_SECONDS)


def run_worker() -> None:
    """Run a worker in this process until SIGTERM or SIGINT; it finishes what it has begun, within 15 seconds."""
    Worker().run()
