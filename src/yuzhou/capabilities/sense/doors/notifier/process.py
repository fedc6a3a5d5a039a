"""`yuzhou notifier`: matches changes, makes what is due at intervals, and sends, each in threads of its own."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.intake.core import close_database
from yuzhou.capabilities.sense.doors.intake.process import run_doors
from yuzhou.capabilities.sense.doors.notifier import metrics
from yuzhou.capabilities.sense.doors.notifier.sending import send_for
from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings

CHANNEL = "sense_change"
LOOK_SECONDS = 1.0  # how often is looked without being told
RENEW_SECONDS = 5.0
CLEAN_SECONDS = 30.0
STOP_SECONDS = 8.0
log = structlog.get_logger(__name__)


class Notifier:
    """The threads of the process. Any number of processes may run: changes and subscriptions are each held by one at a time."""

    def __init__(self, settings: NotifierSettings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._due = threading.Condition()
        self._held: dict[int, UUID] = {}
        self._threads: list[threading.Thread] = []

    async def open(self) -> None:
        """Begin."""
        works: list[tuple[str, Callable[[], None]]] = [("matching", self._match), ("clock", self._keep_time)]
        works += [(f"sending {n}", self._send) for n in range(self._settings.senders)]
        for name, work in works:
            thread = threading.Thread(target=self._guarded, args=(name, work), name=f"notifier {name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    async def close(self) -> None:
        """Send what is being sent, and end."""
        self._stop.set()
        with self._due:
            self._due.notify_all()
        await asyncio.gather(*(asyncio.to_thread(thread.join, STOP_SECONDS) for thread in self._threads))

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        """Work until the end, beginning anew when the database was away."""
        while not self._stop.is_set():
            try:
                work()
            except Exception as error:
                log.warning("the notifier begins anew", work=name, error=f"{type(error).__name__}: {error}"[:500])
                close_database()
                self._stop.wait(1)
        close_database()

    def _match(self) -> None:
        listeners = api.Listeners()
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        while not self._stop.is_set():
            looked = api.make_notifications(listeners)
            metrics.CHANGES.inc(looked)
            if looked:
                with self._due:
                    self._due.notify_all()
                continue
            for _ in connection.connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                break

    def _keep_time(self) -> None:
        passed = 0.0
        retention = timedelta(hours=self._settings.retention_hours)
        while not self._stop.wait(LOOK_SECONDS / 4):
            passed += LOOK_SECONDS / 4
            if api.make_periodic():
                with self._due:
                    self._due.notify_all()
            if passed % RENEW_SECONDS == 0:
                api.renew_deliveries(list(self._held.values()))
            if passed % CLEAN_SECONDS == 0 and (
                dropped := api.drop_overdue(retention=retention, most=self._settings.most_waiting)
            ):
                metrics.NOTIFICATIONS.labels("dropped").inc(dropped)

    def _send(self) -> None:
        me = threading.get_ident()
        while not self._stop.is_set():
            claimed = api.claim_delivery()
            if claimed is None:
                with self._due:
                    self._due.wait(LOOK_SECONDS)
                continue
            self._held[me] = claimed.worker
            try:
                send_for(claimed, self._settings, self._stop.is_set)
            finally:
                self._held.pop(me, None)


def run(arguments: list[str]) -> int:
    """`yuzhou notifier`."""
    return run_doors([Notifier(NotifierSettings.from_environment("notifier"))], name="notifier")
