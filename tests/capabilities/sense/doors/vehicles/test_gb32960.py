"""The door of GB/T 32960 over TCP and the real database."""

import asyncio
import struct
from typing import Any

import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandState
from yuzhou.capabilities.sense.doors.gb32960.frames import Splitter, encode
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Reply
from yuzhou.kernel.transactions import acting_as

from ..gb32960.vehicles import (
    OTHER_VIN,
    VIN,
    alarm_item,
    frame,
    later,
    login,
    position_item,
    report,
)
from ..hj212.conftest import ask, rows
from .client import Line
from .conftest import TESTER, gb32960_door, onboard
from .recordings import recorded_frames

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


def latest(identity: str) -> dict[str, tuple[float, int]]:
    """Newest value and flag by property."""
    query = """SELECT s.property, l.value, l.flag FROM sense_latest l JOIN sense_series s ON s.id = l.series_id
        JOIN sense_device d ON d.id = s.device_id WHERE d.identity = %s"""
    return {name: (value, flag) for name, value, flag in rows(query, identity)}


def stored() -> int:
    return int(rows("SELECT count(*) FROM sense_reading")[0][0])


def alarms() -> list[tuple[str, int, str]]:
    query = """SELECT s.property, a.severity, a.state FROM sense_alarm a JOIN sense_series s ON s.id = a.series_id ORDER BY 1"""
    return [tuple(row) for row in rows(query)]  # type: ignore[misc]  # three columns


def line(port: int) -> Line:
    return Line(port, Splitter)


async def test_what_is_acknowledged_is_in_the_store(vehicles: None) -> None:
    async with gb32960_door() as door, line(door.port) as vehicle:
        assert (await vehicle.ask(login())).reply == Reply.OK
        cells = b"\x08\x01\x01" + struct.pack(">HHHHB", 3712, 10_255, 2, 1, 2) + struct.pack(">HH", 3800, 3790)
        answer = await vehicle.ask(report(items=position_item() + cells))
        assert (answer.command, answer.reply) == (Command.REAL_TIME, Reply.OK)
        found = await ask(lambda: latest(VIN))
        assert found["soc"] == (81, 0)
        assert found["latitude"] == (29.56301, 0)
        assert found["pack.1.cell.2"] == (3.79, 0)
        query = "SELECT unit, title_zh FROM sense_series WHERE property = %s"
        assert await ask(lambda: rows(query, "pack.1.cell.2")) == [("V", "电池子系统 1 单体电压 2")]
        assert ("km/h", "车速") in await ask(lambda: rows(query, "speed"))


async def test_sent_again_after_a_restart_it_is_stored_once(vehicles: None) -> None:
    wires = [login(), report(at=later(-30))]
    for _ in range(2):
        async with gb32960_door() as door, line(door.port) as vehicle:
            vehicle.send(*wires, *wires)
            assert [answer.reply for answer in await vehicle.receive(4)] == [Reply.OK] * 4
    assert await ask(stored) == 15


async def test_alarms_rise_by_the_profile(vehicles: None) -> None:
    async with gb32960_door() as door, line(door.port) as vehicle:
        vehicle.send(login(), report(at=later(-30), items=alarm_item(2, 1 << 11)))
        assert len(await vehicle.receive(2)) == 2
        assert await ask(alarms) == [("alarm.insulation", 3, "raised"), ("alarm.level", 3, "raised")]
        vehicle.send(report(at=later(-20), items=alarm_item(0)))
        await vehicle.receive(1)
        assert {state for _, _, state in await ask(alarms)} == {"cleared"}


async def test_bad_input_disturbs_nobody(vehicles: None) -> None:
    bad = [
        login("LSTRANGER00000001"),
        report(OTHER_VIN),
        report(at=later(3600)),
        report()[:-1] + b"\x00",
        frame(Command.REAL_TIME, bytes(5000)),
        b"\x00\xff" * 100,
        frame(Command.REAL_TIME, b"secret", encryption=3),
        frame(Command.REAL_TIME, bytes(6)),
    ]
    async with gb32960_door(max_data=4000) as door, line(door.port) as good, line(door.port) as other:
        await good.ask(login())
        await other.ask(login(OTHER_VIN))
        for wire in bad:
            good.send(wire)
            assert (await other.ask(report(OTHER_VIN))).reply == Reply.OK
        answers = await good.receive(7)
        assert [answer.reply for answer in answers] == [Reply.ERROR] * 7
        assert (await good.ask(report())).reply == Reply.OK
        codes = {code for (code,) in await ask(lambda: rows("SELECT code FROM sense_quarantine"))}
        wanted = "unknown-device other-vin future-time check oversize garbage encrypted malformed"
        assert codes == {f"gb32960.{code}" for code in wanted.split()}


async def test_frames_in_pieces_and_recorded_ones(vehicles: None) -> None:
    """The recorded vehicles and their platform, byte by byte: each frame gets the answer of the standard."""
    for row in recorded_frames("gb32960"):
        if row["vin"] not in (VIN, OTHER_VIN) and row["cmd"] in ("01", "02"):
            await ask(lambda vin=row["vin"]: _onboard_once(vin))
    async with gb32960_door() as door:
        for row in recorded_frames("gb32960"):
            if row["cmd"] != "01":
                continue
            async with line(door.port) as vehicle:
                for byte in bytes.fromhex(row["hex"]):
                    vehicle.send(bytes([byte]))
                (answer,) = await vehicle.receive()
                assert (answer.command, answer.reply, answer.vin) == (1, Reply.OK, row["vin"])
        (real_time,) = [row for row in recorded_frames("gb32960") if row["cmd"] == "02"]
        async with line(door.port) as vehicle:
            await vehicle.ask(login(real_time["vin"]))
            answer = await vehicle.ask(bytes.fromhex(real_time["hex"]))
            assert answer.reply == Reply.ERROR  # it is of 2018
        assert ("gb32960.past-time",) in await ask(lambda: rows("SELECT code FROM sense_quarantine"))


def _onboard_once(vin: str) -> None:
    if not rows("SELECT 1 FROM sense_device WHERE identity = %s", vin):
        onboard("gb32960", vin, "gb32960-vehicle")


async def test_a_vehicle_that_comes_anew_leaves_its_old_line(vehicles: None) -> None:
    async with gb32960_door() as door, line(door.port) as old, line(door.port) as new:
        await old.ask(login())
        await new.ask(login(at=later(1)))
        assert await old.ended()
        assert (await new.ask(report())).reply == Reply.OK


async def test_who_stands_still_is_closed(vehicles: None) -> None:
    async with gb32960_door(frame_seconds=0.2, stranger_seconds=0.2) as door, line(door.port) as slow, line(door.port) as idle:
        await slow.ask(login())
        slow.send(report()[:40])
        assert await slow.ended()
        assert await idle.ended()
        for _ in range(50):
            if ("gb32960.incomplete",) in await ask(lambda: rows("SELECT code FROM sense_quarantine")):
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("the frame that never ended is not in the quarantine")


def request(identity: str, name: str, **params: Any) -> None:
    with acting_as(TESTER):
        ((device_id,),) = rows("SELECT id FROM sense_device WHERE identity = %s", identity)
        api.request_command(actor=TESTER, device_id=device_id, name=name, params=params)


def commands() -> list[tuple[str, str, str, Any]]:
    query = "SELECT name, state, answer_code, answer FROM sense_command ORDER BY requested_at"
    return [tuple(row) for row in rows(query)]  # type: ignore[misc]  # four columns


async def until_finished(count: int) -> list[tuple[str, str, str, Any]]:
    for _ in range(100):
        found = await ask(commands)
        if sum(state in (CommandState.DONE, CommandState.FAILED) for _, state, _, _ in found) == count:
            return list(found)
        await asyncio.sleep(0.1)
    raise TimeoutError(found)


def word(asked: Any, reply: Reply, data: bytes = b"") -> bytes:
    """A vehicle's answer to a command."""
    asked.reply = reply
    asked.data = asked.data[:6] + data
    return encode(asked)


async def test_commands_end_with_the_vehicles_own_word(vehicles: None) -> None:
    async with gb32960_door() as door, line(door.port) as vehicle:
        await vehicle.ask(login())
        await ask(lambda: request(VIN, "query-parameters"))
        await ask(lambda: request(VIN, "set-parameters", report_period=20, sampling="2"))
        await ask(lambda: request(VIN, "warn", level="2", text="请立即停车"))
        (asked,) = await vehicle.receive()
        assert (asked.command, asked.reply, asked.vin, asked.data[6]) == (Command.QUERY, Reply.COMMAND, VIN, 16)
        vehicle.send(word(asked, Reply.OK, b"\x02\x02\x00\x0a\x09\x1e"))
        (asked,) = await vehicle.receive()
        assert (asked.command, asked.data[6:]) == (Command.SET, b"\x02\x02\x00\x14\x10\x02")
        vehicle.send(word(asked, Reply.OK))
        (asked,) = await vehicle.receive()
        assert (asked.command, asked.data[6:]) == (Command.CONTROL, b"\x06\x02" + "请立即停车".encode("gb18030"))
        vehicle.send(word(asked, Reply.ERROR))
        found = await until_finished(3)
    assert [one[:3] for one in found] == [
        ("query-parameters", CommandState.DONE, "reply=1"),
        ("set-parameters", CommandState.DONE, "reply=1"),
        ("warn", CommandState.FAILED, "reply=2"),
    ]


async def test_a_control_without_a_word_is_not_sent_twice(vehicles: None) -> None:
    async with gb32960_door() as door, line(door.port) as vehicle:
        await vehicle.ask(login())
        await ask(lambda: request(VIN, "reset"))
        found = await until_finished(1)
        assert len(await vehicle.receive(2, seconds=0.5)) == 1
    assert found[0][:3] == ("reset", CommandState.FAILED, "no-answer")


async def test_what_expired_after_it_was_claimed_is_not_sent(vehicles: None, expired_when_claimed: None) -> None:
    async with gb32960_door() as door, line(door.port) as vehicle:
        await vehicle.ask(login())
        await ask(lambda: request(VIN, "reset"))
        assert await vehicle.receive(seconds=2.5) == []
        assert [one[1] for one in await ask(commands)] == ["sending"]
        assert len(door.desk) == 0
