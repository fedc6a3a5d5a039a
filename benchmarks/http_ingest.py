"""Readings per second over HTTP into durable rows, as JSON, CSV, Arrow and CBOR, beside raw COPY of as many rows in the same run.

    python benchmarks/http_ingest.py [--readings 200000] [--batch 5000] [--clients 4]

A door in this process, a device for each client; every request is answered after its commit. The client shares the processors,
so the figures are a floor. Raw COPY goes into the same partitions with their key, a commit for each batch. Prints rates, ratios.
"""

import argparse
import asyncio
import json
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import httpx
import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

SECRET = "benchmark-secret"
PROPERTIES = tuple(f"p{number}" for number in range(10))
KINDS = {
    "JSON": "application/json",
    "CSV": "text/csv",
    "Arrow": "application/vnd.apache.arrow.stream",
    "CBOR": "application/cbor",
}


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--readings", type=int, default=200_000)
    options.add_argument("--batch", type=int, default=5000)
    options.add_argument("--clients", type=int, default=4)
    asked = options.parse_args()
    with database():
        measure(asked)


def measure(asked: argparse.Namespace) -> None:
    """Each form in turn, each with moments of its own."""
    register(asked.clients)
    moments = asked.readings // asked.clients // len(PROPERTIES)
    rows = moments * asked.clients * len(PROPERTIES)
    base = int(time.time()) - 20 * 86_400
    found = {kind: asyncio.run(send_all(kind, asked, moments, base + 86_400 * n)) for n, kind in enumerate(KINDS, 1)}
    raw = copy_raw(asked, rows, base + 86_400 * 8)
    print(f"{rows:,} readings, {asked.batch:,} a request, {asked.clients} clients")
    print(f"{'raw COPY, same table':>22}: {rows / raw:>10,.0f} readings/s")
    for kind, seconds in found.items():
        print(f"{kind:>22}: {rows / seconds:>10,.0f} readings/s   {raw / seconds:5.2f} of raw COPY")


def register(clients: int) -> None:
    """A device for each client, with its series."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        for number in range(clients):
            api.register_device(
                actor=actor,
                protocol="http",
                identity=f"bench-{number}",
                secret=SECRET,
                title=Text("样例", "Sample"),
                profile="",
                place_path="50.a",
                frames_per_minute=1_000_000,
                series=[SeriesSpec(name, Statistic.RTD, "1") for name in PROPERTIES],
            )


async def send_all(kind: str, asked: argparse.Namespace, moments: int, start: int) -> float:
    """Seconds from the first request to the last answer; bodies are made before."""
    from yuzhou.capabilities.sense.doors.http.door import HttpDoor
    from yuzhou.capabilities.sense.doors.http.settings import HttpSettings

    at_once = max(1, asked.batch // len(PROPERTIES))
    bodies = [body(kind, start + n, min(at_once, moments - n)) for n in range(0, moments, at_once)]
    door = HttpDoor(HttpSettings(port=free_port()))
    await door.open()
    await asyncio.sleep(0.5)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": KINDS[kind]}
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.settings.port}", timeout=120, headers=headers) as client:
        await asyncio.gather(*[send(client, number, bodies, moments) for number in range(asked.clients)])
    took = time.perf_counter() - began
    await door.close()
    return took


async def send(client: httpx.AsyncClient, number: int, bodies: list[bytes], moments: int) -> None:
    """One device, one request after the other."""
    stored = 0
    for content in bodies:
        answer = await client.post(f"/v1/devices/bench-{number}/readings", content=content)
        stored += answer.json()["stored"]
    assert stored == moments * len(PROPERTIES), stored


def body(kind: str, start: int, moments: int) -> bytes:
    """So many moments of all properties."""
    values = np.round(np.random.default_rng(start).normal(20, 5, (moments, len(PROPERTIES))), 3)
    at = start + np.arange(moments)
    if kind == "CSV":
        rows = (",".join(map(str, (moment, *row))) for moment, row in zip(at.tolist(), values.tolist(), strict=True))
        return "\n".join((",".join(("at", *PROPERTIES)), *rows)).encode()
    if kind == "Arrow":
        columns = {name: values[:, place] for place, name in enumerate(PROPERTIES)}
        table = pa.table({"at": pa.array(at * 1_000_000).cast(pa.timestamp("us", "UTC")), **columns})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()
    pairs = zip(at.tolist(), values.tolist(), strict=True)
    reports = [{"at": moment, "values": dict(zip(PROPERTIES, row, strict=True))} for moment, row in pairs]
    return cbor2.dumps(reports) if kind == "CBOR" else json.dumps(reports).encode()


def copy_raw(asked: argparse.Namespace, rows: int, start: int) -> float:
    """The same number of rows by COPY into the table of readings."""
    from django.db import transaction

    from yuzhou.capabilities.sense.services.partitions import ensure_partitions
    from yuzhou.capabilities.sense.services.rows import Rows
    from yuzhou.capabilities.sense.services.storage import store_newer

    of = np.arange(rows) % (asked.clients * len(PROPERTIES)) + 1
    at = (start + np.arange(rows) // (asked.clients * len(PROPERTIES))) * 1_000_000
    value, none = np.random.default_rng(1).normal(20, 5, rows), np.zeros(rows, np.uint8)
    days = {datetime.fromtimestamp(int(moment) / 1e6, UTC).date() for moment in (at[0], at[-1])}
    with transaction.atomic():
        ensure_partitions("sense_reading", days)
    began = time.perf_counter()
    for n in range(0, rows, asked.batch):
        part = slice(n, n + asked.batch)
        with transaction.atomic():
            store_newer(Rows(of[part], at[part], value[part], none[part], none[part], int(at[-1])))
    return time.perf_counter() - began


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
