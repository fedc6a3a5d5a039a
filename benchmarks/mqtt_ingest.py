"""Readings per second from PUBLISH with QoS 1 to the durable row, beside raw COPY of the same rows.

    python benchmarks/mqtt_ingest.py                        JSON: 20 devices, 300 messages each, 20 values in each
    python benchmarks/mqtt_ingest.py --form cbor --rows 50  compact CBOR, 50 moments in a message
    python benchmarks/mqtt_ingest.py --backlog              the door is held until all is acknowledged: what it alone can do
    python benchmarks/mqtt_ingest.py --connect 2000         how many devices a second are let in

Starts a PostgreSQL with the settings of `up` (fsync on), a bus, a door process and a process of devices (paho), which keep
100 messages each unacknowledged. The raw rate is binary COPY of the stored rows into the same table, emptied before.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from hj212_ingest import cpu_of, database_cpu, measure_copy  # noqa: E402 - found beside this file
from stage import database  # noqa: E402

SECRET = "benchmark-secret"
IN_FLIGHT = 100


def prepare(devices: int) -> None:
    """Register devices."""
    from yuzhou.capabilities.sense import api
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        for number in range(devices):
            api.register_device(
                actor=actor,
                protocol="mqtt",
                identity=f"bench-{number}",
                secret=SECRET,
                title=Text("样例", "Sample"),
                profile="benchmark",
                place_path="50.x",
                frames_per_minute=10_000_000,
            )


def content_of(form: str, number: int, values: int, rows: int, start: int) -> bytes:
    """One message; each has moments of its own, a second apart from those of the next."""
    at = start + number * rows * 10
    if form == "json":
        said: Any = [
            {"at": at + row * 10, "values": {f"p{value}": number + value / 10 for value in range(values)}} for row in range(rows)
        ]
        return json.dumps(said if rows > 1 else said[0]).encode()
    import cbor2

    cells = [[row * 10, *(number + value / 10 for value in range(values))] for row in range(rows)]
    return bytes(cbor2.dumps({1: at, 5: [f"p{value}" for value in range(values)], 6: cells}))


def publish(identity: str, port: int, form: str, contents: list[bytes], ready: threading.Barrier) -> None:
    """One device with paho: everything with QoS 1, until all is acknowledged."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2, client_id=identity)
    client.username_pw_set(identity, SECRET)
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect("127.0.0.1", port)
    client.loop_start()
    while not client.is_connected():
        time.sleep(0.01)
    ready.wait()
    told = [client.publish(f"yuzhou/{identity}/up/{form}", content, qos=1) for content in contents]
    for one in told:
        one.wait_for_publish()
    client.disconnect()


def devices_process(asked: argparse.Namespace) -> None:
    """The devices, in a process of their own; says when they begin and when all is acknowledged."""
    start = int(time.time() * 1000) - asked.messages * asked.rows * 10
    contents = [content_of(asked.form, number, asked.values, asked.rows, start) for number in range(asked.messages)]
    ready = threading.Barrier(asked.devices + 1)
    threads = [
        threading.Thread(target=publish, args=(f"bench-{number}", asked.port, asked.form, contents, ready))
        for number in range(asked.devices)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    print("go", flush=True)
    for thread in threads:
        thread.join()
    print(time.perf_counter() - began, flush=True)


def connect_many(port: int, count: int) -> float:
    """Devices let in per second, fifty at a time."""
    import asyncio

    import aiomqtt

    async def all_of_them() -> float:
        places = asyncio.Semaphore(50)

        async def one(number: int) -> None:
            name = f"bench-{number}"
            async with places, aiomqtt.Client("127.0.0.1", port, username=name, password=SECRET, identifier=name, timeout=30):
                pass

        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(count)))
        return count / (time.perf_counter() - began)

    return asyncio.run(all_of_them())


def stored_rows(url: str) -> int:
    """Readings that came in messages."""
    query = "SELECT count(*) FROM sense_reading r JOIN sense_series s ON s.id = r.series_id WHERE s.property <> 'link'"
    with psycopg.connect(url) as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


def measure(asked: argparse.Namespace, port: int, door: int) -> None:
    """Both rates and their ratio."""
    url = os.environ["DATABASE_OWNER_URL"]
    expected = asked.devices * asked.messages * asked.values * asked.rows
    command = [sys.executable, __file__, "--port", str(port), "--devices-only", "--form", asked.form]
    for name in ("devices", "messages", "values", "rows"):
        command += [f"--{name}", str(getattr(asked, name))]
    devices = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert devices.stdout is not None
    devices.stdout.readline()
    if asked.backlog:
        os.kill(door, signal.SIGSTOP)
    began, door_before, database_before = time.perf_counter(), cpu_of(door), database_cpu()
    acknowledged = float(devices.stdout.readline())
    devices.wait()
    if asked.backlog:
        began = time.perf_counter()
        os.kill(door, signal.SIGCONT)
    while stored_rows(url) < expected:
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    used, database_used = cpu_of(door) - door_before, database_cpu() - database_before
    messages = asked.devices * asked.messages
    print(f"{asked.form}: {messages} messages, {expected} readings")
    print(f"acknowledged to the devices: {messages / acknowledged:,.0f} messages/s")
    print(f"PUBLISH to durable row: {expected / seconds:,.0f} readings/s, {messages / seconds:,.0f} messages/s")
    print(f"processor seconds: door {used:.1f}, database {database_used:.1f}")
    rate, count, copy_used = measure_copy(url)
    print(f"raw COPY of the same {count} rows: {rate:,.0f}/s ({copy_used:.1f} s); ratio {expected / seconds / rate:.2f}")


def main() -> None:
    """Measure, or be the devices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=("json", "cbor"), default="json")
    parser.add_argument("--devices", type=int, default=20)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--values", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--backlog", action="store_true", help="let the bus fill before the door may take anything")
    parser.add_argument("--connect", type=int, default=0)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--devices-only", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.devices_only:
        devices_process(asked)
        return
    from yuzhou.kernel import heartbeat
    from yuzhou.project.processes.bus import EmbeddedBus
    from yuzhou.project.processes.ports import answers, free_port

    with database(), tempfile.TemporaryDirectory(prefix="yuzhou-bench-bus-") as folder:
        prepare(max(asked.devices, asked.connect))
        bus = EmbeddedBus(Path(folder), free_port(), free_port(), "benchmark")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(bus.command(), cwd="/", **quiet)  # type: ignore[call-overload]  # plain keywords
        settings = {"NATS_URL": bus.url(), "YUZHOU_MQTT_PORT": str(bus.mqtt_port), "YUZHOU_SUPERVISED": "1"}
        environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT / "src")}
        while not answers(bus.port):
            time.sleep(0.05)
        door = subprocess.Popen([sys.executable, "-m", "yuzhou", "mqtt-door"], env=environment, cwd="/")
        try:
            while heartbeat.age("mqtt-door") is None:  # it lets nobody in before
                time.sleep(0.1)
            if asked.connect:
                print(f"{connect_many(bus.mqtt_port, asked.connect):,.0f} devices let in per second")
            else:
                measure(asked, bus.mqtt_port, door.pid)
        finally:
            door.terminate()
            door.wait(30)
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
