"""What becomes of each frame, by the standard and without a socket: stored and answered, refused and kept, or passed on.

Answers (HJ 212-2017, 6.2 and tables 2, 8, 9): a frame whose check or length is wrong is not processed any further, so it
gets no answer. One that is whole but may not be taken gets a 9011 with the reason if its bit A asks for an answer. Data
get 9014, notices 9013, both after the commit.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame, Source
from yuzhou.capabilities.sense.doors.hj212 import dictionary as words
from yuzhou.capabilities.sense.doors.hj212.book import LoggerLink
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.dictionary import QnRtn, Version
from yuzhou.capabilities.sense.doors.hj212.frames import Broken, Fault, Frame, encode
from yuzhou.capabilities.sense.doors.hj212.packets import PacketBook
from yuzhou.capabilities.sense.doors.hj212.segment import Malformed, Segment, frame_of, parse, system_segment
from yuzhou.capabilities.sense.doors.hj212.times import parse_time
from yuzhou.capabilities.sense.doors.intake.book import MOST_SERIES, DeviceBook
from yuzhou.capabilities.sense.doors.intake.connection import proves
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings, Receiver, Reply
from yuzhou.capabilities.sense.doors.intake.refusing import AHEAD, BEHIND, SECOND, Refusal, microseconds_now

PROTOCOL = "hj212"
LIVE_WITHIN = {"2061": 2 * 3600 * SECOND + 1800 * SECOND, "2031": 26 * 3600 * SECOND, "2051": 1800 * SECOND}
"""Data that come later than this after their DataTime (the start of their period) were reissued (补传)."""
LIVE_REAL_TIME = 300 * SECOND

_PASSWORD = re.compile(rb"PW=[^;,&]*")
_CLAIMED_MN = re.compile(rb"MN=([^;,&]{1,64})")


@dataclass(slots=True)
class FromLogger:
    """A segment that belongs to a request of ours, for the command desk."""

    link: LoggerLink
    segment: Segment


@dataclass(slots=True)
class Proven:
    """A logger that was sent a new password showed which one it has."""

    link: LoggerLink
    password: str


Outcome = Item | Reply | FromLogger | Proven
_Packet = tuple[Segment, Frame, LoggerLink]


class Session:
    """One connection's talk. A connection may speak for several MNs; each frame proves itself by MN and PW."""

    def __init__(
        self,
        book: DeviceBook[LoggerLink],
        decoder: Decoder,
        receiver: Receiver,
        peer: str,
        clock: Callable[[], int] = microseconds_now,
    ) -> None:
        self.links: set[LoggerLink] = set()
        self.heard = False
        self._book = book
        self._decoder = decoder
        self._receiver = receiver
        self._peer = peer
        self._clock = clock
        self._packets: PacketBook[_Packet] = PacketBook()
        self._received_at = datetime.now(UTC)

    def take(self, found: Frame | Broken, now: float) -> list[Outcome]:
        """What becomes of a frame; `now` is the monotonic clock."""
        self._received_at = datetime.now(UTC)
        if isinstance(found, Broken):
            return [self._broken(found)]
        segment: Segment | None = None
        link: LoggerLink | None = None
        try:
            segment = parse(found.segment)
            link = self._authenticate(segment)
            proven = [Proven(link, segment.pw)] if link.proves(segment.pw.encode("latin-1")) else []
            return [*self._dispatch(segment, found, link, now), *proven]
        except Malformed as error:
            refusal = Refusal("malformed", QnRtn.REFUSED if segment else None, what=error.args[0])
        except Refusal as error:
            refusal = error
        return [self._quarantine(refusal, found.raw, segment, link)]

    def give_up(self, now: float) -> list[Outcome]:
        """Frames that waited in vain for the rest of their message, and the messages that stayed incomplete."""
        outcomes: list[Outcome] = []
        for message in self._packets.expire(now):
            for segment, frame, link in message.held:
                outcomes.append(self._quarantine(Refusal("packet-without-time"), frame.raw, segment, link))
            if message.missing and not message.held:
                lost = Refusal("packets-missing", missing=message.missing, of=message.pnum, data_time=message.data_time)
                outcomes.append(self._quarantine(lost, b"", None, self._book.get(message.mn)))
        return outcomes

    def incomplete(self, raw: bytes) -> Item:
        """A frame that was begun and never ended."""
        return self._quarantine(Refusal("incomplete"), raw, None, None)

    # --- who speaks ---------------------------------------------------------------------------------------------------

    def _authenticate(self, segment: Segment) -> LoggerLink:
        link = self._book.get(segment.mn)
        if link is None:
            raise Refusal("unknown-device", QnRtn.WRONG_MN)
        if not link.knows(segment.pw.encode("latin-1")):
            raise Refusal("wrong-password", QnRtn.WRONG_PASSWORD)
        proves(self, link)
        link.version = segment.version
        link.st = segment.st or link.st
        return link

    # --- what is said -------------------------------------------------------------------------------------------------

    def _dispatch(self, segment: Segment, frame: Frame, link: LoggerLink, now: float) -> list[Outcome]:
        cn = segment.cn
        if cn in words.READINGS:
            return self._readings(segment, frame, link, now)
        if cn in words.ANSWERS:
            return [FromLogger(link, segment)]
        if cn in words.TELLS:
            kept = self._kept(segment, frame, link, None, self._acknowledgement(segment, words.DATA_ANSWER))
            return [FromLogger(link, segment), *kept]
        if cn == words.HEARTBEAT:
            answer = self._acknowledgement(segment, words.NOTICE_ANSWER)
            return [Reply(link, answer)] if answer else []
        if cn in (words.CLOCK_REQUEST, words.NEW_KEY):
            kept = self._kept(segment, frame, link, None, self._acknowledgement(segment, words.NOTICE_ANSWER))
            return [*kept, FromLogger(link, segment)]
        raise Refusal("unknown-command", QnRtn.WRONG_CN, cn=cn)

    def _readings(self, segment: Segment, frame: Frame, link: LoggerLink, now: float) -> list[Outcome]:
        if not segment.is_split:
            return self._decoded(segment, frame, link, "")
        data_time = re.search(r"DataTime=(\d{14,17})", segment.content)
        ready = self._packets.add(segment, (segment, frame, link), data_time=data_time[1] if data_time else "", now=now)
        outcomes: list[Outcome] = []
        for packet in ready:
            outcomes += self._packet(packet.packet, packet.data_time)
        return outcomes

    def _packet(self, packet: _Packet, data_time: str) -> list[Outcome]:
        segment, frame, link = packet
        try:
            return self._decoded(segment, frame, link, data_time)
        except Malformed as error:
            refusal = Refusal("malformed", QnRtn.REFUSED, what=error.args[0])
        except Refusal as error:
            refusal = error
        return [self._quarantine(refusal, frame.raw, segment, link)]

    def _decoded(self, segment: Segment, frame: Frame, link: LoggerLink, data_time: str) -> list[Outcome]:
        readings = self._decoder.decode(segment.cn, segment.content, data_time=data_time)
        now = self._clock()
        latest = readings.at if readings.ats is None else max(readings.at, *readings.ats)
        if latest > now + AHEAD:
            raise Refusal("future-time", self._blame_clock(segment, now), seconds=(latest - now) // SECOND)
        earliest = readings.at if readings.ats is None else min(readings.at, *readings.ats)
        if earliest < now - BEHIND:
            raise Refusal("past-time", QnRtn.REFUSED, days=(now - earliest) // SECOND // 86400)
        lacking = link.lacks(readings.shape)
        if lacking and len(link.series) + len(lacking) > MOST_SERIES:
            raise Refusal("too-many-series", QnRtn.REFUSED, most=MOST_SERIES)
        kept = self._kept(segment, frame, link, readings, self._acknowledgement(segment, words.DATA_ANSWER))
        return [*kept, FromLogger(link, segment)] if link.asked else kept

    @staticmethod
    def _blame_clock(segment: Segment, now: int) -> QnRtn:
        """What a logger with data from the future is told: its QN is wrong if that is ahead as well."""
        try:
            return QnRtn.WRONG_QN if parse_time(segment.qn) > now + AHEAD else QnRtn.REFUSED
        except ValueError:
            return QnRtn.REFUSED

    # --- what is kept and answered ------------------------------------------------------------------------------------

    def _kept(self, segment: Segment, frame: Frame, link: LoggerLink, readings: Readings | None, answer: bytes) -> list[Outcome]:
        """The item of a frame that is taken; for a frame sent again only its answer, which waits its turn all the same."""
        key = hash(frame.segment)
        item = Item(self._receiver, len(frame.raw), link, answer=answer)
        is_repeat = link.remembers(key)
        item.fate = link.fate(key)
        if not is_repeat:
            item.key = key
            item.readings = readings
            item.source = self._source(segment, readings)
            marks = frame.marks + segment.marks + (readings.marks if readings is not None else ())
            content = link.hide_password(frame.raw)
            quirks = tuple(map(str, marks)) if marks else ()
            item.raw = RawFrame(link.entry.device_id, self._received_at, content, segment.cn, quirks=quirks)
        return [item]

    def _source(self, segment: Segment, readings: Readings | None) -> int:
        if readings is None:
            return Source.REAL_TIME
        late = self._clock() - readings.at > LIVE_WITHIN.get(segment.cn, LIVE_REAL_TIME)
        return Source.REISSUED if late else Source.REAL_TIME

    @staticmethod
    def _acknowledgement(segment: Segment, cn: str) -> bytes:
        """The frame that acknowledges a segment, or nothing where its bit A asks for none."""
        flag = segment.flag
        if not flag or not flag & words.ACKNOWLEDGE:
            return b""
        version = segment.version
        if version is Version.V2005:
            return frame_of(system_segment(segment, cn, [("CN", segment.cn)] if cn == words.DATA_ANSWER else []))
        head = f"QN={segment.qn};" if segment.qn else ""
        text = f"{head}ST=91;CN={cn};PW={segment.pw};MN={segment.mn};Flag={version << words.VERSION_SHIFT};CP=&&&&"
        return encode(text.encode("latin-1"))

    def _broken(self, broken: Broken) -> Item:
        refusal = Refusal(broken.fault)
        segment = None
        if broken.fault is Fault.OVERSIZE:
            try:
                segment = parse(broken.segment)
                self._authenticate(segment)
                refusal.answer = QnRtn.REFUSED
            except (Malformed, Refusal):
                segment = None
        return self._quarantine(refusal, broken.raw, segment, None)

    def _quarantine(self, refusal: Refusal, raw: bytes, segment: Segment | None, link: LoggerLink | None) -> Item:
        claimed = _CLAIMED_MN.search(raw)
        identity = segment.mn if segment else claimed[1].decode("latin-1") if claimed else ""
        link = link or self._book.get(identity) or (next(iter(self.links)) if len(self.links) == 1 else None)
        answer = b""
        if refusal.answer is not None and segment is not None and segment.wants_answer:
            answer = frame_of(system_segment(segment, words.REQUEST_ANSWER, [("QnRtn", str(int(refusal.answer)))]))
        frame = QuarantinedFrame(
            protocol=PROTOCOL,
            code=f"{PROTOCOL}.{refusal.code}",
            content=_PASSWORD.sub(b"PW=******", raw),
            received_at=self._received_at,
            peer=self._peer,
            identity=identity,
            device_id=link.entry.device_id if link else None,
            params=refusal.params,
        )
        return Item(self._receiver, len(raw) + 200, link, quarantined=frame, answer=answer)
