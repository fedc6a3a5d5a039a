"""Tickers: functions called every so many seconds, each in one process at a time, the one that holds its advisory lock."""

import threading
import time
import traceback
from zlib import crc32

import structlog
from django.db import InterfaceError, OperationalError, connection

from yuzhou.kernel import registry
from yuzhou.kernel.clock import now
from yuzhou.kernel.declarations import Ticker
from yuzhou.kernel.jobs.models import TickerRun

LOCK_SPACE = 0x59_5A_54_4B
CONTEND_SECONDS = 5.0  # how often a process that lacks the lock asks for it
NOTE_SECONDS = 15.0  # how often an uneventful run is noted

log = structlog.get_logger(__name__)


class TickerLoop:
    """Runs one ticker until `stop` is set. Raises OperationalError if the database goes away, and its lock with it."""

    def __init__(self, ticker: Ticker, stop: threading.Event) -> None:
        self.ticker = ticker
        self.stop = stop
        self._noted: tuple[float, str] = (float("-inf"), "")

    def run(self) -> None:
        """Wait for the lock, then tick."""
        while not self._take_lock():
            if self.stop.wait(CONTEND_SECONDS):
                return
        try:
            self._tick_until_stopped()
        finally:
            self._give_lock()

    def _tick_until_stopped(self) -> None:
        run = registry.resolve(self.ticker.run)
        due = time.monotonic()
        while not self.stop.is_set():
            self._note(self._tick(run))
            due = max(due + self.ticker.every_seconds, time.monotonic())
            self.stop.wait(due - time.monotonic())

    def _tick(self, run: object) -> str:
        try:
            run()  # type: ignore[operator]  # the registry's checks see that it is callable
        except (InterfaceError, OperationalError):
            raise  # the lock may be gone with the connection: begin again
        except Exception:  # one bad run does not end the ticker
            return self._report()
        return ""

    def _report(self) -> str:
        log.exception("ticker failed", ticker=self.ticker.name)
        return traceback.format_exc(limit=-6)[-4000:]

    def _note(self, error: str) -> None:
        """Keep the time and error of the run, seldom while nothing changes."""
        at, before = self._noted
        if error == before and time.monotonic() - at < NOTE_SECONDS:
            return
        self._noted = (time.monotonic(), error)
        TickerRun.objects.update_or_create(name=self.ticker.name, defaults={"ran_at": now(), "error": error})

    def _key(self) -> list[int]:
        return [LOCK_SPACE, crc32(self.ticker.name.encode()) & 0x7FFFFFFF]

    def _take_lock(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", self._key())
            taken: bool = cursor.fetchone()[0]
        return taken

    def _give_lock(self) -> None:
        if connection.connection is not None and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", self._key())
