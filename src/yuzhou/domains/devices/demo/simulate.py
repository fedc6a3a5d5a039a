"""`yuzhou simulate-devices`: one simulated device for each way in, through the real ports."""

import asyncio
import json
import logging
import os
import signal
import time
import urllib.request
from collections.abc import Awaitable, Callable
from functools import partial

from django.db import connection

from yuzhou.domains.devices.demo import sparkplug, vehicles
from yuzhou.domains.devices.demo.cast import MODBUS_PORT, OPCUA_PORT, DemoDevice
from yuzhou.domains.devices.demo.machines import run_meters, run_press
from yuzhou.domains.devices.demo.mqtt import MqttDevice
from yuzhou.domains.devices.demo.nature import is_spell, wave
from yuzhou.domains.devices.demo.seed import SEEDER, cast, seed_devices
from yuzhou.kernel import heartbeat
from yuzhou.kernel.transactions import acting_as

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
EVERY = 10.0
PAUSE = 5.0
HIGH_CENTRE, WIDTH = (106.55, 29.56), 0.05


def port_of(name: str, default: int) -> int:
    """A port as `up` hands it down."""
    return int(os.environ.get(f"YUZHOU_{name}_PORT", default))


def weather(device: DemoDevice, moment: float) -> dict[str, float]:
    """What a weather station measures."""
    return {
        "temperature": wave(f"{device.identity}-t", moment, 18, 6, 86_400, 0.2),
        "humidity": wave(f"{device.identity}-h", moment, 70, 20, 86_400, 1),
        "rain": 0.2 if is_spell(device.identity, moment, 7200, 900) else 0.0,
    }


async def run_weather(device: DemoDevice) -> None:
    """JSON over MQTT; answers commands."""
    base = f"yuzhou/{device.identity}"

    async def heard(topic: str, content: bytes) -> None:
        command = json.loads(content) if content else {}
        if "id" in command:
            answer = json.dumps({"state": "done", "code": "ok"}).encode()
            task = asyncio.create_task(client.publish(f"{base}/down/{command['id']}/answer", answer))
            answers.add(task)
            task.add_done_callback(answers.discard)

    async def report() -> None:
        await client.publish(f"{base}/state", b"online", retain=True)
        while True:
            moment = time.time()
            await client.publish(
                f"{base}/up/json", json.dumps({"at": int(moment * 1000), "values": weather(device, moment)}).encode()
            )
            await asyncio.sleep(EVERY)

    answers: set[asyncio.Task[None]] = set()
    client = MqttDevice(device.identity, device.secret, will=(f"{base}/state", b"offline", True), heard=heard)
    await client.run(HOST, port_of("MQTT", 1883), [f"{base}/down/+"], report)


def pump(moment: float) -> list[sparkplug.Metric]:
    """The metrics of the pump."""
    return [
        sparkplug.Metric("Outlet/Pressure", 1, sparkplug.DOUBLE, wave("pump-p", moment, 420, 40, 1200, 5)),
        sparkplug.Metric("Motor/Speed", 2, sparkplug.DOUBLE, wave("pump-n", moment, 1450, 30, 600, 4)),
        sparkplug.Metric("Motor/Running", 3, sparkplug.BOOLEAN, not is_spell("pump", moment, 7200, 120)),
    ]


async def run_pump(device: DemoDevice) -> None:
    """Sparkplug B: birth, data by alias, death by the will."""
    group, node = device.identity.split("/")
    session = sparkplug.Metric("bdSeq", 0, sparkplug.UINT64, int(time.time()) % 256)
    again = asyncio.Event()

    async def heard(topic: str, content: bytes) -> None:
        again.set()  # whatever the host asks of a node without outputs: a new birth

    async def report() -> None:
        rebirth = sparkplug.Metric("Node Control/Rebirth", 4, sparkplug.BOOLEAN, False)
        again.set()
        sequence = 0
        while True:
            moment = time.time()
            is_birth, sequence = again.is_set(), 0 if again.is_set() else (sequence + 1) % 256
            again.clear()
            metrics = [session, rebirth, *pump(moment)] if is_birth else pump(moment)
            content = sparkplug.payload(metrics, int(moment * 1000), sequence, is_birth=is_birth)
            await client.publish(f"spBv1.0/{group}/{'NBIRTH' if is_birth else 'NDATA'}/{node}", content)
            try:
                await asyncio.wait_for(again.wait(), EVERY)
            except TimeoutError:
                continue

    death = sparkplug.payload([session], int(time.time() * 1000), None, is_birth=True)
    client = MqttDevice(device.identity, device.secret, will=(f"spBv1.0/{group}/NDEATH/{node}", death, False), heard=heard)
    await client.run(HOST, port_of("MQTT", 1883), [f"spBv1.0/{group}/NCMD/{node}"], report)


def cold_store(moment: float) -> dict[str, float | bool]:
    """Warm for a while once an hour, when somebody leaves the door open."""
    is_open = is_spell("cold-store", moment, 3600, 420)
    return {"temperature": wave("cold-store", moment, 8.0 if is_open else 3.0, 1.2, 300, 0.2), "door": is_open}


async def run_cold_store(device: DemoDevice) -> None:
    """JSON over HTTP."""
    url = f"http://{HOST}:{port_of('HTTPDOOR', 9280)}/v1/devices/{device.identity}/readings"
    headers = {"Authorization": f"Bearer {device.secret}", "Content-Type": "application/json"}
    while True:
        moment = time.time()
        body = json.dumps({"at": int(moment * 1000), "values": cold_store(moment)}).encode()
        request = urllib.request.Request(url, body, headers)
        await asyncio.to_thread(_ask, request)
        await asyncio.sleep(EVERY)


def _ask(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own door
        answer.read()


async def run_car(device: DemoDevice) -> None:
    """GB/T 32960: login, then a report every ten seconds; an insulation alarm now and then."""
    reader, writer = await asyncio.open_connection(HOST, port_of("GB32960", 32960))
    try:
        await _exchange(
            reader, writer, vehicles.gb32960(1, device.identity, vehicles.login(time.time(), int(time.time()) % 65_000 + 1))
        )
        while True:
            moment = time.time()
            data = vehicles.real_time(
                moment,
                speed=wave("car", moment, 45, 40, 240, 3),
                mileage=12_000 + (moment - 1_700_000_000) / 100,
                soc=wave("car-soc", moment, 60, 35, 14_400),
                lon=wave("car-x", moment, HIGH_CENTRE[0], WIDTH, 1800),
                lat=wave("car-y", moment, HIGH_CENTRE[1], WIDTH, 2400),
                alarm=1 << 11 if is_spell("car", moment, 5400, 120) else 0,
            )
            await _exchange(reader, writer, vehicles.gb32960(2, device.identity, data))
            await asyncio.sleep(EVERY)
    finally:
        writer.close()


async def run_coach(device: DemoDevice) -> None:
    """JT/T 808: authentication, then a position every ten seconds; too fast now and then."""
    reader, writer = await asyncio.open_connection(HOST, port_of("JT808", 8808))
    serial = 0
    try:
        await _exchange(reader, writer, vehicles.jt808(0x0102, device.identity, serial, device.secret.encode()))
        while True:
            moment, serial = time.time(), (serial + 1) % 0x10000
            hurried = is_spell("coach", moment, 4800, 150)
            body = vehicles.position(
                moment,
                speed=wave("coach", moment, 95 if hurried else 60, 10, 300, 2),
                heading=moment / 3 % 360,
                lon=wave("coach-x", moment, HIGH_CENTRE[0], WIDTH, 3000),
                lat=wave("coach-y", moment, HIGH_CENTRE[1], WIDTH, 2700),
                mileage=80_000 + (moment - 1_700_000_000) / 80,
                alarm=0b10 if hurried else 0,
            )
            await _exchange(reader, writer, vehicles.jt808(0x0200, device.identity, serial, body))
            await asyncio.sleep(EVERY)
    finally:
        writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frame: bytes) -> None:
    """Send a frame and wait until something comes back."""
    writer.write(frame)
    await writer.drain()
    async with asyncio.timeout(30):
        if not await reader.read(4096):
            raise ConnectionError("the door hung up")


RUNNERS: dict[str, Callable[[DemoDevice], Awaitable[None]]] = {
    "mqtt": run_weather,
    "sparkplug": run_pump,
    "http": run_cold_store,
    "gb32960": run_car,
    "jt808": run_coach,
}


async def keep(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a device for ever; what breaks is begun again after a pause."""
    while True:
        try:
            await run()
        except Exception as error:
            log.info("%s: %s: %s", name, type(error).__name__, error)
        await asyncio.sleep(PAUSE)


async def live() -> None:
    """All devices, until asked to end."""
    works = [
        keep("meters", lambda: run_meters(port_of("DEMOMODBUS", MODBUS_PORT))),
        keep("press", lambda: run_press(port_of("DEMOOPCUA", OPCUA_PORT))),
        _beat(),
        *(keep(one.identity, partial(RUNNERS[one.protocol], one)) for one in cast() if one.protocol in RUNNERS),
    ]
    tasks = [asyncio.create_task(work) for work in works]
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _beat() -> None:
    while True:
        heartbeat.beat("devices-simulator")
        await asyncio.sleep(5)


def run(arguments: list[str]) -> int:
    """Register what is missing, then play the devices."""
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    with acting_as(SEEDER):
        seed_devices()
    connection.close()
    asyncio.run(live())
    return 0
