"""The door of JT/T 808 over TCP and the real database."""

import asyncio
from typing import Any

import pytest

from yuzhou.capabilities.sense.contracts import CommandState
from yuzhou.capabilities.sense.doors.jt808.bodies import general_answer, write_parameters
from yuzhou.capabilities.sense.doors.jt808.frames import Splitter
from yuzhou.capabilities.sense.doors.jt808.words import Message, Result, Version

from ..hj212.conftest import ask, rows
from ..jt808.terminals import (
    OTHER_PHONE,
    PHONE,
    authenticate,
    batch,
    frame,
    in_packets,
    later,
    position,
    position_body,
    register,
)
from .client import Line
from .conftest import jt808_door
from .recordings import recorded_frames
from .test_gb32960 import alarms, commands, latest, request, stored, until_finished

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


def line(port: int) -> Line:
    return Line(port, Splitter)


async def let_in(terminal: Line, phone: str = PHONE, version: Version = Version.V2013) -> str:
    """Register and authenticate; returns the code."""
    registered = await terminal.ask(register(phone, version=version))
    assert (registered.message, registered.body[2]) == (Message.REGISTERED, 0)
    code = str(registered.body[3:].decode())
    assert result(await terminal.ask(authenticate(code, phone, version=version))) == Result.OK
    return code


def result(answer: Any) -> int:
    assert answer.message == Message.PLATFORM_ANSWER
    return int(answer.body[4])


async def test_what_is_acknowledged_is_in_the_store(vehicles: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        assert result(await terminal.ask(position(items=b"\x01\x04\x00\x00\x00\x64"))) == Result.OK
        found = await ask(lambda: latest(PHONE))
        assert found["latitude"] == (29.56301, 0)
        assert found["mileage"] == (10, 0)
        assert found["alarm.sos"] == (0, 0)


@pytest.mark.parametrize("version", list(Version))
async def test_the_code_holds_over_connections_and_restarts(vehicles: None, version: Version) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        code = await let_in(terminal, OTHER_PHONE, version)
    async with jt808_door() as door, line(door.port) as terminal:
        assert result(await terminal.ask(authenticate("0" * 16, OTHER_PHONE, version=version))) == Result.FAILED
        assert result(await terminal.ask(authenticate(code, OTHER_PHONE, version=version))) == Result.OK
        assert result(await terminal.ask(position(OTHER_PHONE, version=version))) == Result.OK


async def test_an_sos_rises_and_clears_by_the_profile(vehicles: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        for seconds, alarm in ((-30, 0), (-20, 1), (-10, 1)):
            await terminal.ask(position(at=later(seconds), alarm=alarm))
        assert await ask(alarms) == [("alarm.sos", 4, "raised")]
        await terminal.ask(position(at=later(0), alarm=0))
        assert await ask(alarms) == [("alarm.sos", 4, "cleared")]


async def test_many_reports_in_packets_and_again(vehicles: None) -> None:
    bodies = [position_body(at=later(-3600 - seconds)) for seconds in range(60)]
    body = len(bodies).to_bytes(2, "big") + b"\x01" + b"".join(len(one).to_bytes(2, "big") + one for one in bodies)
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        wires = in_packets(Message.POSITIONS, [body[start : start + 900] for start in range(0, len(body), 900)])
        terminal.send(*wires, *wires)
        assert [result(answer) for answer in await terminal.receive(2 * len(wires))] == [Result.OK] * 2 * len(wires)
        count = "SELECT count(*) FROM sense_reading r JOIN sense_series s ON s.id = r.series_id WHERE s.property = 'latitude'"
        assert await ask(lambda: rows(count)) == [(60,)]
        assert await ask(lambda: rows("SELECT count(*) FROM sense_raw_frame WHERE kind = '0704'")) == [(len(wires),)]


async def test_packets_that_never_came_are_asked_for(vehicles: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        first, _, _ = in_packets(Message.POSITIONS, [b"a", b"b", b"c"])
        assert result(await terminal.ask(first)) == Result.OK
        (asked,) = await terminal.receive(seconds=15)
        assert (asked.message, asked.body.hex()) == (Message.RESEND, "03e80200020003")


async def test_what_a_lost_line_left_incomplete_has_a_refusal(vehicles: None) -> None:
    async with jt808_door() as door:
        async with line(door.port) as terminal:
            await let_in(terminal)
            first, second, _ = in_packets(Message.POSITIONS, [b"a", b"b", b"c"])
            terminal.send(first, second)
            assert [result(answer) for answer in await terminal.receive(2)] == [Result.OK] * 2
        query = "SELECT code, identity, params FROM sense_quarantine"
        for _ in range(50):
            if found := await ask(lambda: rows(query)):
                break
            await asyncio.sleep(0.1)
        assert found == [("jt808.packets-missing", PHONE, '{"of": 3, "missing": [3]}')]


async def test_bad_input_disturbs_nobody(vehicles: None) -> None:
    damaged = bytearray(position())
    damaged[20] ^= 1
    bad = [
        position("13900000000"),
        position(OTHER_PHONE),
        authenticate("wrong"),
        position(at=later(3600)),
        frame(Message.POSITION, b"short"),
        frame(0x0F55),
        frame(Message.POSITION, b"x", encryption=1),
        bytes(damaged),
        b"\x7e" + b"1" * 9000 + b"\x7e",
        b"\x7e1\x7e",
    ]
    async with jt808_door() as door, line(door.port) as good, line(door.port) as other:
        await let_in(good)
        await let_in(other, OTHER_PHONE)
        for wire in bad:
            good.send(wire)
            assert result(await other.ask(position(OTHER_PHONE))) == Result.OK
        answers = await good.receive(7)
        assert [result(answer) for answer in answers] == [1, 1, 1, 2, 2, 3, 3]
        assert result(await good.ask(position())) == Result.OK
        codes = {code for (code,) in await ask(lambda: rows("SELECT code FROM sense_quarantine"))}
        wanted = "unknown-device other-phone wrong-code future-time malformed unknown-message encrypted check oversize garbage"
        assert codes == {f"jt808.{code}" for code in wanted.split()}


async def test_recorded_frames_never_go_without_a_trace(vehicles: None) -> None:
    """Recorded frames of strangers: each is answered or not by the standard, and stands in the quarantine."""
    wires = [bytes.fromhex(row["hex"]) for row in recorded_frames("jt808")]
    found = [frame for wire in wires for frame in Splitter().feed(wire)]
    async with jt808_door() as door, line(door.port) as terminal:
        terminal.send(*wires)
        for _ in range(100):
            ((count,),) = await ask(lambda: rows("SELECT count(*) FROM sense_quarantine"))
            if count >= len(found):
                break
            await asyncio.sleep(0.1)
        assert count == len(found)
        assert await ask(stored) == 0


async def test_reissued_reports_raise_nothing(vehicles: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        await terminal.ask(position())
        assert result(await terminal.ask(batch(position_body(at=later(-7200), alarm=1)))) == Result.OK
        assert await ask(alarms) == []


async def test_commands_end_with_the_terminals_own_word(vehicles: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        await ask(lambda: request(PHONE, "text", text="前方拥堵", urgency="urgent"))
        await ask(lambda: request(PHONE, "set-parameters", report_period=15))
        await ask(lambda: request(PHONE, "query-parameters"))
        await ask(lambda: request(PHONE, "locate"))
        (asked,) = await terminal.receive()
        assert (asked.message, asked.body) == (Message.TEXT, b"\x0d" + "前方拥堵".encode("gbk"))
        terminal.send(frame(Message.TERMINAL_ANSWER, general_answer(asked.serial, asked.message, Result.OK)))
        (asked,) = await terminal.receive()
        assert asked.message == Message.SET_PARAMETERS
        assert asked.body == b"\x01" + write_parameters({0x29: b"\x00\x00\x00\x0f"})[1:]
        terminal.send(frame(Message.TERMINAL_ANSWER, general_answer(asked.serial, asked.message, Result.UNSUPPORTED)))
        (asked,) = await terminal.receive()
        assert asked.message == Message.QUERY_PARAMETERS
        parameters = asked.serial.to_bytes(2, "big") + write_parameters({0x29: b"\x00\x00\x00\x1e"})
        terminal.send(frame(Message.PARAMETERS, parameters))
        (asked,) = await terminal.receive()
        assert asked.message == Message.QUERY_POSITION
        terminal.send(frame(Message.POSITION_ANSWER, asked.serial.to_bytes(2, "big") + position_body()))
        found = await until_finished(4)
    assert [one[:3] for one in found] == [
        ("text", CommandState.DONE, "result=0"),
        ("set-parameters", CommandState.FAILED, "result=3"),
        ("query-parameters", CommandState.DONE, ""),
        ("locate", CommandState.DONE, ""),
    ]


async def test_what_expired_after_it_was_claimed_is_not_sent(vehicles: None, expired_when_claimed: None) -> None:
    async with jt808_door() as door, line(door.port) as terminal:
        await let_in(terminal)
        await ask(lambda: request(PHONE, "locate"))
        assert await terminal.receive(seconds=2.5) == []
        assert [one[1] for one in await ask(commands)] == ["sending"]
        assert len(door.desk) == 0
