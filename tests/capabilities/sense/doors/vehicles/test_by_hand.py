"""Bytes that no encoder of ours made: each door of vehicles reads and answers them, wherever the tests run."""

from datetime import datetime

import pytest

from yuzhou.capabilities.sense.doors.gb32960 import frames as gb
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Reply
from yuzhou.capabilities.sense.doors.jt808 import bodies
from yuzhou.capabilities.sense.doors.jt808 import frames as jt
from yuzhou.capabilities.sense.doors.jt808.positions import read_position
from yuzhou.capabilities.sense.doors.jt808.words import Message, Result, Version

from ..gb32960.vehicles import VIN
from ..hj212.conftest import ask, rows
from ..jt808.terminals import PHONE
from . import by_hand
from .client import Line
from .conftest import gb32960_door, jt808_door

AT = int(datetime.fromisoformat("2026-11-23T08:30:05+08:00").timestamp()) * 1_000_000


def vehicle_frame(wire: bytes) -> gb.Frame:
    (found,) = gb.Splitter().feed(wire)
    assert isinstance(found, gb.Frame)
    assert (found.vin, gb.encode(found)) == (VIN, wire)
    return found


def terminal_frame(wire: bytes) -> jt.Frame:
    (found,) = jt.Splitter().feed(wire)
    assert isinstance(found, jt.Frame)
    assert (found.identity, jt.encode(found)) == (PHONE, wire)
    return found


def test_a_report_of_a_vehicle() -> None:
    found = vehicle_frame(by_hand.GB_REPORT)
    report = Decoder().decode(found.version, found.data)
    values = report.as_mapping()
    assert (report.at, found.command, found.reply) == (AT, Command.REAL_TIME, Reply.COMMAND)
    expected = {
        "speed": 65.5,
        "mileage": 12_345.6,
        "voltage": 371.2,
        "current": 25.5,
        "soc": 81,
        "gear": 14,
        "insulation": 2000,
        "accelerator": 33,
        "motor.1.controller_temperature": 50,
        "motor.1.speed": 2000,
        "motor.1.torque": 10,
        "motor.1.temperature": 60,
        "motor.1.voltage": 371.2,
        "motor.1.current": 10,
        "longitude": 106.551556,
        "latitude": 29.56301,
        "cell_voltage_max": 3.8,
        "cell_voltage_max.cell": 5,
        "cell_voltage_min": 3.78,
        "temperature_max": 25,
        "temperature_max.probe": 2,
        "temperature_min": 20,
    }
    assert {name: values[name] for name in expected} == expected


def test_a_position_of_a_terminal() -> None:
    found = terminal_frame(by_hand.JT_POSITION)
    read = read_position(found.body, (0, 0))
    values = read.as_mapping()
    assert (found.message, found.serial, read.at) == (Message.POSITION, 0x7E, AT)
    expected = {
        "alarm.sos": 1,
        "acc": 1,
        "latitude": 29.56301,
        "longitude": 106.551556,
        "altitude": 259,
        "speed": 65.5,
        "heading": 183,
        "mileage": 12_345.6,
        "fuel": 12.5,
        "signal_strength": 21,
        "satellites": 9,
    }
    assert {name: values[name] for name in expected} == expected


def test_a_position_of_2019_south_west_and_below_the_sea() -> None:
    found = terminal_frame(by_hand.JT_POSITION_2019)
    values = read_position(found.body, (0, 0)).as_mapping()
    assert found.version is Version.V2019
    assert (values["latitude"], values["longitude"], values["altitude"]) == (-1.5, -2.5, -10)


def test_a_registration() -> None:
    read = bodies.read_registration(terminal_frame(by_hand.JT_REGISTER).body, Version.V2013)
    assert (read.province, read.city, read.manufacturer, read.model, read.terminal) == (50, 1, "SMPL", "MODEL", "SAMPLE1")
    assert (read.colour, read.plate) == (1, "渝A00001")


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
async def test_the_door_of_vehicles_answers_byte_for_byte(vehicles: None) -> None:
    async with gb32960_door() as door, Line(door.port, gb.Splitter) as vehicle:
        assert (await vehicle.ask(by_hand.GB_LOGIN)).raw == by_hand.GB_LOGIN_ANSWER
        assert (await vehicle.ask(by_hand.GB_HEARTBEAT)).raw == by_hand.GB_HEARTBEAT_ANSWER
        assert (await vehicle.ask(by_hand.GB_LOGOUT)).reply == Reply.OK
        assert await ask(lambda: rows("SELECT count(*) FROM sense_quarantine")) == [(0,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
async def test_the_door_of_terminals_registers_and_refuses(vehicles: None) -> None:
    async with jt808_door() as door, Line(door.port, jt.Splitter) as terminal:
        refused = await terminal.ask(by_hand.JT_POSITION)  # nobody has authenticated yet
        assert refused.body == bytes.fromhex("00 7e 02 00 01")
        registered = await terminal.ask(by_hand.JT_REGISTER)
        assert (registered.message, registered.body[:3]) == (Message.REGISTERED, b"\0\1\0")
        code = registered.body[3:]
        body = b"\x01\x02" + len(code).to_bytes(2, "big") + bytes.fromhex(by_hand.JT_PHONE) + b"\0\2" + code
        assert (await terminal.ask(framed(body))).body[4] == Result.OK
        assert (await terminal.ask(by_hand.JT_HEARTBEAT)).body == bytes.fromhex("00 7d 00 02 00")


def framed(body: bytes) -> bytes:
    """A message between its marks, escaped, with its check: the code is not known before."""
    check = 0
    for byte in body:
        check ^= byte
    escaped = (body + bytes((check,))).replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    return b"\x7e" + escaped + b"\x7e"
