"""Requests to loggers, followed to the logger's own word."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from yuzhou.capabilities.sense.contracts import Command, CommandState
from yuzhou.capabilities.sense.doors.hj212.book import LoggerLink
from yuzhou.capabilities.sense.doors.hj212.commands import CommandDesk
from yuzhou.capabilities.sense.doors.hj212.dictionary import SHAPES
from yuzhou.capabilities.sense.doors.hj212.requests import ASKINGS, request_segment
from yuzhou.capabilities.sense.doors.hj212.segment import Segment, compose, parse
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.kernel.errors import Conflict, Invalid

from .loggers import MN, entry

NOW = datetime(2026, 8, 1, 1, 0, tzinfo=UTC)


def command(name: str, **params: Any) -> Command:
    state = CommandState.SENDING
    return Command(UUID(int=7), UUID(int=1), "hj212", MN, name, params, state, NOW, "officer", NOW + timedelta(minutes=5))


@dataclass
class Queue:
    """The store of commands, in memory."""

    waiting: list[Command] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)
    left: list[Command] = field(default_factory=list)
    expired: bool = False
    pending: str = ""

    def claim(self, device_ids: Iterable[UUID]) -> list[Command]:
        given, self.waiting = self.waiting, []
        return given

    def sent(self, command: Command, reference: str) -> bool:
        self.told.append(("sent", reference))
        return not self.expired

    def under_way(self) -> list[Command]:
        return self.left

    def accepted(self, command: Command, answer_code: str) -> None:
        self.told.append(("accepted", answer_code))

    def finished(self, command: Command, done: bool, answer_code: str, answer: dict[str, str]) -> None:
        self.told.append(("finished", done, answer_code, answer))

    def keep_password(self, device_id: UUID, password: str) -> None:
        if self.pending:
            raise Conflict("sense.secret-pending")
        self.told.append(("keep", password))

    def confirm_password(self, device_id: UUID) -> None:
        self.told.append(("confirm",))

    def settle_password(self, device_id: UUID, password: str) -> None:
        self.told.append(("settle", password))

    def ask_for_clock(self, device_id: UUID) -> None:
        self.told.append(("clock", device_id))


class Line:
    """A connection that notes what is written to it."""

    def __init__(self) -> None:
        self.written: list[Segment] = []

    def send(self, frame: bytes) -> None:
        self.written.append(parse(frame[6:-6]))


@dataclass
class Desk:
    queue: Queue
    line: Line
    link: LoggerLink
    desk: CommandDesk
    kept: list[Item]

    async def ask(self, name: str, **params: Any) -> Segment:
        self.queue.waiting.append(command(name, **params))
        await self.desk.send_requested({self.link.entry.device_id: self.link})
        return self.line.written[-1]

    def answer(self, cn: str, content: str, qn: str) -> None:
        self.desk.from_logger(self.link, Segment(cn, MN, qn, "91", "", 4, content=content))

    @property
    def outcome(self) -> tuple[Any, ...]:
        return self.queue.told[-1]


@pytest.fixture
async def desk() -> Desk:
    queue, line, kept = Queue(), Line(), []
    link = LoggerLink(entry(), 0.0)
    link.connection, link.st = line, "32"
    loop = asyncio.get_running_loop()

    def run(call: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        future = loop.create_future()
        try:
            future.set_result(call(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    return Desk(queue, line, link, CommandDesk(queue, GatewaySettings(), run, run, kept.append), kept)


async def test_a_request_is_sent_accepted_and_done(desk: Desk) -> None:
    asked = await desk.ask("set-interval", seconds=60)
    assert (asked.cn, asked.content, asked.flag, asked.st, asked.pw) == ("1062", "RtdInterval=60", 5, "32", "100000")
    assert desk.outcome == ("sent", asked.qn)
    desk.answer("9011", "QnRtn=1", asked.qn)
    assert desk.outcome == ("accepted", "QnRtn=1")
    desk.answer("9012", "ExeRtn=1", asked.qn)
    assert desk.outcome == ("finished", True, "ExeRtn=1", {})
    assert len(desk.desk) == 0
    desk.answer("9012", "ExeRtn=2", asked.qn)
    assert desk.outcome == ("finished", True, "ExeRtn=1", {})
    assert desk.kept[0].raw is not None
    assert b"PW=******" in desk.kept[0].raw.content


async def test_a_refusal_is_the_loggers_own_word(desk: Desk) -> None:
    asked = await desk.ask("sample", factor="w01018")
    desk.answer("9011", "QnRtn=3", asked.qn)
    assert desk.outcome == ("finished", False, "QnRtn=3", {})
    asked = await desk.ask("sample", factor="w01018")
    desk.answer("9011", "QnRtn=1", asked.qn)
    desk.answer("9012", "ExeRtn=5", asked.qn)
    assert desk.outcome == ("finished", False, "ExeRtn=5", {})


async def test_data_are_part_of_the_answer(desk: Desk) -> None:
    asked = await desk.ask("read-clock")
    desk.answer("9011", "QnRtn=1", asked.qn)
    desk.answer("1011", "PolId=w01018;SystemTime=20260801090000", asked.qn)
    desk.answer("9012", "ExeRtn=1", asked.qn)
    assert desk.outcome[1:] == (True, "ExeRtn=1", {"PolId": "w01018", "SystemTime": "20260801090000"})


async def test_without_an_answer_it_is_sent_four_times_under_one_qn(desk: Desk) -> None:
    asked = await desk.ask("set-clock")
    now = time.monotonic()
    for number in range(1, 10):
        desk.desk.look_after(now + 11 * number)
    assert [one.qn for one in desk.line.written] == [asked.qn] * 4
    assert desk.outcome == ("finished", False, "no-answer", {})


async def test_once_answered_it_is_never_sent_again(desk: Desk) -> None:
    asked = await desk.ask("calibrate", factor="w01018")
    desk.answer("9011", "QnRtn=1", asked.qn)
    desk.desk.look_after(time.monotonic() + 200)
    assert len(desk.line.written) == 1
    desk.desk.look_after(time.monotonic() + 400)
    assert len(desk.line.written) == 1
    assert desk.outcome == ("finished", False, "no-answer", {})


async def test_data_without_a_result_after_them_will_do(desk: Desk) -> None:
    asked = await desk.ask("fetch-hours", begin=NOW.isoformat(), end=NOW + timedelta(hours=1))
    assert asked.content == "BeginTime=20260801090000;EndTime=20260801100000"
    desk.answer("9011", "QnRtn=1", asked.qn)
    desk.answer("2061", "DataTime=20260801090000;w01018-Avg=1", asked.qn)
    desk.desk.look_after(time.monotonic() + 11)
    assert desk.outcome[:2] == ("finished", True)


async def test_notices_end_with_9013_and_2005_answers_by_the_content(desk: Desk) -> None:
    asked = await desk.ask("stop-real-time")
    desk.answer("9013", f"QN={asked.qn}", "")
    assert desk.outcome == ("finished", True, "", {})


async def test_a_new_password_is_kept_before_it_is_sent(desk: Desk) -> None:
    asked = await desk.ask("set-password", password="654321")
    assert asked.content == "NewPW=654321"
    assert desk.kept[0].raw is not None
    assert b"654321" not in desk.kept[0].raw.content
    assert b"PW=100000" not in desk.kept[0].raw.content
    assert [one[0] for one in desk.queue.told] == ["keep", "sent"]
    assert desk.link.knows(b"654321")
    assert desk.link.knows(b"100000")
    desk.answer("9011", "QnRtn=1", asked.qn)
    desk.answer("9012", "ExeRtn=1", asked.qn)
    assert desk.outcome == ("confirm",)
    assert desk.link.knows(b"100000")


async def test_a_refused_password_is_dropped_and_one_without_a_word_stays_possible(desk: Desk) -> None:
    asked = await desk.ask("set-password", password="654321")
    desk.answer("9011", "QnRtn=2", asked.qn)
    assert desk.outcome == ("settle", "100000")
    assert not desk.link.knows(b"654321")
    await desk.ask("set-password", password="777777")
    now = time.monotonic()
    for number in range(1, 10):
        desk.desk.look_after(now + 11 * number)
    assert desk.outcome == ("finished", False, "no-answer", {})
    assert desk.link.knows(b"777777")
    assert desk.link.knows(b"100000")


async def test_a_second_change_waits_until_the_first_is_settled(desk: Desk) -> None:
    desk.queue.pending = "654321"
    desk.queue.waiting.append(command("set-password", password="777777"))
    await desk.desk.send_requested({desk.link.entry.device_id: desk.link})
    assert desk.outcome == ("finished", False, "sense.secret-pending", {})
    assert desk.line.written == []


async def test_what_expired_before_the_wire_is_not_sent(desk: Desk) -> None:
    desk.queue.expired = True
    for one in (command("sample", factor="w01018"), command("set-password", password="654321")):
        desk.queue.waiting.append(one)
    await desk.desk.send_requested({desk.link.entry.device_id: desk.link})
    assert desk.line.written == []
    assert desk.outcome == ("settle", "100000")


async def test_what_makes_the_instrument_act_is_written_once(desk: Desk) -> None:
    await desk.ask("sample", factor="w01018")
    desk.desk.look_after(time.monotonic() + 11)
    assert len(desk.line.written) == 1
    assert desk.outcome == ("finished", False, "no-answer", {})


async def test_a_word_to_what_was_sent_before_the_crash_still_counts(desk: Desk) -> None:
    """The gateway died after it sent the request; the one that starts anew follows it, and does not send it."""
    desk.queue.left = [replace(command("sample", factor="w01018"), reference="20260801090000001", state=CommandState.SENT)]
    await desk.desk.send_requested({desk.link.entry.device_id: desk.link})
    assert desk.line.written == []
    desk.answer("9011", "QnRtn=1", "20260801090000001")
    assert desk.outcome == ("accepted", "QnRtn=1")
    desk.answer("9012", "ExeRtn=1", "20260801090000001")
    assert desk.outcome == ("finished", True, "ExeRtn=1", {})


async def test_one_that_cannot_be_recorded_does_not_hold_back_the_others(desk: Desk) -> None:
    sent, desk.queue.sent = desk.queue.sent, _away_once(desk.queue.sent)  # type: ignore[method-assign] # a database that goes away
    desk.queue.waiting += [command("sample", factor="w01018"), command("clean", factor="w01018")]
    await desk.desk.send_requested({desk.link.entry.device_id: desk.link})
    assert [one.cn for one in desk.line.written] == ["3013"]
    assert sent


def _away_once(call: Callable[..., bool]) -> Callable[..., bool]:
    failures = iter([True])

    def sent(*arguments: Any) -> bool:
        if next(failures, False):
            raise ConnectionError
        return call(*arguments)

    return sent


async def test_what_would_break_the_frame_is_refused(desk: Desk) -> None:
    desk.queue.waiting.append(command("sample", factor="w01018;CN=1012"))
    await desk.desk.send_requested({desk.link.entry.device_id: desk.link})
    assert desk.outcome == ("finished", False, "hj212.bad-parameter", {})
    assert desk.line.written == []


async def test_a_logger_that_asks_gets_its_clock_set(desk: Desk) -> None:
    desk.answer("1013", "PolId=w01018", "20260801090000000")
    assert desk.outcome == ("clock", desk.link.entry.device_id)


def test_every_request_can_be_written_and_read() -> None:
    sample = {"integer": 30, "text": "w01018", "secret": "654321", "moment": NOW}
    assert {asking.cn for asking in ASKINGS.values()} == set(SHAPES)
    for name, asking in ASKINGS.items():
        params = {field.name: sample[field.kind] for field in asking.type.fields}
        segment = request_segment(name, params, qn="20260801085857223", st="32", mn=MN, pw="1", version=1, now=NOW)
        assert parse(compose(segment)) == segment


def test_requests_are_those_of_annex_c() -> None:
    segment = request_segment(
        "set-clock",
        {"factor": "w01018"},
        qn="20160801085857223",
        st="32",
        mn="010000A8900016F000169DC0",
        pw="123456",
        version=1,
        now=NOW,
    )
    assert compose(segment).decode() == (
        "QN=20160801085857223;ST=32;CN=1012;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&PolId=w01018;SystemTime=20260801090000&&"
    )
    with pytest.raises(Invalid):
        request_segment("fly", {}, qn="", st="", mn="", pw="", version=1, now=NOW)
