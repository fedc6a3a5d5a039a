"""Readings per second from machines to durable rows: OPC UA and Modbus servers of the libraries, the connectors, the database;
beside raw binary COPY of as many rows into the same table.

    python benchmarks/connectors_ingest.py                     both, ten seconds each
    python benchmarks/connectors_ingest.py --only modbus --machines 20 --seconds 20

The servers run in a process of their own. Both they and the connectors are Python, and share the processor with the database:
what is measured is the chain, not the connector alone.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

REGISTERS, NODES = 120, 200


def serve_modbus(port: int, machines: int) -> None:
    """Units of 125 holding registers each."""
    from pymodbus.server import StartAsyncTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    words = [SimData(0, values=list(range(125)), datatype=DataType.REGISTERS)]
    asyncio.run(StartAsyncTcpServer([SimDevice(n + 1, simdata=words) for n in range(machines)], address=("127.0.0.1", port)))


def serve_opcua(port: int, machines: int) -> None:
    """A server with `NODES` numbers for each machine, all of which change ten times a second."""
    asyncio.run(_serve_opcua(port, machines))


async def _serve_opcua(port: int, machines: int) -> None:
    from asyncua import Server, ua

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace("urn:sample:bench")
    nodes = []
    for machine in range(machines):
        for n in range(NODES):
            node = ua.NodeId(f"M{machine}.{n}", index)
            nodes.append(await server.nodes.objects.add_variable(node, f"M{machine}.{n}", 0.0))
    async with server:
        value = 0.0
        while True:
            began = time.monotonic()
            value += 1.0
            for node in nodes:
                await server.write_attribute_value(node.nodeid, ua.DataValue(ua.Variant(value, ua.VariantType.Double)))
            await asyncio.sleep(max(0.0, 0.1 - (time.monotonic() - began)))


def register_all(protocol: str, port: int, machines: int) -> None:
    """A profile, and the machines."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor, title = Actor.system("benchmark"), Text("样例", "Sample")
    with acting_as(actor):
        for number in range(machines):
            key = f"bench-{protocol}" if protocol == "modbus" else f"bench-{protocol}-{number}"
            if protocol == "modbus":
                specs = [PropertySpec(f"p{n}", title, source={"register": "holding", "address": n}) for n in range(REGISTERS)]
                connection: dict[str, Any] = {"host": "127.0.0.1", "port": port, "unit": number + 1, "interval": 0.1}
                connection["keep_frames"] = False
            else:
                specs = [PropertySpec(f"p{n}", title, source={"node": f"ns=2;s=M{number}.{n}"}) for n in range(NODES)]
                connection = {"endpoint": f"opc.tcp://127.0.0.1:{port}/plant", "sampling": 0.1, "publishing": 0.2}
            if protocol == "opcua" or number == 0:
                api.define_profile(actor=actor, profile=Profile(key, title, protocol, tuple(specs)))
            api.register_device(
                actor=actor, protocol=protocol, identity=f"{protocol}-{number}", secret="", title=title, profile=key,
                place_path="50.a", connection=connection, frames_per_minute=60_000,
            )  # fmt: skip


async def measure(protocol: str, seconds: float) -> tuple[float, float]:
    """Durable readings per second, and processor seconds of the connector per million."""
    from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings
    from yuzhou.capabilities.sense.doors.modbus.machine import ModbusDoor
    from yuzhou.capabilities.sense.doors.opcua.door import OpcUaDoor

    door = (ModbusDoor if protocol == "modbus" else OpcUaDoor)(ConnectorSettings())
    await door.open()
    while door.batcher.stored_readings < 1000:
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    begin, stored, busy = time.monotonic(), door.batcher.stored_readings, time.process_time()
    await asyncio.sleep(seconds)
    rows, passed = door.batcher.stored_readings - stored, time.monotonic() - begin
    busy = time.process_time() - busy
    await door.close()
    return rows / passed, busy / max(rows, 1) * 1e6


def copy_rate() -> float:
    """Rows per second of raw binary COPY of the readings themselves into an emptied table of readings."""
    from django.db import connection

    with connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM sense_reading) TO STDOUT (FORMAT BINARY)") as copy:
            rows = b"".join(bytes(part) for part in copy)
        cursor.execute("SELECT count(*) FROM sense_reading")
        (count,) = cursor.fetchone()
        cursor.execute("TRUNCATE sense_reading")
        began = time.monotonic()
        with cursor.copy("COPY sense_reading FROM STDIN (FORMAT BINARY)") as copy:
            for start in range(0, len(rows), 1 << 20):
                copy.write(rows[start : start + (1 << 20)])
        return count / (time.monotonic() - began)


def run(protocol: str, machines: int, seconds: float) -> None:
    """One protocol: serve, register, measure, print."""
    from yuzhou.project.processes.ports import free_port

    port = free_port()
    server = multiprocessing.Process(
        target=serve_modbus if protocol == "modbus" else serve_opcua, args=(port, machines), daemon=True
    )
    server.start()
    try:
        register_all(protocol, port, machines)
        rate, cost = asyncio.run(measure(protocol, seconds))
    finally:
        server.terminate()
        server.join()
    copied = copy_rate()
    print(f"{protocol:7} {machines} machines: {rate:,.0f} readings/s durable, {cost:.1f} s of processor for a million")
    print(f"        raw COPY into the same table {copied:,.0f} rows/s; ratio {rate / copied:.3f}")


def main() -> None:
    """Both protocols, or one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=("modbus", "opcua"))
    parser.add_argument("--machines", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    with database():
        for protocol in (given.only,) if given.only else ("modbus", "opcua"):
            run(protocol, given.machines, given.seconds)


if __name__ == "__main__":
    main()
