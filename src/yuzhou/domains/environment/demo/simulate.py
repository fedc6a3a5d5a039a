"""`yuzhou simulate`: the loggers of the demonstration city, or recorded frames, as clients of the real port."""

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from django.db import connection

from yuzhou.domains.environment.demo.cast import OUTLETS, DemoOutlet
from yuzhou.domains.environment.demo.city import SeededCity, seed_city
from yuzhou.domains.environment.demo.logger import SimulatedLogger
from yuzhou.domains.environment.demo.memory import Memory
from yuzhou.domains.environment.demo.replay import replay
from yuzhou.domains.environment.demo.strangers import knock
from yuzhou.domains.environment.reference import standard_limits
from yuzhou.domains.environment.tasks import queue_reports
from yuzhou.kernel import clock, heartbeat
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
SEEDER = Actor.system("environment.demo")
GATEWAY_SECONDS = 120.0
STAGGER_SECONDS = 0.1
NOTICE_SECONDS = 2.0
"""The gateway looks once a second for devices that were registered."""


def limits_of(outlet: DemoOutlet) -> dict[str, float]:
    """The upper limits of an outlet's standard, by factor."""
    rows = [row for row in standard_limits() if row.title.zh == outlet.standard and row.upper is not None]
    return {row.factor: float(row.upper) for row in rows if row.upper is not None}


def seed() -> SeededCity:
    """Register the sample outlets and accounts that are missing."""
    with acting_as(SEEDER):
        return seed_city(actor=SEEDER)


async def wait_for_gateway(host: str, port: int) -> None:
    """Until someone listens on the port; raises TimeoutError."""
    async with asyncio.timeout(GATEWAY_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                writer.close()
                return


async def live(host: str, port: int, memory: Memory) -> None:
    """Run all loggers of the city until cancelled."""
    loggers = [
        SimulatedLogger(
            outlet, limits_of(outlet), host=host, port=port, progress=memory.progress(outlet.mn), remember=memory.remember
        )
        for outlet in OUTLETS
    ]
    async with asyncio.TaskGroup() as group:
        for simulated in loggers:
            group.create_task(simulated.run())
            await asyncio.sleep(STAGGER_SECONDS)
        group.create_task(knock(host, port))
        group.create_task(_report(loggers))
        group.create_task(have_yesterday_reported(loggers))


async def _report(loggers: list[SimulatedLogger]) -> None:
    """Say how far the loggers are, and that we live."""
    while True:
        heartbeat.beat("simulator")
        told = sum(simulated.acknowledged for simulated in loggers)
        up_to_date = sum(simulated.is_live for simulated in loggers)
        log.info("%s frames acknowledged, %s of %s loggers up to date", told, up_to_date, len(loggers))
        await asyncio.sleep(10)


async def have_yesterday_reported(loggers: Sequence[SimulatedLogger]) -> None:
    """When all have told of yesterday, queue the job that makes its daily reports: the night's came before there were data."""
    today = clock.local_day(clock.now())
    midnight = clock.day_bounds(today)[0].timestamp()
    while any(simulated.told_until < midnight for simulated in loggers):
        await asyncio.sleep(1)
    await asyncio.to_thread(_queue_reports, today - timedelta(days=1))
    log.info("the daily reports of yesterday are queued")


def _queue_reports(day: date) -> None:
    try:
        with acting_as(SEEDER):
            queue_reports(day)
    finally:
        connection.close()


async def work(host: str, port: int, memory: Memory, *, demo: bool, recordings: Path | None) -> None:
    """Replay, then live; ends on SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    tasks = [asyncio.create_task(_play(host, port, memory, demo, recordings)), asyncio.create_task(asked.wait())]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    memory.save()
    for task in done:
        task.result()


async def _play(host: str, port: int, memory: Memory, demo: bool, recordings: Path | None) -> None:
    await wait_for_gateway(host, port)
    await asyncio.sleep(NOTICE_SECONDS)
    if recordings is not None:
        await replay(recordings, host, port)
    if demo:
        await live(host, port, memory)
    if os.environ.get("YUZHOU_SUPERVISED"):
        await asyncio.Event().wait()  # a child that ends would be started anew


def run(arguments: list[str]) -> int:
    """Simulate, by the arguments or by what `up` was asked for."""
    parser = argparse.ArgumentParser(prog="yuzhou simulate", description="Loggers of the demonstration city, over HJ 212.")
    parser.add_argument("--host", default=os.environ.get("YUZHOU_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("YUZHOU_HJ212_PORT", "9212")))
    parser.add_argument("--recordings", type=Path, default=_given_path("YUZHOU_RECORDINGS"), help="replay frames below DIR first")
    parser.add_argument("--no-demo", action="store_true", help="only replay")
    asked = parser.parse_args(arguments)
    demo = not asked.no_demo and (bool(os.environ.get("YUZHOU_DEMO")) or not os.environ.get("YUZHOU_SUPERVISED"))
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(asked.host, asked.host)  # noqa: S104 - reached, not bound
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if demo:
        city = seed()
        log.info("%s simulated outlets; accounts %s", city.outlets, ", ".join(account.username for account in city.accounts))
    memory = Memory(Path(os.environ.get("YUZHOU_DATA", "var/data")) / "run" / "simulated-loggers.json")
    asyncio.run(work(host, asked.port, memory, demo=demo, recordings=asked.recordings))
    return 0


def _given_path(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None
