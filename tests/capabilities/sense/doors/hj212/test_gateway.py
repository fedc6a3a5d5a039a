"""The gateway over TCP and the real database."""

import asyncio
import time
from typing import Any

import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandState
from yuzhou.capabilities.sense.doors.hj212.segment import Segment, frame_of
from yuzhou.capabilities.sense.doors.intake.tcp import allow_many_files
from yuzhou.kernel.transactions import acting_as

from .client import FaithfulLogger, answers, connect, talk
from .conftest import TESTER, ask, register, rows, running_gateway
from .loggers import AN_HOUR_AGO, MN, OTHER_MN, PASSWORD, later, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


def stored() -> int:
    return int(rows("SELECT count(*) FROM sense_reading")[0][0])


def quarantined() -> list[str]:
    return [code for (code,) in rows("SELECT code FROM sense_quarantine ORDER BY code")]


async def test_an_acknowledged_frame_is_in_the_store(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        (answer,) = await talk(gateway.port, upload(qn="20260801085857223"))
        assert (answer.cn, answer.qn, answer.st) == ("9014", "20260801085857223", "91")
        assert await ask(stored) == 2
        ((kind, content),) = await ask(lambda: rows("SELECT kind, content FROM sense_raw_frame"))
        assert kind == "2011"
        assert b"CP=&&DataTime=" in bytes(content)


async def test_a_frame_sent_again_is_stored_once(two_loggers: None) -> None:
    frame = upload()
    async with running_gateway() as gateway:
        assert len(await talk(gateway.port, frame, frame)) == 2
        assert len(await talk(gateway.port, frame)) == 1
        assert await ask(stored) == 2
    async with running_gateway() as restarted:
        assert len(await talk(restarted.port, frame)) == 1
        assert await ask(stored) == 2


async def test_bad_input_disturbs_nobody(two_loggers: None) -> None:
    bad = [
        upload().replace(b"40.1", b"40.2"),
        upload().replace(b"##0", b"##1"),
        upload(mn="NOBODY"),
        upload(password="000000"),
        upload(at=later(60)),
        b"\x00\xff" * 200 + b"\r\n",
        upload(content=f"DataTime={AN_HOUR_AGO};" + "x" * 9000),
    ]
    async with running_gateway(max_segment=4000) as gateway:
        _, good_writer = good = await connect(gateway.port)
        for frame in bad:
            await talk(gateway.port, frame, answered=0, seconds=0)
            good_writer.write(upload(mn=OTHER_MN))
        assert len(await answers(good[0], len(bad))) == len(bad)
        given = await talk(gateway.port, *bad, upload(), answered=5)
        assert [one.content for one in given] == ["QnRtn=4", "QnRtn=3", "QnRtn=2", "QnRtn=2", ""]
        codes = await ask(quarantined)
        assert {"hj212.crc", "hj212.length", "hj212.unknown-device", "hj212.wrong-password", "hj212.future-time"} <= set(codes)
        assert {"hj212.garbage", "hj212.oversize"} <= set(codes)
        good_writer.close()


async def test_a_new_device_is_let_in_without_a_restart(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        (answer,) = await talk(gateway.port, upload(mn="YZ50010100000000SAMPLE03"))
        assert answer.content == "QnRtn=4"
        await ask(lambda: register("YZ50010100000000SAMPLE03"))
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            (answer,) = await talk(gateway.port, upload(mn="YZ50010100000000SAMPLE03"))
            if answer.cn == "9014":
                break
            await asyncio.sleep(0.2)
        assert answer.cn == "9014"


async def test_a_property_that_is_new_gets_its_series(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        content = f"DataTime={AN_HOUR_AGO};w21011-Rtd=0.3,w21011-Flag=N;SB1-Rtd=7"
        (answer,) = await talk(gateway.port, upload(content=content))
        assert answer.cn == "9014"
        assert {row[0] for row in await ask(lambda: rows("SELECT property FROM sense_series"))} >= {"w21011", "SB1"}
        assert await ask(stored) == 2


async def test_a_flood_does_not_starve_the_others(two_loggers: None) -> None:
    await ask(lambda: rows("UPDATE sense_device SET frames_per_minute = 600 WHERE identity = %s RETURNING 1", MN))
    async with running_gateway() as gateway:
        _, flood = await connect(gateway.port)
        noise = b"".join(upload(qn=f"20260801{number:09d}") for number in range(4000))
        flood.write(noise)
        began = time.monotonic()
        for _ in range(10):
            (answer,) = await talk(gateway.port, upload(mn=OTHER_MN))
            assert answer.cn == "9014"
        assert time.monotonic() - began < 5
        taken = await ask(lambda: rows("SELECT count(*) FROM sense_raw_frame"))
        assert taken[0][0] < 2500
        flood.transport.abort()


async def test_slow_and_silent_senders_are_closed(two_loggers: None) -> None:
    async with running_gateway(frame_seconds=0.2, stranger_seconds=3600) as gateway:
        reader, writer = await connect(gateway.port)
        writer.write(upload()[:50])
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
        while "hj212.incomplete" not in await ask(quarantined):
            await asyncio.sleep(0.1)


async def test_frames_in_pieces(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        reader, writer = await connect(gateway.port)
        for byte in upload():
            writer.write(bytes([byte]))
            await writer.drain()
        assert len(await answers(reader, 1)) == 1
        writer.close()


async def test_two_thousand_idle_connections(two_loggers: None) -> None:
    """Ten thousand take longer than a test should: benchmarks/hj212_idle.py opens those."""
    allow_many_files(6000)
    async with running_gateway() as gateway:
        idle = [await connect(gateway.port) for _ in range(2000)]
        began = time.monotonic()
        assert len(await talk(gateway.port, upload())) == 1
        assert time.monotonic() - began < 2
        assert len(await answers(idle[-1][0], 1, seconds=0)) == 0
        for _, writer in idle:
            writer.transport.abort()


async def test_many_loggers_at_once(two_loggers: None) -> None:
    frames = {
        mn: {f"20260801{number:09d}": upload(mn=mn, qn=f"20260801{number:09d}", at=later(-number - 1)) for number in range(400)}
        for mn in (MN, OTHER_MN)
    }
    async with running_gateway() as gateway:
        loggers = [FaithfulLogger(gateway.port, frames[mn]) for mn in frames]
        await asyncio.gather(*(one.run() for one in loggers))
        assert [len(one.acknowledged) for one in loggers] == [400, 400]
        assert await ask(stored) == 1600


def request(name: str, **params: Any) -> None:
    with acting_as(TESTER):
        device = api.list_devices(actor=TESTER, text=MN).rows[0]
        api.request_command(actor=TESTER, device_id=device.id, name=name, params=params)


def commands() -> list[Any]:
    with acting_as(TESTER):
        device = api.list_devices(actor=TESTER, text=MN).rows[0]
        return list(api.list_commands(actor=TESTER, device_id=device.id))


async def test_a_request_goes_down_and_comes_back(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        reader, writer = await connect(gateway.port)
        writer.write(upload())
        await answers(reader, 1)
        await ask(lambda: request("set-interval", seconds=60))
        (asked,) = await answers(reader, 1)
        assert (asked.cn, asked.content, asked.pw) == ("1062", "RtdInterval=60", "100000")
        for cn, content in (("9011", "QnRtn=1"), ("9012", "ExeRtn=1")):
            writer.write(frame_of(Segment(cn, MN, asked.qn, "91", "100000", 4, content=content)))
        for _ in range(50):
            (command,) = await ask(commands)
            if command.state is CommandState.DONE:
                break
            await asyncio.sleep(0.1)
        assert (command.state, command.answer_code, command.reference) == (CommandState.DONE, "ExeRtn=1", asked.qn)
        assert await answers(reader, 1, seconds=1.5) == []
        writer.close()


async def test_a_request_without_an_answer_is_repeated_and_given_up(two_loggers: None) -> None:
    async with running_gateway() as gateway:
        reader, writer = await connect(gateway.port)
        writer.write(upload())
        await answers(reader, 1)
        await ask(lambda: request("read-clock"))
        asked = await answers(reader, 4, seconds=10)
        assert {one.qn for one in asked} == {asked[0].qn}
        for _ in range(50):
            (command,) = await ask(commands)
            if command.state is CommandState.FAILED:
                break
            await asyncio.sleep(0.1)
        assert (command.state, command.answer_code) == (CommandState.FAILED, "no-answer")
        writer.close()


def registered() -> tuple[str, str]:
    entry = api.load_directory(protocol="hj212").devices[MN]
    return entry.secret, entry.new_secret


async def test_a_crash_while_the_password_changes_locks_no_logger_out(two_loggers: None) -> None:
    """The gateway dies after it sent the new password; whichever the logger has, the next gateway lets it in."""
    async with running_gateway() as gateway:
        reader, writer = await connect(gateway.port)
        writer.write(upload())
        await answers(reader, 1)
        await ask(lambda: request("set-password", password="654321"))
        (asked,) = await answers(reader, 1)
        assert asked.content == "NewPW=654321"
        assert await ask(registered) == (PASSWORD, "654321")  # kept before the wire
        writer.transport.abort()
    async with running_gateway() as gateway:
        reader, writer = await connect(gateway.port)
        writer.write(upload(at=later(-60), qn="20260801085857231"))
        (answer,) = await answers(reader, 1)
        assert answer.cn == "9014"
        writer.write(upload(at=later(-120), qn="20260801085857232", password="654321"))
        (answer,) = await answers(reader, 1)
        assert answer.cn == "9014"
        for _ in range(50):
            if await ask(registered) == ("654321", ""):
                break
            await asyncio.sleep(0.1)
        assert await ask(registered) == ("654321", "")
        (command,) = await ask(commands)
        assert command.state is CommandState.SENT
