"""A simulated data logger (数采仪): a TCP client that remembers what it sent, and speaks HJ 212 like any other."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from yuzhou.domains.environment.demo import wire
from yuzhou.domains.environment.demo.answers import Answerer
from yuzhou.domains.environment.demo.cast import Character, DemoOutlet
from yuzhou.domains.environment.demo.nature import Nature
from yuzhou.domains.environment.demo.schedule import HISTORY_STEP, Due, due_between
from yuzhou.domains.environment.demo.speech import Speech, digits

log = logging.getLogger(__name__)

NOT_KNOWN = frozenset({"3", "4"})
HISTORY_SECONDS = 48 * 3600
HISTORY_BLOCK = 4 * 3600
OUTSTANDING = 32
FRAMES_PER_SECOND = 40.0
ANSWER_SECONDS = 10.0
TRIES = 4
HEARTBEAT_SECONDS = 60
BREAKS_EVERY = 15
V2005, V2017, V2025 = 1, 5, 9
FLAGS = {8: V2025, 10: V2005}
"""Loggers that speak another version than that of 2017, by the outlet's number; all ask for acknowledgements."""
SPLITTING = frozenset({19})
LONGEST_CONTENT = 880
"""A segment has 1024 bytes at most, the header about 110 of them."""


@dataclass
class Upload:
    """An upload on its way: sent, not acknowledged yet."""

    due: Due
    frame: bytes
    sent: float
    tries: int = 1


class LineLost(Exception):
    """The authority does not answer any more, or has closed the connection."""


class SimulatedLogger:
    """Reissues what it has not sent of the past two days, catches up, and goes on live until it is cancelled.

    `progress`: seconds since 1970 up to which everything was acknowledged, from its memory; `remember` is told of more.
    """

    def __init__(
        self,
        outlet: DemoOutlet,
        limits: dict[str, float],
        *,
        host: str,
        port: int,
        progress: int = 0,
        remember: Callable[[str, int], None] = lambda mn, moment: None,
        clock: Callable[[], float] = time.time,
        history_seconds: int = HISTORY_SECONDS,
    ) -> None:
        self.outlet = outlet
        self.speech = Speech(Nature(outlet, limits))
        self.answerer = Answerer(self.speech, outlet.password, clock)
        self.acknowledged = 0
        self.is_live = False
        self._address = (host, port)
        self._clock = clock
        self._remember = remember
        self._progress = max(progress, int(clock()) - history_seconds)
        self._flag = FLAGS.get(outlet.number, V2017)
        self._outstanding: dict[str, Upload] = {}
        self._room = asyncio.Event()
        self._last_qn = 0
        self._count = 0
        self._prepared: dict[int, str] = {}
        self._writer: asyncio.StreamWriter
        self._listening: asyncio.Task[None]

    @property
    def told_until(self) -> int:
        """Seconds since 1970 up to which everything was acknowledged, and so is stored."""
        return self._progress

    async def run(self) -> None:
        """Be a logger until cancelled; a lost line is taken up again."""
        pause = 1.0
        while True:
            if self.speech.nature.is_silent(int(self._clock())) and self.is_live:
                await asyncio.sleep(5)
                continue
            try:
                await self._talk()
                pause = 1.0
            except (OSError, LineLost, asyncio.IncompleteReadError) as error:
                log.info("%s: line lost (%s)", self.outlet.mn, error or type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30)

    async def _talk(self) -> None:
        """One connection, until it breaks or the logger falls silent."""
        reader, self._writer = await asyncio.open_connection(*self._address)
        self._outstanding.clear()
        self._listening = asyncio.create_task(self._listen(reader))
        try:
            await self._tell_start()
            await self._send_due()
        finally:
            self._listening.cancel()
            self._writer.close()

    async def _send_due(self) -> None:
        """Send what is due, in order, from where the acknowledgements end."""
        at, beat = self._progress, self._clock()
        while not self._listening.done():
            now = int(self._clock())
            step = HISTORY_STEP if now - at > 2 * HISTORY_STEP else self.answerer.interval
            until = min(now, at + HISTORY_BLOCK)
            for due in due_between(at, until, step):
                await self._upload(due)
            at = max(at, until)
            self.is_live = now - at <= 2 * HISTORY_STEP
            await self._resend()
            if self.is_live and self.speech.nature.is_silent(now):
                return
            if self._flag == V2025 and self._clock() - beat > HEARTBEAT_SECONDS:
                beat = self._clock()
                await self._write(self._segment("9015", "", self._queue_number()))
            if self.is_live:
                await asyncio.sleep(min(1.0, self.answerer.interval / 4))
        raise LineLost("closed by the authority")

    # --- uploads --------------------------------------------------------------------------------------------------------

    async def _upload(self, due: Due) -> None:
        if self.speech.nature.is_silent(due.at):
            self._advance(due.at)
            return
        content = self._content(due)
        for part in self._parts(due, content):
            while len(self._outstanding) >= OUTSTANDING:
                await self._wait_for_room()
            await self._send_upload(due, *part)
            await asyncio.sleep(1 / FRAMES_PER_SECOND)

    def _parts(self, due: Due, content: str) -> list[tuple[str, str]]:
        """Content and packet numbers of each packet: several where one segment would be too long, or for this logger always."""
        count = -(-len(content) // LONGEST_CONTENT)
        if self.outlet.number in SPLITTING and due.cn != "2011":
            count = max(count, 2)
        if count == 1:
            return [(content, "")]
        moment, *factors = content.split(";")
        size = -(-len(factors) // count)
        groups = [factors[start : start + size] for start in range(0, len(factors), size)]
        return [(";".join([moment, *group]), f"PNUM={len(groups)};PNO={n};") for n, group in enumerate(groups, 1)]

    async def _send_upload(self, due: Due, content: str, packet: str) -> None:
        qn = self._queue_number()
        frame = self._segment(due.cn, content, qn, packet=packet)
        self._count += 1
        if self.outlet.character is Character.BROKEN and self._count % BREAKS_EVERY == 0:
            await self._write(self._broken(frame))
        self._outstanding[qn] = Upload(due, frame, time.monotonic())
        await self._write(frame)

    def _broken(self, frame: bytes) -> bytes:
        """What a bad line makes of a frame, this way or that."""
        kind = self._count // BREAKS_EVERY % 3
        return (wire.with_wrong_check(frame), wire.with_wrong_length(frame), frame[: len(frame) // 2] + b"\r\n")[kind]

    def _content(self, due: Due) -> str:
        if due.cn != "2011":
            return self.speech.period(due.cn, due.about)
        if due.about not in self._prepared:
            moments = np.arange(due.about, due.about + 48 * HISTORY_STEP, HISTORY_STEP, dtype=np.int64)
            if due.about % HISTORY_STEP or moments[-1] > self._clock():
                moments = moments[:1]
            self._prepared = dict(zip(moments.tolist(), self.speech.real_time_of(moments), strict=True))
        return self._prepared[due.about]

    def _segment(self, cn: str, content: str, qn: str, *, flag: int | None = None, packet: str = "") -> bytes:
        st = "91" if cn.startswith("90") and cn != "9015" else self.outlet.system_type
        flag = (self._flag if flag is None else flag) | (2 if packet else 0)
        head = f"QN={qn};ST={st};CN={cn};PW={self.answerer.password};MN={self.outlet.mn};Flag={flag};{packet}"
        made = wire.frame(f"{head}CP=&&{content}&&")
        return wire.with_quirks(made) if self.outlet.number == 16 else made

    def _queue_number(self) -> str:
        self._last_qn = max(self._last_qn + 1, int(self._clock() * 1000))
        return digits(self._last_qn / 1000, milliseconds=True)

    async def _write(self, frame: bytes) -> None:
        self._writer.write(frame)
        await self._writer.drain()

    async def _tell_start(self) -> None:
        now = int(self._clock())
        content = f"DataTime={digits(now)};RestartTime={digits(now - 60)}"
        await self._write(self._segment("2081", content, self._queue_number()))

    async def _resend(self) -> None:
        """Send again what was not acknowledged in time; give the line up after the last try."""
        now = time.monotonic()
        for upload in list(self._outstanding.values()):
            if now - upload.sent > ANSWER_SECONDS:
                if upload.tries >= TRIES:
                    raise LineLost("no acknowledgement")
                upload.tries += 1
                upload.sent = now
                await self._write(upload.frame)

    async def _wait_for_room(self) -> None:
        if self._listening.done():
            raise LineLost("closed by the authority")
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), 1.0)
        except TimeoutError:
            await self._resend()

    # --- what the authority says ----------------------------------------------------------------------------------------

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        frames = wire.Reader()
        while data := await reader.read(65536):
            for segment in frames.feed(data):
                await self._hear(segment)

    async def _hear(self, segment: dict[str, str]) -> None:
        cn = segment.get("CN")
        qn = segment.get("QN") or wire.items(segment["CP"]).get("QN", "")
        if cn == "9014":
            upload = self._outstanding.pop(qn, None)
            if upload is not None:
                self.acknowledged += 1
                self._advance(upload.due.at)
                self._room.set()
        elif cn == "9011":
            self._refused(qn, wire.items(segment["CP"]).get("QnRtn", ""))
        elif cn not in ("9013", "9012"):
            for answer, content in self.answerer.answers(segment):
                flag = self._flag & ~1 if answer.startswith("90") else self._flag
                await self._write(self._segment(answer, content, qn, flag=flag))

    def _refused(self, qn: str, code: str) -> None:
        """An upload is not taken. One who is not known yet, or not by this password, tries again later with everything."""
        if code in NOT_KNOWN:
            self._writer.close()
        else:
            self._outstanding.pop(qn, None)
            self._room.set()

    def _advance(self, moment: int) -> None:
        """Remember up to where everything was acknowledged."""
        open_ones = deque(upload.due.at for upload in self._outstanding.values())
        reached = min(open_ones) - 1 if open_ones else moment
        if reached > self._progress:
            self._progress = reached
            self._remember(self.outlet.mn, reached)
