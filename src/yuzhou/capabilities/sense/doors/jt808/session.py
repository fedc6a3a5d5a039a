"""What becomes of each frame, by the standard and without a socket: stored and answered, refused and kept, or passed on.

A terminal registers (0x0100) and gets a code, proves itself by that code on each connection (0x0102), and then speaks. What
it sends is answered by 0x8001 after the commit; what itself is an answer gets none. Each packet of a message in packets is
kept and answered by itself, and the message is read with its last packet.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from yuzhou.capabilities.sense.doors.intake.book import DeviceBook
from yuzhou.capabilities.sense.doors.intake.connection import proves
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings, Receiver, Reply
from yuzhou.capabilities.sense.doors.intake.refusing import Refusal, microseconds_now
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.jt808 import bodies
from yuzhou.capabilities.sense.doors.jt808.book import TerminalLink, find_link
from yuzhou.capabilities.sense.doors.jt808.frames import Broken, Fault, Frame, encode
from yuzhou.capabilities.sense.doors.jt808.packets import PacketBook, TooMuch
from yuzhou.capabilities.sense.doors.jt808.positions import Malformed, Report, read_position, split_positions
from yuzhou.capabilities.sense.doors.jt808.requests import read_word
from yuzhou.capabilities.sense.doors.jt808.times import write_universal_time
from yuzhou.capabilities.sense.doors.jt808.words import KEPT, Message, Registration, Result
from yuzhou.capabilities.sense.doors.vehicles.talk import VehicleTalk

PROTOCOL = "jt808"
_ANSWERS = frozenset({Message.TERMINAL_ANSWER, Message.PARAMETERS, Message.ATTRIBUTES})
_WITH_POSITION = frozenset({Message.POSITION_ANSWER, Message.CONTROL_ANSWER})
Outcomes = list[Any]


class Session(VehicleTalk[TerminalLink]):
    """One connection's talk. `code_of` gives the code by which a terminal proves itself."""

    protocol = PROTOCOL

    def __init__(
        self,
        book: DeviceBook[TerminalLink],
        shapes: Shapes,
        code_of: Callable[[TerminalLink], str],
        receiver: Receiver,
        peer: str,
        clock: Callable[[], int] = microseconds_now,
    ) -> None:
        super().__init__(book, receiver, peer, clock)
        self._shapes = shapes
        self._code_of = code_of
        self._packets = PacketBook()
        self._acts: dict[int, Callable[[Frame, TerminalLink], Outcomes]] = {
            Message.HEARTBEAT: self._heartbeat,
            Message.LOGOUT: self._logout,
            Message.ASK_TIME: self._time,
            Message.POSITION: self._position,
            Message.POSITIONS: self._positions,
            **dict.fromkeys(_WITH_POSITION, self._answered_position),
            **dict.fromkeys(_ANSWERS, self._word),
        }

    def take(self, found: Frame | Broken, now: float) -> Outcomes:
        """What becomes of a frame; `now` is the monotonic clock."""
        self._received_at = datetime.now(UTC)
        if isinstance(found, Broken):
            return [self._broken(found)]
        link = find_link(self._book, found)
        try:
            return self._dispatch(found, link, now)
        except Malformed as error:
            refusal = Refusal("malformed", Result.WRONG, what=error.args[0])
        except Refusal as error:
            refusal = error
        return [self._refuse(refusal, found, link)]

    def give_up(self, now: float) -> Outcomes:
        """Give up the messages that waited too long, and ask for the packets of the others that did not come."""
        outcomes: Outcomes = []
        for message in self._packets.expire(now):
            refusal = Refusal("packets-missing", missing=message.missing[:50], of=message.head.packets)
            identity = message.head.identity
            outcomes.append(self._quarantine(refusal, b"", identity, find_link(self._book, message.head)))
        for message in self._packets.to_ask_for(now):
            link = find_link(self._book, message.head)
            if link is not None:
                body = bodies.resend_request(message.first, message.missing, message.head.version)
                outcomes.append(Reply(link, link.write(Message.RESEND, body)[1]))
        return outcomes

    def _dispatch(self, frame: Frame, link: TerminalLink | None, now: float) -> Outcomes:
        if frame.encryption:
            raise Refusal("encrypted", Result.UNSUPPORTED, encryption=frame.encryption)
        if link is None:
            raise Refusal("unknown-device", Registration.NO_SUCH_VEHICLE)
        if frame.packets:
            return self._packet(frame, link, now)
        if frame.message == Message.REGISTER:
            return self._register(frame, link)
        if frame.message == Message.AUTHENTICATE:
            return self._authenticate(frame, link)
        if link not in self.links:
            raise Refusal("other-phone" if self.links else "no-authentication")
        proves(self, link)
        return self._act(frame, link)

    def _act(self, frame: Frame, link: TerminalLink) -> Outcomes:
        act = self._acts.get(frame.message)
        if act is not None:
            return act(frame, link)
        if frame.message in KEPT:
            return [self._taken(frame, link)]
        raise Refusal("unknown-message", Result.UNSUPPORTED, message=f"{frame.message:04X}")

    def _packet(self, frame: Frame, link: TerminalLink, now: float) -> Outcomes:
        if frame.message in (Message.REGISTER, Message.AUTHENTICATE) or link in self.links:
            if self._packets.is_done(frame):
                again = self._taken(frame, link)
                if again.key is None:
                    return [again]
                link.forget(again.key)  # other content under serial numbers used before: a message of its own
            try:
                whole = self._packets.add(frame, now)
            except TooMuch:
                raise Refusal("packets", Result.WRONG, of=frame.packets, packet=frame.packet) from None
            if whole is None:
                return [self._taken(frame, link)]
            whole.raw = frame.raw
            return self._dispatch(whole, link, now)
        raise Refusal("other-phone" if self.links else "no-authentication")

    # --- who speaks -----------------------------------------------------------------------------------------------------

    def _register(self, frame: Frame, link: TerminalLink) -> Outcomes:
        """Where the terminal's id is registered as the device's secret, it must be the one."""
        registration = bodies.read_registration(frame.body, frame.version)
        if self.links - {link}:
            raise Refusal("other-phone", Registration.NO_SUCH_TERMINAL)
        if link.secret and not _equal(registration.terminal, link.secret.decode()):
            raise Refusal("wrong-terminal", Registration.NO_SUCH_TERMINAL, terminal=registration.terminal)
        link.heard(frame)
        body = bodies.registration_answer(frame.serial, Registration.OK, self._code_of(link))
        return [self._kept(link, frame.raw, f"{frame.message:04X}", link.write(Message.REGISTERED, body)[1])]

    def _authenticate(self, frame: Frame, link: TerminalLink) -> Outcomes:
        code, _ = bodies.read_authentication(frame.body, frame.version)
        if self.links - {link}:
            raise Refusal("other-phone")
        if not _equal(code, self._code_of(link)) and not (link.secret and _equal(code, link.secret.decode())):
            raise Refusal("wrong-code")
        link.heard(frame)
        link.before = None
        proves(self, link)
        return [self._taken(frame, link)]

    # --- what is said ---------------------------------------------------------------------------------------------------

    def _heartbeat(self, frame: Frame, link: TerminalLink) -> Outcomes:
        return [Reply(link, self._answer(frame, link))]

    def _time(self, frame: Frame, link: TerminalLink) -> Outcomes:
        return [Reply(link, link.write(Message.TIME, write_universal_time(datetime.now(UTC)))[1])]

    def _logout(self, frame: Frame, link: TerminalLink) -> Outcomes:
        return [self._taken(frame, link), self._forget(link)]

    def _position(self, frame: Frame, link: TerminalLink) -> Outcomes:
        report = read_position(frame.body, link.before)
        readings = self._readings(report, link)
        link.before = (report.alarm, report.status)
        return [self._taken(frame, link, readings, self._source(report.at, reissued=False))]

    def _answered_position(self, frame: Frame, link: TerminalLink) -> Outcomes:
        """A position that answers a command of ours: it gets no answer itself."""
        if len(frame.body) < 2:
            raise Malformed("short")
        report = read_position(frame.body[2:], link.before)
        readings = self._readings(report, link)
        link.before = (report.alarm, report.status)
        kept = self._kept(
            link, frame.raw, f"{frame.message:04X}", b"", readings=readings, source=self._source(report.at, reissued=False)
        )
        return [kept, read_word(frame, link, report)]

    def _positions(self, frame: Frame, link: TerminalLink) -> Outcomes:
        """Many reports at once. What is wrong among them goes to the quarantine with the whole frame; the rest is taken."""
        reissued, wires = split_positions(frame.body)
        before = None if reissued else link.before
        taken: list[tuple[Readings, int]] = []
        refusal: Refusal | None = None
        for wire in wires:
            try:
                report = read_position(wire, before)
                taken.append((self._readings(report, link), self._source(report.at, reissued=reissued)))
                before = (report.alarm, report.status)
            except Malformed as error:
                refusal = refusal or Refusal("malformed", Result.WRONG, what=error.args[0])
            except Refusal as error:
                refusal = refusal or error
        if not reissued:
            link.before = before
        if refusal is not None and not taken:
            raise refusal
        items = self._many(frame, link, taken)
        return [*items, self._quarantine(refusal, frame.raw, frame.identity, link)] if refusal is not None else items

    def _many(self, frame: Frame, link: TerminalLink, taken: list[tuple[Readings, int]]) -> Outcomes:
        """An item for each report: the first keeps the frame, the last has the answer."""
        first = self._taken(frame, link, *taken[0]) if taken else self._taken(frame, link)
        if first.raw is None or len(taken) < 2:
            return [first]
        rest = [Item(self._receiver, 0, link, readings, source) for readings, source in taken[1:]]
        rest[-1].answer, first.answer = first.answer, b""
        return [first, *rest]

    def _word(self, frame: Frame, link: TerminalLink) -> Outcomes:
        """What a terminal says about a command of ours."""
        return [self._kept(link, frame.raw, f"{frame.message:04X}", b""), read_word(frame, link)]

    def _readings(self, report: Report, link: TerminalLink) -> Readings:
        self._check_time(report.at)
        marks: tuple[str, ...] = ()
        if report.skipped or report.is_cut:
            marks = (*(f"item-{item:02X}" for item in report.skipped[:8]), *(("item-cut-off",) if report.is_cut else ()))
        readings = Readings(self._shapes.of(report.names), report.values, report.flags, report.at, marks=marks)
        self._check_series(link, readings)
        return readings

    # --- what is kept and answered --------------------------------------------------------------------------------------

    @staticmethod
    def _answer(frame: Frame, link: TerminalLink, result: Result = Result.OK) -> bytes:
        link.heard(frame)
        return link.write(Message.PLATFORM_ANSWER, bodies.general_answer(frame.serial, frame.message, result))[1]

    def _taken(self, frame: Frame, link: TerminalLink, readings: Readings | None = None, source: int = 0) -> Item:
        quirks = ("edition",) if frame.is_odd else ()
        kind = f"{frame.message:04X}"
        return self._kept(link, frame.raw, kind, self._answer(frame, link), readings=readings, source=source, quirks=quirks)

    def _refuse(self, refusal: Refusal, frame: Frame, link: TerminalLink | None) -> Item:
        return self._quarantine(refusal, frame.raw, frame.identity, link, self._refusal(refusal, frame))

    @staticmethod
    def _refusal(refusal: Refusal, frame: Frame) -> bytes:
        """What a terminal is told: by 0x8100 where it registers, by nothing where it answered, by 0x8001 else."""
        if frame.message == Message.REGISTER:
            result = refusal.answer if isinstance(refusal.answer, Registration) else Registration.NO_SUCH_TERMINAL
            message, body = Message.REGISTERED, bodies.registration_answer(frame.serial, result)
        elif frame.message in _ANSWERS | _WITH_POSITION:
            return b""
        else:
            answer = refusal.answer if isinstance(refusal.answer, Result) else _RESULTS.get(refusal.code, Result.FAILED)
            message, body = Message.PLATFORM_ANSWER, bodies.general_answer(frame.serial, frame.message, answer)
        return encode(Frame(message, frame.phone, 0, body, frame.version, frame.protocol))

    def _broken(self, broken: Broken) -> Item:
        """Only a frame whose check is right is known to say what it says, so only that gets an answer."""
        head = broken.head
        identity = head.identity if head else ""
        refusal = Refusal(broken.fault, Result.WRONG)
        is_known = head is not None and broken.fault is Fault.LENGTH and find_link(self._book, head) in self.links
        reply = self._refusal(refusal, head) if head is not None and is_known else b""
        return self._quarantine(refusal, broken.raw, identity, None, reply)


_RESULTS = {"future-time": Result.WRONG, "past-time": Result.WRONG, "too-many-series": Result.WRONG}


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
