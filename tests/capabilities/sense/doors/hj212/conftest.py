"""A gateway on a free port over the real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
from yuzhou.capabilities.sense.doors.hj212.gateway import Gateway
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.intake.core import close_database
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

from .loggers import MN, OTHER_MN, PASSWORD

TESTER = Actor.system("tests")
QUICK = GatewaySettings(port=0, batch_milliseconds=5, answer_seconds=0.3)


def register(mn: str, **more: Any) -> None:
    """Register a logger that reports COD and ammonia."""
    series = [SeriesSpec(code, Statistic.RTD, "mg/L") for code in ("w01018", "w21003")]
    given: dict[str, Any] = {"secret": PASSWORD, "profile": "water", "place_path": "50.a", "frames_per_minute": 60_000, **more}
    with acting_as(TESTER):
        api.register_device(actor=TESTER, protocol="hj212", identity=mn, title=Text("样例", "Sample"), series=series, **given)


@asynccontextmanager
async def running_gateway(**settings: Any) -> AsyncIterator[Gateway]:
    """A gateway in this process, closed afterwards."""
    gateway = Gateway(replace(QUICK, **settings))
    await gateway.open()
    try:
        yield gateway
    finally:
        await gateway.close()


async def ask(call: Callable[[], Any]) -> Any:
    """Ask the database from a thread, and leave no connection behind."""

    def guarded() -> Any:
        try:
            return call()
        finally:
            close_database()

    return await asyncio.to_thread(guarded)


def rows(query: str, *params: Any) -> list[tuple[Any, ...]]:
    """What a query finds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


def start_afresh() -> None:
    """Empty the tables that no model stands for, put back the row that the migration makes, forget what was known of them."""
    from django.db import connection

    from yuzhou.capabilities.sense.services.engine import forget_engine
    from yuzhou.capabilities.sense.services.partitions import forget_partitions

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sense_reading, sense_raw_frame")
        cursor.execute("INSERT INTO sense_ingest_ledger (id, number) VALUES (1, 0) ON CONFLICT DO NOTHING")
    forget_engine()
    forget_partitions()


@pytest.fixture
def two_loggers(transactional_db: None) -> None:
    """Two registered loggers, in a database that was emptied after the test before."""
    start_afresh()
    for mn in (MN, OTHER_MN):
        register(mn)
