"""What becomes of each frame, by the standard and without a socket: stored and answered, refused and kept, or passed on.

An answer is the frame's header with a reply flag, the time of the frame, and nothing else of its data (6.3.2). Data and
logins are answered after the commit. A vehicle is its VIN: one must log in before it sends anything, and a connection
speaks for one vehicle, unless a platform logged in on it.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from yuzhou.capabilities.sense.doors.gb32960.book import VehicleLink
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.frames import HEAD, Broken, Fault, Frame, answer
from yuzhou.capabilities.sense.doors.gb32960.logins import PASSWORD_AT, read_login, read_platform_login
from yuzhou.capabilities.sense.doors.gb32960.requests import read_word
from yuzhou.capabilities.sense.doors.gb32960.structure import Malformed
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH
from yuzhou.capabilities.sense.doors.gb32960.words import DOWN, Command, Encryption, Reply, Version
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook
from yuzhou.capabilities.sense.doors.intake.connection import proves
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings, Receiver
from yuzhou.capabilities.sense.doors.intake.items import Reply as AtOnce
from yuzhou.capabilities.sense.doors.intake.refusing import Refusal, microseconds_now
from yuzhou.capabilities.sense.doors.vehicles.talk import VehicleTalk
from yuzhou.capabilities.sense.doors.vehicles.times import write_clock

PROTOCOL = "gb32960"
_NOT_ENCRYPTED = (0, Encryption.NONE)
Outcomes = list[Any]


class Session(VehicleTalk[VehicleLink]):
    """One connection's talk."""

    protocol = PROTOCOL

    def __init__(
        self,
        book: DeviceBook[VehicleLink],
        decoder: Decoder,
        receiver: Receiver,
        peer: str,
        clock: Callable[[], int] = microseconds_now,
    ) -> None:
        super().__init__(book, receiver, peer, clock)
        self._decoder = decoder
        self._platform: VehicleLink | None = None
        self._acts: dict[int, Callable[[Frame], Outcomes]] = {
            Command.LOGIN: self._login,
            Command.REAL_TIME: self._readings,
            Command.REISSUE: self._readings,
            Command.LOGOUT: self._logout,
            Command.PLATFORM_LOGIN: self._platform_login,
            Command.PLATFORM_LOGOUT: self._platform_logout,
            Command.HEARTBEAT: self._heartbeat,
            Command.CLOCK: self._clock_asked,
        }

    def take(self, found: Frame | Broken, now: float) -> Outcomes:
        """What becomes of a frame; `now` is the monotonic clock."""
        self._received_at = datetime.now(UTC)
        if isinstance(found, Broken):
            return [self._broken(found)]
        try:
            return self._dispatch(found)
        except Malformed as error:
            refusal = Refusal("malformed", Reply.WRONG_STRUCTURE, what=error.args[0])
        except Refusal as error:
            refusal = error
        return [self._refuse(refusal, found)]

    def give_up(self, now: float) -> Outcomes:
        """Nothing waits here for the rest of its message."""
        return []

    def _dispatch(self, frame: Frame) -> Outcomes:
        if frame.encryption not in _NOT_ENCRYPTED:
            raise Refusal("encrypted", Reply.NOT_DECRYPTED, encryption=frame.encryption)
        if frame.reply != Reply.COMMAND:
            return self._word(frame)
        act = self._acts.get(frame.command)
        if act is None:
            raise Refusal("unknown-command", command=f"{frame.command:02X}")
        return act(frame)

    # --- who speaks -----------------------------------------------------------------------------------------------------

    def _known(self, vin: str) -> VehicleLink:
        link = self._book.get(vin)
        if link is None:
            raise Refusal("unknown-device", Reply.UNKNOWN_VIN)
        return link

    def _logged_in(self, frame: Frame) -> VehicleLink:
        """The vehicle of a frame, if it may be heard here."""
        link = self._known(frame.vin)
        if link not in self.links and (self._platform is None or link.secret):
            raise Refusal("other-vin" if self.links else "no-login")
        proves(self, link)
        link.version = frame.version
        return link

    def _login(self, frame: Frame) -> Outcomes:
        login = read_login(frame.data, frame.version)
        link = self._known(frame.vin)
        if self._platform is None and self.links - {link}:
            raise Refusal("other-vin", Reply.DUPLICATE_VIN)
        if link.secret and not hmac.compare_digest(login.iccid.encode("latin-1").upper(), link.secret.upper()):
            raise Refusal("wrong-iccid")
        proves(self, link)
        link.version = frame.version
        return [self._taken(frame, link)]

    def _logout(self, frame: Frame) -> Outcomes:
        link = self._logged_in(frame)
        return [self._taken(frame, link), self._forget(link)]

    def _platform_login(self, frame: Frame) -> Outcomes:
        login = read_platform_login(frame.data)
        link = self._book.get(login.user)
        if link is None:
            raise Refusal("unknown-platform", user=login.user)
        if not link.secret or not hmac.compare_digest(login.password.encode("latin-1"), link.secret):
            raise Refusal("wrong-password", user=login.user)
        self._platform = link
        proves(self, link)
        return [self._taken(frame, link)]

    def _platform_logout(self, frame: Frame) -> Outcomes:
        link = self._platform
        if link is None:
            raise Refusal("no-login")
        self._platform = None
        taken = self._taken(frame, link)
        return [taken, *(self._forget(one) for one in list(self.links))]

    # --- what is said ---------------------------------------------------------------------------------------------------

    def _readings(self, frame: Frame) -> Outcomes:
        link = self._logged_in(frame)
        report = self._decoder.decode(frame.version, frame.data)
        self._check_time(report.at)
        marks = ("signed",) if report.is_signed else ("unknown-item",) if report.rest else ()
        readings = Readings(report.layout.shape, report.values, report.flags, report.at, marks=marks)
        self._check_series(link, readings)
        source = self._source(report.at, reissued=frame.command == Command.REISSUE)
        return [self._taken(frame, link, readings, source)]

    def _heartbeat(self, frame: Frame) -> Outcomes:
        """Answered at once. A platform's bears its own code in place of a VIN."""
        known = self._book.get(frame.vin)
        link = self._platform if self._platform is not None and known is None else self._logged_in(frame)
        return [AtOnce(link, answer(frame, Reply.OK))]

    def _clock_asked(self, frame: Frame) -> Outcomes:
        """A terminal whose clock is wrong asks before it can log in."""
        link = self._platform or self._known(frame.vin)
        return [AtOnce(link, answer(frame, Reply.OK, write_clock(datetime.now(UTC))))]

    def _word(self, frame: Frame) -> Outcomes:
        """What a vehicle says about a command of ours."""
        if frame.command not in DOWN:
            raise Refusal("unexpected-reply", command=f"{frame.command:02X}")
        link = self._logged_in(frame)
        kept = self._kept(link, frame.raw, f"{frame.command:02X}", b"")
        return [kept, read_word(frame, link)]

    # --- what is kept and answered --------------------------------------------------------------------------------------

    def _taken(self, frame: Frame, link: VehicleLink, readings: Readings | None = None, source: int = 0) -> Item:
        quirks = ("encryption-0",) if not frame.encryption else ()
        reply = answer(frame, Reply.OK, frame.data[:TIME_LENGTH])
        return self._kept(link, frame.raw, f"{frame.command:02X}", reply, readings=readings, source=source, quirks=quirks)

    def _refuse(self, refusal: Refusal, frame: Frame) -> Item:
        reply = b""
        if frame.reply == Reply.COMMAND:
            flag = refusal.answer or Reply.ERROR
            if frame.version is Version.V2016 and flag > Reply.DUPLICATE_VIN:
                flag = Reply.ERROR
            reply = answer(frame, flag, frame.data[:TIME_LENGTH])
        return self._quarantine(refusal, frame.raw, frame.vin, None, reply)

    def _broken(self, broken: Broken) -> Item:
        """A wrong check is answered only to who logged in here: nobody else is known to have said it."""
        head, reply = broken.head, b""
        vin = head.vin if head else ""
        is_known = broken.fault in (Fault.CHECK, Fault.OVERSIZE) and self._book.get(vin) in self.links
        if head and is_known and head.reply == Reply.COMMAND:
            reply = answer(head, Reply.ERROR)
        return self._quarantine(Refusal(broken.fault), broken.raw, vin, None, reply)

    def _shown(self, raw: bytes) -> bytes:
        if len(raw) > 2 and raw[2] == Command.PLATFORM_LOGIN:
            begin, end = HEAD + PASSWORD_AT.start, HEAD + PASSWORD_AT.stop
            return raw[:begin] + b"*" * len(raw[begin:end]) + raw[end:]
        return raw
