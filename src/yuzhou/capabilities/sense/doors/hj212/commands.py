"""Requests to loggers: taken from the queue of sense, sent with a QN, and followed to the logger's own word.

A request is sent again with the same QN when no 9011 comes within ten seconds, three times at most (HJ 212-2017, 6.2),
and never once the logger has answered it. It is marked as sent before it is written to the wire: after a crash it may be
unsent and expire, but it is not sent twice.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Command, CommandState, Direction, RawFrame
from yuzhou.capabilities.sense.doors.hj212.book import LoggerLink
from yuzhou.capabilities.sense.doors.hj212.content import items_of
from yuzhou.capabilities.sense.doors.hj212.dictionary import (
    CLOCK_REQUEST,
    EXECUTION_RESULT,
    NEW_KEY,
    NOTICE_ANSWER,
    REQUEST_ANSWER,
    ExeRtn,
    QnRtn,
    Shape,
)
from yuzhou.capabilities.sense.doors.hj212.requests import ASKINGS, request_segment
from yuzhou.capabilities.sense.doors.hj212.segment import Segment, frame_of
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.hj212.times import format_time
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.kernel.errors import YuzhouError

log = logging.getLogger(__name__)
NO_ANSWER = "no-answer"
SET_PASSWORD = "set-password"  # noqa: S105 - the name of a command
KEPT_ANSWER = 200


class CommandStore(Protocol):
    """The queue of sense; every call commits before it returns."""

    def claim(self, device_ids: Iterable[UUID]) -> list[Command]:
        """Requested commands of these devices, each given out once."""

    def sent(self, command: Command, reference: str) -> bool:
        """It is about to be written to the wire; where the answer is False it must not be."""

    def under_way(self) -> list[Command]:
        """What was sent before this process began, and no word came to yet."""

    def accepted(self, command: Command, answer_code: str) -> None:
        """The logger took it on."""

    def finished(self, command: Command, done: bool, answer_code: str, answer: dict[str, str]) -> None:
        """It is over."""

    def keep_password(self, device_id: UUID, password: str) -> None:
        """The logger is about to be sent a new password."""

    def confirm_password(self, device_id: UUID) -> None:
        """The logger says that it took on the new password."""

    def settle_password(self, device_id: UUID, password: str) -> None:
        """The logger has this one."""

    def ask_for_clock(self, device_id: UUID) -> None:
        """The logger wants its clock set."""


@dataclass(slots=True, eq=False)
class Exchange:
    """One request under way."""

    command: Command
    link: LoggerLink
    qn: str
    frame: bytes
    shape: Shape
    deadline: float
    sent: int = 0
    accepted: bool = False
    answer: dict[str, str] = field(default_factory=dict)


class CommandDesk:
    """All requests under way. Lives on the event loop; the store is asked in a thread, in order."""

    def __init__(
        self,
        store: CommandStore,
        settings: GatewaySettings,
        run: Callable[..., "asyncio.Future[Any]"],
        background: Callable[..., None],
        keep: Callable[[Item], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._run = run
        self._background = background
        self._keep = keep
        self._exchanges: dict[tuple[UUID, str], Exchange] = {}
        self._left: dict[tuple[UUID, str], Command] | None = None  # sent before this process began
        self._last_qn = ""

    def __len__(self) -> int:
        return len(self._exchanges)

    async def send_requested(self, links: dict[UUID, LoggerLink]) -> None:
        """Claim what is queued for connected loggers, and send it. One that cannot be sent does not hold back the others."""
        if self._left is None:
            self._left = {(one.device_id, one.reference): one for one in await self._run(self._store.under_way)}
        for command in await self._run(self._store.claim, list(links)):
            try:
                await self._begin(command, links[command.device_id])
            except Exception as error:  # it stays unsent and expires
                log.warning("a command to %s was not sent: %s: %s", command.identity, type(error).__name__, error)

    async def _begin(self, command: Command, link: LoggerLink) -> None:
        qn = self._new_qn()
        try:
            segment = request_segment(
                command.name,
                command.params,
                qn=qn,
                st=link.st,
                mn=link.entry.identity,
                pw=link.password,
                version=link.version,
                now=datetime.now(UTC),
            )
        except YuzhouError as error:
            await self._run(self._store.finished, command, False, error.code, {})
            return
        if command.name == SET_PASSWORD and not await self._keep_password(command, link):
            return
        if not await self._run(self._store.sent, command, qn):
            if command.name == SET_PASSWORD:  # it expired meanwhile: the logger never heard of the new one
                self._drop_new_password(link)
            return
        exchange = Exchange(command, link, qn, frame_of(segment), ASKINGS[command.name].shape, 0.0)
        self._exchanges[link.entry.device_id, qn] = exchange
        link.asked += 1
        self._send(exchange, time.monotonic())

    async def _keep_password(self, command: Command, link: LoggerLink) -> bool:
        """Keep the new password before it is sent: from now on the logger may have either."""
        try:
            await self._run(self._store.keep_password, command.device_id, command.params["password"])
        except YuzhouError as error:
            await self._run(self._store.finished, command, False, error.code, {})
            return False
        link.expect(command.params["password"])
        return True

    def proven(self, link: LoggerLink, password: str) -> None:
        """A logger showed which password it has."""
        self._background(self._store.settle_password, link.entry.device_id, password)

    def _new_qn(self) -> str:
        """A queue number that none had before: the milliseconds of now, or the next."""
        qn = format_time(datetime.now(UTC), milliseconds=True)
        self._last_qn = max(qn, str(int(self._last_qn or "0") + 1).zfill(17))
        return self._last_qn

    def _send(self, exchange: Exchange, now: float) -> None:
        exchange.deadline = now + self._settings.answer_seconds
        exchange.sent += 1
        link = exchange.link
        if link.connection is None:
            return
        link.connection.send(exchange.frame)
        frame = exchange.frame
        if exchange.command.name == SET_PASSWORD:
            frame = frame.partition(b"NewPW=")[0] + b"NewPW=******"
        content = link.hide_password(frame).rstrip()
        raw = RawFrame(link.entry.device_id, datetime.now(UTC), content, ASKINGS[exchange.command.name].cn, Direction.DOWN)
        self._keep(Item(None, len(content), link, raw=raw))

    def from_logger(self, link: LoggerLink, segment: Segment) -> None:
        """A segment that may belong to a request: an answer, a result, or data under the request's own QN."""
        if segment.cn == CLOCK_REQUEST:
            self._background(self._store.ask_for_clock, link.entry.device_id)
            return
        if not (self._exchanges or self._left) or segment.cn == NEW_KEY:
            return
        items = items_of(segment.content)
        key = (link.entry.device_id, segment.qn or items.get("QN", ""))
        exchange = self._exchanges.get(key) or self._resumed(link, key)
        if exchange is None:
            return
        if segment.cn == REQUEST_ANSWER:
            self._answered(exchange, items.get("QnRtn", ""))
        elif segment.cn == EXECUTION_RESULT:
            self._finish(exchange, items.get("ExeRtn", "") == str(int(ExeRtn.DONE)), f"ExeRtn={items.get('ExeRtn', '')}")
        elif segment.cn == NOTICE_ANSWER:
            self._finish(exchange, True, "")
        elif segment.cn == ASKINGS[exchange.command.name].cn:
            exchange.accepted = True
            exchange.deadline = time.monotonic() + self._settings.answer_seconds
            exchange.answer.update({name: value[:KEPT_ANSWER] for name, value in list(items.items())[:KEPT_ANSWER]})

    def _resumed(self, link: LoggerLink, key: tuple[UUID, str]) -> Exchange | None:
        """A request that was sent before this process began: it is followed to its word, and not sent again."""
        command = self._left.pop(key, None) if self._left else None
        if command is None or command.name not in ASKINGS:
            return None
        deadline = time.monotonic() + self._settings.answer_seconds
        exchange = Exchange(command, link, key[1], b"", ASKINGS[command.name].shape, deadline, self._settings.retries + 1)
        exchange.accepted = command.state is CommandState.ACCEPTED
        self._exchanges[key] = exchange
        link.asked += 1
        return exchange

    def _answered(self, exchange: Exchange, code: str) -> None:
        if exchange.accepted:
            return
        if code == str(int(QnRtn.READY)):
            exchange.accepted = True
            exchange.deadline = time.monotonic() + ASKINGS[exchange.command.name].type.expires_after_seconds
            self._background(self._store.accepted, exchange.command, f"QnRtn={code}")
        else:
            self._finish(exchange, False, f"QnRtn={code}")

    def _finish(self, exchange: Exchange, done: bool, code: str) -> None:
        del self._exchanges[exchange.link.entry.device_id, exchange.qn]
        exchange.link.asked -= 1
        metrics.COMMANDS.labels("hj212", "done" if done else "failed").inc()
        self._background(self._store.finished, exchange.command, done, code, exchange.answer)
        if exchange.command.name == SET_PASSWORD and code != NO_ANSWER:
            self._password_answered(exchange, done=done)

    def _password_answered(self, exchange: Exchange, *, done: bool) -> None:
        """By its own word the logger took the new password on, or did not. Without a word it may have either."""
        link = exchange.link
        if done:
            self._background(self._store.confirm_password, exchange.command.device_id)
        else:
            self._drop_new_password(link)

    def _drop_new_password(self, link: LoggerLink) -> None:
        link.forget_new()
        self._background(self._store.settle_password, link.entry.device_id, link.entry.secret)

    def look_after(self, now: float) -> None:
        """Send again what got no answer, and give up what was sent often enough or never ended."""
        for exchange in [e for e in self._exchanges.values() if now >= e.deadline]:
            if exchange.accepted and exchange.answer and exchange.shape is Shape.FETCH:
                self._finish(exchange, True, "")  # the data came; some loggers send no 9012 after them
            elif (
                exchange.accepted or exchange.sent > self._settings.retries or not ASKINGS[exchange.command.name].type.may_repeat
            ):
                self._finish(exchange, False, NO_ANSWER)
            else:
                self._send(exchange, now)
