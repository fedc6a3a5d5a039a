"""kill -9 of web, worker or bus while frames come in: nothing acknowledged is lost, and events go on to their subscribers."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from tests.domains.environment.loggers import Logger
from tests.domains.environment.people import Person, until
from tests.domains.environment.test_acceptance import YUBEI, registration
from tests.server import RunningServer
from yuzhou.kernel import clock
from yuzhou.kernel.parties.api import complete_credit_code

pytestmark = [pytest.mark.server, pytest.mark.kills, pytest.mark.xdist_group("processes")]
STORED = """
    SELECT DISTINCT r.at FROM sense_reading r JOIN sense_series s ON s.id = r.series_id JOIN sense_device d ON d.id = s.device_id
    WHERE d.identity = %s AND s.property = 'w00000' AND s.statistic = 'rtd'
"""
DELIVERED = """
    SELECT d.state FROM kernel_events_event e JOIN kernel_events_delivery d ON d.event_id = e.id
    WHERE e.name LIKE 'sense.AlarmRaised@%%' AND e.payload->>'device' = %s
"""


class Upload:
    """A logger that sends a frame every 0.15 s until told to stop, and notes what is acknowledged."""

    def __init__(self, port: int, mn: str) -> None:
        self.port, self.mn = port, mn
        self.acknowledged: list[datetime] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        at = (clock.now() - timedelta(minutes=50)).replace(microsecond=0)
        with Logger(self.port, self.mn) as logger:
            while not self.ended.wait(0.15):
                at += timedelta(seconds=1)
                answer = logger.upload("2011", at, {"w00000": {"Rtd": at.second + 1, "Flag": "N"}})
                if "CN=9014" in answer:
                    self.acknowledged.append(at)


@contextmanager
def uploading(server: RunningServer, mn: str) -> Iterator[Upload]:
    """Frames that come in all the while."""
    upload = Upload(server.gateway_port, mn)
    upload.thread.start()
    try:
        yield upload
    finally:
        upload.ended.set()
        upload.thread.join(60)


@pytest.fixture(scope="module")
def officer(server: RunningServer) -> Person:
    return Person(server, f"faults-{uuid4().hex[:8]}", "environment-officer", "--place", YUBEI)


def register(officer: Person) -> dict[str, str]:
    """A new outlet whose logger the gateway lets in."""
    tag = uuid4().hex[:16].upper()
    code = complete_credit_code("91500112", f"MA{int(tag, 16) % 1_000_000:06d}").text
    mn = f"FA500112{tag}"
    officer.send(f"/desk/environment/outlets/register?district={YUBEI}&medium=water", registration(mn, code))
    found = next(outlet for outlet in officer.get("/api/v1/environment/outlets") if outlet["mn"] == mn)
    until(lambda: is_let_in(officer.server, mn))
    return dict(found)


def is_let_in(server: RunningServer, mn: str) -> bool:
    with Logger(server.gateway_port, mn) as logger:
        return "CN=9014" in logger.upload("2011", clock.now(), {"w21003": {"Rtd": 1.5, "Flag": "N"}})


def rows(server: RunningServer, query: str, value: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.database_url) as connection:
        return connection.execute(query.encode(), (value,)).fetchall()


def is_healthy(server: RunningServer) -> bool:
    try:
        return bool(server.health()["ready"]) and not server.folder.state()["standing_in"]
    except (OSError, ValueError):
        return False


@pytest.mark.parametrize("name", ["web", "worker", "bus"])
def test_a_killed_part_loses_no_acknowledged_frame_and_no_event(server: RunningServer, officer: Person, name: str) -> None:
    outlet = register(officer)
    with uploading(server, outlet["mn"]) as upload:
        until(lambda: len(upload.acknowledged) >= 10)
        before = server.folder.state()["children"][name]
        os.kill(before["pid"], signal.SIGKILL)
        killed = len(upload.acknowledged)
        exceed(server, outlet["mn"])
        until(lambda: server.folder.state()["children"][name]["restarts"] > before["restarts"], 30)
        until(lambda: is_healthy(server), 60)
        until(lambda: len(upload.acknowledged) >= killed + 10)
    assert set(upload.acknowledged) <= {at for (at,) in rows(server, STORED, outlet["mn"])}
    until(lambda: {state for (state,) in rows(server, DELIVERED, outlet["device_id"])} == {"done"}, 60)


def exceed(server: RunningServer, mn: str) -> None:
    """An hourly mean above its limit, while the part is away."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    with Logger(server.gateway_port, mn) as logger:
        logger.upload_hours("w01018", hour, [300.0])
