"""kill -9 and outages under load: what was acknowledged is in the store, once, and the door catches up in time."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from os import geteuid
from pathlib import Path
from shutil import rmtree
from typing import Any

import httpx
import psycopg
import pytest

from tests.capabilities.sense.doors.hj212 import test_faults as hj212

SENDERS, REPORTS = 4, 150
SECRET = "sample-secret-kill"
OUTAGE_SECONDS = 4.0


class Platform(hj212.Platform):
    """A database and an HTTP door of our own, to be killed."""

    @property
    def environment(self) -> dict[str, str]:
        more = {"PORT": str(self.port), "BATCH_MILLISECONDS": "5", "COMMIT_SECONDS": "1.5"}
        return super().environment | {f"YUZHOU_HTTPDOOR_{name}": value for name, value in more.items()}

    def start_gateway(self) -> None:
        with (self.folder / "door.log").open("ab") as log:
            command = [sys.executable, "-m", "yuzhou", "http-door"]
            self.gateway = subprocess.Popen(command, cwd="/", env=self.environment, stdout=log, stderr=log)

    def prepare(self) -> None:
        hj212.REGISTER, before = REGISTER, hj212.REGISTER
        try:
            super().prepare()
        finally:
            hj212.REGISTER = before

    def moments(self) -> list[tuple[str, int]]:
        """Identity and second of every reading; a list, for none may be there twice."""
        query = """SELECT d.identity, extract(epoch FROM r.at)::bigint FROM sense_reading r
            JOIN sense_series s ON s.id = r.series_id JOIN sense_device d ON d.id = s.device_id"""
        self.server.wait()
        with psycopg.connect(self.server.url()) as connection:
            return [(str(identity), int(at)) for identity, at in connection.execute(query)]


REGISTER = hj212.REGISTER.replace('protocol="hj212"', 'protocol="http"').replace('secret="{password}"', f'secret="{SECRET}"')


@pytest.fixture
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-faults-", dir="/var/lib" if geteuid() == 0 else None))
    folder.chmod(0o755)
    running = Platform(folder)
    try:
        running.prepare()
        yield running
    finally:
        running.stop()
        rmtree(folder, ignore_errors=True)


class Sender:
    """A device that sends each report until it is acknowledged, under a key of its own."""

    def __init__(self, client: httpx.AsyncClient, number: int, start: int) -> None:
        self.client, self.identity, self.start = client, f"KILL{number}", start
        self.acknowledged: list[int] = []

    async def run(self, reports: int) -> None:
        for number in range(reports):
            await self.send(self.start + number)

    async def send(self, at: int) -> None:
        headers = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": f"report-{at}"}
        while True:
            with suppress(httpx.TransportError):
                answer = await self.client.post(
                    f"/v1/devices/{self.identity}/readings", json={"at": at, "values": {"w01018": at % 7}}, headers=headers
                )
                if answer.status_code == 200:
                    self.acknowledged.append(at)
                    return
                assert answer.status_code in (429, 503), answer.text
            await asyncio.sleep(0.05)


async def until_it_listens(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError):
            await client.get("/healthz")
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


def client_of(platform: Platform) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{platform.port}", timeout=5)


async def test_kills_of_door_and_database_lose_nothing_acknowledged(platform: Platform) -> None:
    async with client_of(platform) as client:
        await until_it_listens(client)
        senders = [Sender(client, number, int(time.time()) - 7200) for number in range(SENDERS)]
        tasks = [asyncio.create_task(one.run(REPORTS)) for one in senders]
        kills: list[Any] = [(100, "door"), (300, "database")]
        while not all(task.done() for task in tasks):
            if kills and sum(len(one.acknowledged) for one in senders) >= kills[0][0]:
                _, what = kills.pop(0)
                if what == "door":
                    platform.gateway.send_signal(signal.SIGKILL)
                    platform.gateway.wait()
                    acknowledged = {(one.identity, at) for one in senders for at in one.acknowledged}
                    assert acknowledged <= set(await asyncio.to_thread(platform.moments))
                    platform.start_gateway()
                else:
                    await platform.restart_database()
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        assert not kills
        found = await asyncio.to_thread(platform.moments)
        assert sorted(found) == sorted((one.identity, at) for one in senders for at in one.acknowledged)
        assert len(found) == SENDERS * REPORTS


async def test_after_an_outage_the_door_catches_up_within_twice_its_time(platform: Platform) -> None:
    """Devices measure on while the database is away; the door holds and refuses, and all is in soon after."""
    async with client_of(platform) as client:
        await until_it_listens(client)
        sender = Sender(client, 0, 0)
        start, pending = int(time.time()) - 7200, asyncio.Queue[int]()

        async def measure() -> None:
            for number in range(int(OUTAGE_SECONDS * 40)):
                pending.put_nowait(start + number)
                await asyncio.sleep(1 / 20)

        async def deliver() -> None:
            while True:
                await sender.send(await pending.get())
                pending.task_done()

        workers = [asyncio.create_task(deliver()) for _ in range(4)]
        measuring = asyncio.create_task(measure())
        await asyncio.sleep(1)
        platform.database.send_signal(signal.SIGKILL)
        platform.database.wait()
        await asyncio.sleep(OUTAGE_SECONDS)
        for _ in range(100):
            platform.start_database()
            await asyncio.sleep(0.3)
            if platform.database.poll() is None:
                break
        await asyncio.to_thread(platform.server.wait)
        back = time.monotonic()
        while pending.qsize() > 2:
            await asyncio.sleep(0.05)
        assert time.monotonic() - back < 2 * OUTAGE_SECONDS
        await measuring
        await pending.join()
        for worker in workers:
            worker.cancel()
        assert sorted(sender.acknowledged) == sorted(at for _, at in await asyncio.to_thread(platform.moments))
        assert len(sender.acknowledged) == int(OUTAGE_SECONDS * 40)
