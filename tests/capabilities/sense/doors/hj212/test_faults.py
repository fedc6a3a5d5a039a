"""kill -9 under load: what was acknowledged is in the store, whatever dies."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.project.processes.ports import free_port
from yuzhou.project.processes.postgres import EmbeddedPostgres, as_unprivileged

from .client import FaithfulLogger
from .loggers import PASSWORD, later, upload

SOURCE = Path(__file__).resolve().parents[5] / "src"
LOGGERS, FRAMES = 6, 400
REGISTER = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from yuzhou.capabilities.sense import api
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as
actor = Actor.system("tests")
with acting_as(actor):
    for number in range({count}):
        api.register_device(actor=actor, protocol="hj212", identity=f"KILL{{number}}", secret="{password}",
            title=Text("样例", "Sample"), profile="water", place_path="50.a", frames_per_minute=60000)
"""


class Platform:
    """A database and a gateway of our own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPostgres(folder / "postgres", free_port(), settings=("fsync=off", "max_connections=30"))
        self.port = free_port()
        self.database: Any = None
        self.gateway: Any = None

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "DATABASE_URL": "",
            "DATABASE_OWNER_URL": self.server.url(),
            "YUZHOU_DB_ROLE": "owner",
            "YUZHOU_SUPERVISED": "1",
            "YUZHOU_DATA": str(self.folder / "data"),
            "YUZHOU_HJ212_PORT": str(self.port),
            "YUZHOU_HJ212_BATCH_MILLISECONDS": "10",
            "DJANGO_SETTINGS_MODULE": "yuzhou.project.settings",
            "PYTHONPATH": str(SOURCE),
        }
        return {**os.environ, **given}

    def start_database(self) -> None:
        with (self.folder / "postgres.log").open("ab") as log:
            self.database = subprocess.Popen(self.server.command(), cwd="/", stdout=log, stderr=log, **as_unprivileged())

    def start_gateway(self) -> None:
        command = [sys.executable, "-m", "yuzhou", "gateway"]
        with (self.folder / "gateway.log").open("ab") as log:
            self.gateway = subprocess.Popen(command, cwd="/", env=self.environment, stdout=log, stderr=log)

    def prepare(self) -> None:
        (self.folder / "data" / "keys").mkdir(parents=True)
        self.server.initialise()
        self.start_database()
        self.server.wait()
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {WEB_ROLE} NOLOGIN")
            for extension in ("pg_trgm", "btree_gist", "ltree"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        program = REGISTER.format(count=LOGGERS, password=PASSWORD)
        subprocess.run([sys.executable, "-c", program], env=self.environment, cwd="/", check=True)
        self.start_gateway()

    async def restart_database(self) -> None:
        """Kill the server with all its processes, and start it again as soon as its folder is free."""
        self.database.send_signal(signal.SIGKILL)
        self.database.wait()
        for _ in range(100):
            self.start_database()
            await asyncio.sleep(0.3)
            if self.database.poll() is None:
                return
        raise TimeoutError

    def stop(self) -> None:
        for process in (self.gateway, self.database):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL if process is self.gateway else signal.SIGQUIT)
                process.wait(30)

    def stored(self) -> set[tuple[str, int]]:
        """MN and moment of every reading of the probe's factor."""
        query = """
            SELECT d.identity, (extract(epoch FROM r.at))::bigint FROM sense_reading r
            JOIN sense_series s ON s.id = r.series_id JOIN sense_device d ON d.id = s.device_id WHERE s.property = 'w01018'
        """
        self.server.wait()
        with psycopg.connect(self.server.url()) as connection:
            return {(str(mn), int(at)) for mn, at in connection.execute(query)}


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="yuzhou-faults-", dir="/var/lib" if os.geteuid() == 0 else None))
    folder.chmod(0o755)
    running = Platform(folder)
    try:
        running.prepare()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def load_of(number: int, hours_ago: int) -> dict[str, bytes]:
    """Frames of one logger, by QN; each has a moment of its own."""
    start = later(-60 * hours_ago).replace(microsecond=0)
    frames = {}
    for second in range(FRAMES):
        qn = f"2026080{hours_ago % 10}{number:02d}{second:07d}"
        moment = later(-60 * hours_ago + second / 60).replace(microsecond=0)
        frames[qn] = upload(mn=f"KILL{number}", qn=qn, at=moment)
    assert start <= moment
    return frames


def moments(frames: dict[str, bytes]) -> set[int]:
    from yuzhou.capabilities.sense.doors.hj212.content import items_of
    from yuzhou.capabilities.sense.doors.hj212.segment import parse
    from yuzhou.capabilities.sense.doors.hj212.times import parse_time

    return {parse_time(items_of(parse(frame[6:-6]).content)["DataTime"]) // 1_000_000 for frame in frames.values()}


async def under_load(platform: Platform, hours_ago: int) -> AsyncIterator[int]:
    """Loggers that send and resend; yields how many frames are acknowledged, to kill something at."""
    frames = [load_of(number, hours_ago) for number in range(LOGGERS)]
    loggers = [FaithfulLogger(platform.port, one, window=25) for one in frames]
    tasks = [asyncio.create_task(one.run()) for one in loggers]
    while not all(task.done() for task in tasks):
        yield sum(len(one.acknowledged) for one in loggers)
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    assert [len(one.acknowledged) for one in loggers] == [FRAMES] * LOGGERS
    stored = await asyncio.to_thread(platform.stored)
    missing = {(f"KILL{n}", at) for n, one in enumerate(frames) for at in moments(one)} - stored
    assert not missing


async def test_a_killed_gateway_loses_nothing_acknowledged(platform: Platform) -> None:
    kills = [500, 1200]
    async for acknowledged in under_load(platform, hours_ago=30):
        if kills and acknowledged >= kills[0]:
            kills.pop(0)
            platform.gateway.kill()
            platform.gateway.wait()
            stored = await asyncio.to_thread(platform.stored)
            assert len(stored) >= acknowledged
            platform.start_gateway()
    assert not kills


async def test_a_killed_database_loses_nothing_acknowledged(platform: Platform) -> None:
    kills = [600]
    async for acknowledged in under_load(platform, hours_ago=20):
        if kills and acknowledged >= kills[0]:
            kills.pop(0)
            await platform.restart_database()
    assert not kills
    assert platform.gateway.poll() is None
