"""Modbus devices end to end: a pymodbus server, the connector, the database."""

import asyncio
import math
import time
from typing import Any

import pytest
from django.db import OperationalError

from yuzhou.capabilities.sense.contracts import CommandField, CommandType, ConnectionState, DataFlag, Mark
from yuzhou.capabilities.sense.doors.modbus.machine import ModbusDoor

from .conftest import SAMPLE, ask, command, define, latest, note, readings, register, request, rows, running, state, until
from .machines import Unit, broken_server, modbus_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

NO_LINK = DataFlag.LINK_FAULT | Mark.SUSPECT
MAP = {
    "level": {"register": "holding", "address": 100, "scale": 0.1, "write": True},
    "flow": {"register": "input", "address": 10, "type": "uint32", "order": "CDAB"},
    "valve": {"register": "coil", "address": 3, "write": True},
    "alarm": {"register": "holding", "address": 7, "type": "bool", "bit": 1, "write": True},
    "name": {"register": "holding", "address": 150, "type": "string-skip", "words": 8},
    "high": {"register": "holding", "address": 99, "low": 0, "high": 50},
    "power": {"register": "holding", "address": 20, "type": "float32", "write": True},
}


def modbus(port: int, unit: int = 1, **more: object) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": port, "unit": unit, "interval": 0.2, **more}


async def test_a_map_is_read_and_stored(afresh: None) -> None:
    async with modbus_server(Unit()) as port:
        await ask(lambda: define("sample", "modbus", MAP))
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor) as door:
            values = await until(lambda: latest(device))
            assert values["level"] == 10.0
            assert (values["flow"], values["valve"], values["alarm"]) == (11 * 65536 + 10, 0, 1)
            assert "name" not in values
            assert (await ask(lambda: readings(device, "high")))[0][:2] == (99, DataFlag.OVER_RANGE | Mark.SUSPECT)
            assert await until(lambda: state(device) == "online")
            said = await until(lambda: (n := note(device)) and n.state is ConnectionState.CONNECTED and n)
            assert said.details["properties"] == 6
            before = len(await ask(lambda: readings(device, "level")))
            await until(lambda: len(readings(device, "level")) >= before + 3)
            ((content,),) = await ask(lambda: rows("SELECT content FROM sense_raw_frame WHERE kind = 'poll' LIMIT 1"))
            assert b"coil 3: 0" in bytes(content)
            assert door.batcher.readings < 100
        assert await ask(lambda: state(device)) == "offline"


async def test_one_refused_address_harms_one_property(afresh: None) -> None:
    async with modbus_server(Unit(absent={7})) as port:
        await ask(lambda: define("sample", "modbus", MAP))
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            await until(lambda: len(readings(device, "level")) >= 3)
            ((value, flag, _),) = await ask(lambda: readings(device, "alarm"))
            assert (math.isnan(value), flag) == (True, NO_LINK)
            codes = await ask(lambda: rows("SELECT code, params FROM sense_quarantine"))
            assert codes == [("modbus.refused-property", '{"address": 7, "property": "alarm", "exception": "2"}')]
            said = await until(lambda: (n := note(device)) and n.details.get("refused") and n)
            assert said.details["refused"] == {"alarm": "modbus.exception-2"}


async def test_units_behind_one_gateway_share_a_connection(afresh: None) -> None:
    units = [Unit(1), Unit(2), Unit(3, deaf=True)]
    async with modbus_server(*units) as port:
        await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
        devices = [await ask(lambda n=n: register("modbus", f"M{n}", modbus(port, n))) for n in (1, 2, 3)]
        async with running(ModbusDoor) as door:
            await until(lambda: all(len(readings(device, "level")) >= 3 for device in devices[:2]), 15)
            assert len(door._patrols) == 1
            assert await ask(lambda: readings(devices[2], "level")) == []
            said = await until(lambda: (n := note(devices[2])) and n.state is ConnectionState.FAILED and n)
            assert said.code == "modbus.no-answer"


async def test_a_device_that_goes_away_and_comes_back(afresh: None) -> None:
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    async with modbus_server(Unit()) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
    async with running(ModbusDoor):
        await until(lambda: (n := note(device)) and n.code == "modbus.no-connection")
        async with modbus_server(Unit(), port=port):
            await until(lambda: state(device) == "online")
            await until(lambda: len(readings(device, "level")) >= 2)
        await until(lambda: state(device) == "offline")
        *_, (value, flag, _) = await ask(lambda: readings(device, "level"))
        assert (math.isnan(value), flag) == (True, NO_LINK)
        before = len(await ask(lambda: readings(device, "level")))
        async with modbus_server(Unit(), port=port):
            await until(lambda: len(readings(device, "level")) >= before + 2)
            assert await until(lambda: state(device) == "online")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("deaf", {"modbus.no-answer"}),
        ("garbage", {"modbus.no-answer", "modbus.garbage", "modbus.broken-off"}),
        ("rude", {"modbus.broken-off", "modbus.no-answer", "modbus.no-connection"}),
    ],
)
async def test_servers_that_are_none(afresh: None, kind: str, codes: set[str]) -> None:
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    async with broken_server(kind) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            said = await until(lambda: (n := note(device)) and n.state is ConnectionState.FAILED and n)
            assert said.code in codes
            assert await ask(lambda: state(device)) == "offline"
    assert await ask(lambda: readings(device, "level")) == []


async def test_values_are_written_once_and_read_back(afresh: None) -> None:
    unit = Unit()
    start = CommandType("start", SAMPLE, source={"register": "coil", "address": 5, "value": 1})
    level = CommandType("set-level", SAMPLE, (CommandField("level", SAMPLE, "number", 0, 100),))
    await ask(lambda: define("sample", "modbus", MAP, commands=(start, level)))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            await until(lambda: state(device) == "online")
            for name, params, written, answer in (
                ("write", {"property": "level", "value": 12.3}, (6, 100, [123]), {"level": 12.3}),
                ("write", {"property": "valve", "value": 1}, (5, 3, [True]), {"valve": 1.0}),
                ("write", {"property": "power", "value": 1.5}, (16, 20, [0x3FC0, 0]), {"power": 1.5}),
                ("set-level", {"level": 50}, (6, 100, [500]), {"level": 50.0}),
                ("start", {}, (5, 5, [True]), {"start": 1.0}),
            ):
                unit.written.clear()
                await ask(lambda n=name, p=params: request(device, n, **p))
                done = await until(lambda: (c := command(device)).finished_at and c)
                assert (done.state.value, done.answer, unit.written) == ("done", answer, [written])


async def test_what_may_not_be_written_is_not(afresh: None) -> None:
    unit = Unit(absent={100})
    await ask(lambda: define("sample", "modbus", {**MAP, "power": {**MAP["power"], "low": 0, "high": 10}}))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            await until(lambda: state(device) == "online")
            for prop, value, code in (
                ("flow", 1, "connectors.not-writable"),
                ("power", 11, "connectors.out-of-bounds"),
                ("level", 1e9, "modbus.value"),
                ("level", 1, "modbus.exception-2"),
            ):
                await ask(lambda p=prop, v=value: request(device, "write", property=p, value=v))
                done = await until(lambda: (c := command(device)).finished_at and c)
                assert (done.state.value, done.answer_code) == ("failed", code)
            assert unit.written == []


async def test_a_device_that_does_not_keep_what_is_written(afresh: None) -> None:
    unit = Unit()
    unit.forgets = True
    await ask(lambda: define("sample", "modbus", MAP))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            await until(lambda: state(device) == "online")
            await ask(lambda: request(device, "write", property="level", value=12.3))
            done = await until(lambda: (c := command(device)).finished_at and c)
            assert (done.state.value, done.answer_code, done.answer) == ("failed", "connectors.other-value", {"level": 10.0})
            assert len(unit.written) == 1


async def test_a_write_without_an_answer_is_not_written_again(afresh: None) -> None:
    unit = Unit()
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port, interval=3)))
        async with running(ModbusDoor):
            await until(lambda: state(device) == "online")
            unit.deaf = True
            await ask(lambda: request(device, "write", property="level", value=12.3))
            done = await until(lambda: (c := command(device)).finished_at and c, 15)
            assert (done.state.value, done.answer_code) == ("failed", "modbus.no-answer")


async def test_what_expired_after_it_was_claimed_is_not_written(afresh: None, expired_when_claimed: None) -> None:
    unit = Unit()
    await ask(lambda: define("sample", "modbus", MAP))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port)))
        async with running(ModbusDoor):
            await until(lambda: state(device) == "online")
            await ask(lambda: request(device, "write", property="level", value=12.3))
            await until(lambda: command(device).state.value == "sending")
            before = len(await ask(lambda: readings(device, "level")))
            await until(lambda: len(readings(device, "level")) >= before + 5)
            assert unit.written == []


async def test_settings_that_make_no_sense(afresh: None) -> None:
    await ask(lambda: define("sample", "modbus", {"level": {"register": "holding", "address": -1}}))
    await ask(lambda: define("empty", "modbus", {"level": {}}))
    wrong = await ask(lambda: register("modbus", "M1", modbus(502)))
    empty = await ask(lambda: register("modbus", "M2", modbus(502), "empty"))
    nowhere = await ask(lambda: register("modbus", "M3", modbus(502) | {"host": "169.254.169.254"}, "empty"))
    async with running(ModbusDoor):
        assert (await until(lambda: note(wrong))).code == "modbus.source"
        assert (await until(lambda: note(empty))).code == "modbus.no-registers"
        assert (await until(lambda: note(nowhere))).state is ConnectionState.MISCONFIGURED


async def test_half_of_many_devices_are_dead(afresh: None) -> None:
    """A hundred gateways that hang must not slow down a hundred devices that answer."""
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"]}))
    units = [Unit(n) for n in range(1, 101)]

    def register_all(good: int, dead: int) -> None:
        for n in range(1, 101):
            register("modbus", f"G{n}", modbus(good, n, interval=1))
            register("modbus", f"D{n}", modbus(dead, n, interval=1) | {"host": f"127.0.1.{n}"})

    async with modbus_server(*units) as good, broken_server("deaf") as deaf:
        await ask(lambda: register_all(good, deaf))
        began = time.monotonic()
        async with running(ModbusDoor):
            query = "SELECT count(DISTINCT series_id), count(*) FROM sense_reading"
            await until(lambda: rows(query)[0][0] == 100 and rows(query)[0][1] >= 300, 30)
            assert time.monotonic() - began < 25


async def test_a_dead_database_pauses_the_polls_and_loses_nothing_that_was_read(afresh: None) -> None:
    unit = Unit()
    await ask(lambda: define("sample", "modbus", {"level": MAP["level"], "flow": MAP["flow"]}))
    async with modbus_server(unit) as port:
        device = await ask(lambda: register("modbus", "M1", modbus(port, interval=0.1)))
        async with running(ModbusDoor, queue_readings=10) as door:
            await until(lambda: len(readings(device, "level")) >= 2)
            store, tries = door.batcher._store, 0

            def away(items: Any, seen: Any) -> Any:
                nonlocal tries
                tries += 1
                raise OperationalError("the database is away")

            door.batcher._store = away
            await asyncio.sleep(2.5)
            assert door.batcher.readings <= 14
            asked = unit.asked
            await asyncio.sleep(1)
            assert unit.asked == asked  # the polls wait
            assert tries > 1
            held = door.batcher.readings
            before = len(await ask(lambda: readings(device, "level")))
            door.batcher._store = store
            await until(lambda: len(readings(device, "level")) >= before + held // 2 + 2, 15)
            moments = [at for (at,) in await ask(lambda: rows("SELECT at FROM sense_reading ORDER BY received_at, at"))]
            assert moments == sorted(moments)
