"""Frames of HJ 212: cut out of a stream of bytes, and made.

A frame is `##`, four digits for the length of the data segment, the segment, four hexadecimal digits of check, CR LF.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.doors.hj212 import crc
from yuzhou.capabilities.sense.doors.intake.splitting import KEPT_OF_A_FAULT, SteppingSplitter

STANDARD_SEGMENT = 1024
LONGEST_SEGMENT = 9999
HEAD = 6
CHECK = 4
_DIGITS = re.compile(rb"[0-9A-Fa-f]{4}")


class Fault(StrEnum):
    """Why bytes are not a frame that may be processed."""

    GARBAGE = "garbage"  # bytes outside any frame
    HEADER = "header"  # `##` without four digits after it
    LENGTH = "length"  # the length does not fit the segment
    CRC = "crc"
    OVERSIZE = "oversize"


class Mark(StrEnum):
    """Quirks of the field that are read all the same, and written beside the frame."""

    CRC_LOWER = "crc-lower"
    CRC_SWAPPED = "crc-swapped"
    LONG = "long"
    NO_FLAG = "no-flag"
    NO_QN = "no-qn"
    QN_14 = "qn-14"
    ORDER = "order"
    COMMA_IN_HEADER = "comma-in-header"
    SEMICOLON_AT_END = "semicolon-at-end"
    NO_CONTENT = "no-content"
    VERSION = "version"
    PACKET_FIELDS = "packet-fields"
    DUPLICATE_ITEM = "duplicate-item"
    VALUE = "value"
    DATA_FLAG = "data-flag"
    CONTENT = "content"


@dataclass(slots=True)
class Frame:
    """A frame with a right check: its data segment, its bytes, and the quirks seen so far."""

    segment: bytes
    raw: bytes
    marks: tuple[Mark, ...] = ()


@dataclass(slots=True)
class Broken:
    """Bytes that are no frame, cut to what is kept; the segment where its bounds are certain."""

    fault: Fault
    raw: bytes
    segment: bytes = b""


def check(segment: bytes, digits: bytes) -> tuple[Mark, ...] | None:
    """The quirks of a check that is right, or None if it is wrong."""
    expected = crc.check_digits(segment)
    if digits == expected:
        return ()
    upper = digits.upper()
    lower = (Mark.CRC_LOWER,) if upper != digits else ()
    if upper == expected:
        return lower
    if upper == expected[2:] + expected[:2]:
        return (*lower, Mark.CRC_SWAPPED)
    return None


def encode(segment: bytes) -> bytes:
    """The frame around a data segment; raises ValueError if it is empty or longer than four digits can say."""
    if not 0 < len(segment) <= LONGEST_SEGMENT:
        raise ValueError(len(segment))
    return b"##%04d%b%b\r\n" % (len(segment), segment, crc.check_digits(segment))


class Splitter(SteppingSplitter[Frame | Broken]):
    """Cuts a stream into frames and faults, whatever the pieces that it comes in; finds the next `##` after a fault.

    Holds at most one frame of the longest length that four digits can say. `limit` is the longest segment that is taken.
    """

    def __init__(self, limit: int = LONGEST_SEGMENT) -> None:
        super().__init__(limit)

    def _step(self, data: bytes, start: int, found: list[Frame | Broken]) -> int:
        """Take one frame or fault from the start; returns how many bytes it took, 0 if it needs more."""
        if data[start : start + 2] != b"##":
            return self._skip_garbage(data, start, found)
        digits = data[start + 2 : start + HEAD]
        if not (digits.isdigit() or digits == b""):
            return self._fault(Fault.HEADER, data, start, self._next_start(data, start), found)
        if len(digits) < 4:
            return 0
        end = start + HEAD + int(digits)
        if len(data) >= end + CHECK:
            taken = self._take(data, start, end, found)
            if taken is not None:
                return taken
        return self._misfit(data, start, found)

    def _take(self, data: bytes, start: int, end: int, found: list[Frame | Broken]) -> int | None:
        """Take the frame whose segment ends at `end`; None if it does not look like one."""
        segment, digits = data[start + HEAD : end], data[end : end + CHECK]
        after = data[end + CHECK : end + CHECK + 2]
        marks = check(segment, digits) if segment else None
        if marks is None:
            if after not in (b"\r\n", b"##") or not _DIGITS.fullmatch(digits) or b"\r\n" in segment:
                return None
            found.append(Broken(Fault.CRC, data[start : end + CHECK], segment))
        elif len(segment) > self.limit:
            found.append(Broken(Fault.OVERSIZE, data[start : end + CHECK], segment))
        else:
            long = (Mark.LONG,) if len(segment) > STANDARD_SEGMENT else ()
            found.append(Frame(segment, data[start : end + CHECK], marks + long))
        return end + CHECK + (2 if after == b"\r\n" else 0) - start

    def _misfit(self, data: bytes, start: int, found: list[Frame | Broken]) -> int:
        """The length does not fit, or more bytes must come: a line end or a new frame before the declared end tells."""
        stop = self._line_end(data, start)
        if stop is None:
            if len(data) - start < HEAD + LONGEST_SEGMENT + CHECK:
                return 0
            stop = self._next_start(data, start)
        return self._fault(Fault.LENGTH, data, start, stop, found)

    @staticmethod
    def _line_end(data: bytes, start: int) -> int | None:
        """Where the line of a frame ends, or where the next frame starts if that is sooner; None if neither came yet."""
        line = data.find(b"\r\n", start)
        following = data.find(b"##", start + 2, line if line >= 0 else len(data))
        if following >= 0:
            return following
        return line + 2 if line >= 0 else None

    @staticmethod
    def _next_start(data: bytes, start: int) -> int:
        """Where the next `##` may start after the one at `start`."""
        following = data.find(b"##", start + 2)
        if following >= 0:
            return following
        return len(data) - (data[-1:] == b"#" and len(data) > start + 2)

    @staticmethod
    def _fault(fault: Fault, data: bytes, start: int, stop: int, found: list[Frame | Broken]) -> int:
        found.append(Broken(fault, data[start : min(stop, start + KEPT_OF_A_FAULT)]))
        return stop - start

    def _skip_garbage(self, data: bytes, start: int, found: list[Frame | Broken]) -> int:
        """Skip to the next `##`; line ends between frames are no fault."""
        stop = data.find(b"##", start)
        if stop < 0:
            stop = len(data) - (data[-1:] == b"#")
        garbage = data[start:stop]
        if garbage.strip(b"\r\n\0 "):
            found.append(Broken(Fault.GARBAGE, garbage[:KEPT_OF_A_FAULT]))
        return stop - start
