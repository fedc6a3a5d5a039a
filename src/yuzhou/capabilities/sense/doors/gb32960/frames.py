"""Frames of GB/T 32960.3: cut out of a stream of bytes, and made.

A frame is `##` (2025: `$$`), command, reply flag, a VIN of 17 bytes, encryption, the length of the data unit in two bytes,
the data unit, and a check: the exclusive or of all bytes between the start and the check (BCC).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.doors.gb32960.words import Encryption, Reply, Version
from yuzhou.capabilities.sense.doors.intake.splitting import KEPT_OF_A_FAULT, SteppingSplitter
from yuzhou.capabilities.sense.doors.vehicles.checks import exclusive_or

HEAD = 24
VIN_LENGTH = 17
LONGEST_DATA = 65_531
_START = re.compile(rb"##|\$\$")
_MARKS = b"#$"
_VERSIONS = {version.start: version for version in Version}
_REPLIES = frozenset(int(reply) for reply in Reply)
_ENCRYPTIONS = frozenset(int(encryption) for encryption in Encryption) | {0}
_VIN = re.compile(rb"[0-9A-Za-z*_ \-\x00]{17}")


class Fault(StrEnum):
    """Why bytes are not a frame that may be processed."""

    GARBAGE = "garbage"  # bytes outside any frame
    HEADER = "header"  # a start with no header of the standard after it
    CHECK = "check"  # the BCC is wrong
    OVERSIZE = "oversize"


@dataclass(slots=True)
class Frame:
    """A frame with a right check. `command`, `reply` and `encryption` are numbers of `words`, or others that it does not know."""

    version: Version
    command: int
    reply: int
    vin: str
    encryption: int
    data: bytes
    raw: bytes = b""


@dataclass(slots=True)
class Broken:
    """Bytes that are no frame, cut to what is kept; what their header says where it looks like one."""

    fault: Fault
    raw: bytes
    head: Frame | None = None


def encode(frame: Frame) -> bytes:
    """The bytes of a frame; raises ValueError for a VIN or data that are too long."""
    vin = frame.vin.encode("ascii").ljust(VIN_LENGTH, b"\0")
    if len(vin) > VIN_LENGTH or len(frame.data) > LONGEST_DATA:
        raise ValueError(frame.vin)
    head = bytes((frame.command, frame.reply)) + vin + bytes((frame.encryption,))
    body = head + len(frame.data).to_bytes(2, "big") + frame.data
    return frame.version.start + body + bytes((exclusive_or(body),))


def answer(to: Frame, reply: Reply, data: bytes = b"") -> bytes:
    """The answer to a frame: its header with the reply flag, and what the standard lets stand of its data (the time)."""
    return encode(Frame(to.version, to.command, reply, to.vin, Encryption.NONE, data))


class Splitter(SteppingSplitter[Frame | Broken]):
    """Cuts a stream into frames and faults, whatever the pieces that it comes in; finds the next start after a fault.

    Holds at most one frame with `limit` bytes of data.
    """

    def __init__(self, limit: int = 16_384) -> None:
        super().__init__(limit)

    def _step(self, data: bytes, start: int, found: list[Frame | Broken]) -> int:
        """Take one frame or fault from the start; returns how many bytes it took, 0 if it needs more."""
        version = _VERSIONS.get(data[start : start + 2])
        if version is None:
            return self._skip_garbage(data, start, found)
        if len(data) - start < HEAD:
            return 0
        head = _read_head(version, data, start)
        length = int.from_bytes(data[start + HEAD - 2 : start + HEAD], "big")
        if head is None or length > self.limit:
            fault = Fault.HEADER if head is None else Fault.OVERSIZE
            return self._fault(fault, data, start, self._next_start(data, start), found, head)
        end = start + HEAD + length + 1
        if len(data) < end:
            return 0
        if exclusive_or(data[start + 2 : end - 1]) != data[end - 1]:
            following = _START.search(data, start + 2, end)
            return self._fault(Fault.CHECK, data, start, following.start() if following else end, found, head)
        head.data, head.raw = data[start + HEAD : end - 1], data[start:end]
        found.append(head)
        return end - start

    @staticmethod
    def _next_start(data: bytes, start: int) -> int:
        """Where the next frame may start after the header at `start`."""
        following = _START.search(data, start + 2)
        if following:
            return following.start()
        return len(data) - (data[-1] in _MARKS and len(data) > start + 2)

    @staticmethod
    def _fault(fault: Fault, data: bytes, start: int, stop: int, found: list[Frame | Broken], head: Frame | None) -> int:
        found.append(Broken(fault, data[start : min(stop, start + KEPT_OF_A_FAULT)], head))
        return stop - start

    @staticmethod
    def _skip_garbage(data: bytes, start: int, found: list[Frame | Broken]) -> int:
        """Skip to the next start; line ends between frames are no fault."""
        following = _START.search(data, start)
        stop = following.start() if following else len(data) - (data[-1] in _MARKS)
        garbage = data[start:stop]
        if garbage.strip(b"\r\n\0 "):
            found.append(Broken(Fault.GARBAGE, garbage[:KEPT_OF_A_FAULT]))
        return stop - start


def _read_head(version: Version, data: bytes, start: int) -> Frame | None:
    """The header at `start`, or None where it cannot be one."""
    vin = data[start + 4 : start + 4 + VIN_LENGTH]
    command, reply, encryption = data[start + 2], data[start + 3], data[start + 21]
    if not command or reply not in _REPLIES or encryption not in _ENCRYPTIONS or not _VIN.fullmatch(vin):
        return None
    return Frame(version, command, reply, vin.rstrip(b"\0 ").decode("ascii"), encryption, b"")
