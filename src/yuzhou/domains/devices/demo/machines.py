"""The machines that wait to be called: Modbus meters and an OPC UA press, as real servers."""

import asyncio
import struct
import time

from asyncua import Server, ua
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from yuzhou.domains.devices.demo.nature import is_spell, wave

HOST = "127.0.0.1"
METERS = (1, 2, 3)


def meter_registers(number: int, moment: float) -> list[int]:
    """The input registers of a meter: voltage, current, power (low word first), energy."""
    voltage = wave(f"voltage-{number}", moment, 230, 4, 900, 0.8)
    current = wave(f"current-{number}", moment, 40, 25, 1800, 2)
    power = struct.unpack(">HH", struct.pack(">f", voltage * current / 1000))
    energy = int(moment - 1_700_000_000) // 10
    return [round(voltage * 10), round(current * 100), power[1], power[0], energy >> 16 & 0xFFFF, energy & 0xFFFF]


def _meter(number: int) -> SimDevice:
    async def act(function: int, start: int, address: int, count: int, current: list[int], new: object) -> None:
        if function == 4:
            for place, word in enumerate(meter_registers(number, time.time())):
                current[place] = word

    closed = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
    words = [SimData(0, values=[0] * 16, datatype=DataType.REGISTERS)]
    return SimDevice(number, simdata=(closed, closed, words, words), action=act)


async def run_meters(port: int) -> None:
    """Three meters behind one address, until cancelled."""
    server = ModbusTcpServer([_meter(number) for number in METERS], address=(HOST, port))
    try:
        await server.serve_forever()
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # the library does not type it


async def run_press(port: int) -> None:
    """A die-casting machine, until cancelled."""
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://{HOST}:{port}/press")
    server.set_server_name("Sample press (simulated)")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace("urn:yuzhou:sample:press")
    press = await server.nodes.objects.add_object(ua.NodeId("Press", index), "Press")
    first = {"Temperature": 690.0, "Pressure": 60.0, "Strokes": 0, "Setpoint": 690.0}
    nodes = {name: await press.add_variable(ua.NodeId(f"Press.{name}", index), name, value) for name, value in first.items()}
    await nodes["Setpoint"].set_writable()
    async with server:
        while True:
            await asyncio.sleep(1)
            moment = time.time()
            wanted = float(await nodes["Setpoint"].read_value())
            hot = 28.0 if is_spell("press", moment, 3600, 300) else 0.0
            await nodes["Temperature"].write_value(wave("melt", moment, wanted + hot, 6, 600, 1))
            await nodes["Pressure"].write_value(wave("shot", moment, 60, 15, 40, 2))
            await nodes["Strokes"].write_value(int(moment - 1_700_000_000) // 40)
