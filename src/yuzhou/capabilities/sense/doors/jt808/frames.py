"""Frames of JT/T 808: cut out of a stream of bytes, and made.

A frame stands between two 7E; inside, 7E is written 7D 02 and 7D is 7D 01. It is a header, the body, and a check: the
exclusive or of all before it. The header: message id, properties (bits 0 to 9 length of the body, 10 to 12 encryption,
13 split, 14 edition), with 2019 a version byte, the phone number in BCD (12 digits, with 2019 20), a serial number, and for
a split message the number of its packets and which this is.
"""

from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.doors.jt808.words import Version
from yuzhou.capabilities.sense.doors.vehicles.checks import exclusive_or

FLAG = b"\x7e"
LONGEST_BODY = 1023
_ESCAPE, _ESCAPED_FLAG, _ESCAPED_ESCAPE = b"\x7d", b"\x7d\x02", b"\x7d\x01"
_LENGTH, _ENCRYPTION, _SPLIT, _EDITION = 0x03FF, 0x1C00, 0x2000, 0x4000
_PHONE = {Version.V2013: 6, Version.V2019: 10}
_KEPT = 2048
_SHORTEST = 13


class Fault(StrEnum):
    """Why bytes are not a frame that may be processed."""

    GARBAGE = "garbage"  # too short for any frame
    ESCAPE = "escape"  # 7D before something else than 01 or 02
    CHECK = "check"
    LENGTH = "length"  # the body is not as long as the header says
    OVERSIZE = "oversize"


@dataclass(slots=True)
class Frame:
    """A frame with a right check. `phone` holds all digits that it came with; `packets` is 0 where it is not split.

    `is_odd`: its properties say 2019 and its header is of 2013, as some terminals have it.
    """

    message: int
    phone: str
    serial: int
    body: bytes = b""
    version: Version = Version.V2013
    protocol: int = 1
    encryption: int = 0
    packets: int = 0
    packet: int = 0
    raw: bytes = b""
    is_odd: bool = False

    @property
    def identity(self) -> str:
        """The phone number as people write it: without the zeros that fill it up."""
        return self.phone.lstrip("0") or "0"


@dataclass(slots=True)
class Broken:
    """Bytes that are no frame, cut to what is kept; what the header says where it can be read and the check is right."""

    fault: Fault
    raw: bytes
    head: Frame | None = None


def escape(content: bytes) -> bytes:
    """Write the two signs that may not stand in a frame."""
    return content.replace(_ESCAPE, _ESCAPED_ESCAPE).replace(FLAG, _ESCAPED_FLAG)


def unescape(content: bytes) -> bytes | None:
    """Read them; None where 7D stands before something else."""
    if _ESCAPE not in content:
        return content
    if content.count(_ESCAPE) != content.count(_ESCAPED_FLAG) + content.count(_ESCAPED_ESCAPE):
        return None
    return content.replace(_ESCAPED_FLAG, FLAG).replace(_ESCAPED_ESCAPE, _ESCAPE)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame; raises ValueError for a body that is too long or a phone number that does not fit."""
    digits = 2 * _PHONE[frame.version]
    if len(frame.body) > LONGEST_BODY or len(frame.phone) > digits:
        raise ValueError(frame.phone)
    properties = len(frame.body) | frame.encryption << 10
    properties |= (_SPLIT if frame.packets else 0) | (_EDITION if frame.version else 0)
    content = frame.message.to_bytes(2, "big") + properties.to_bytes(2, "big")
    content += bytes((frame.protocol,)) if frame.version else b""
    content += bytes.fromhex(frame.phone.zfill(digits)) + frame.serial.to_bytes(2, "big")
    if frame.packets:
        content += frame.packets.to_bytes(2, "big") + frame.packet.to_bytes(2, "big")
    content += frame.body
    return FLAG + escape(content + bytes((exclusive_or(content),))) + FLAG


def parse(content: bytes, raw: bytes) -> Frame | Broken:
    """Read what stands between two 7E (`raw`: the same with them)."""
    if len(content) < _SHORTEST:
        return Broken(Fault.GARBAGE, raw)
    plain = unescape(content)
    if plain is None:
        return Broken(Fault.ESCAPE, raw)
    if exclusive_or(plain):  # the check makes it nought
        return Broken(Fault.CHECK, raw)
    properties = int.from_bytes(plain[2:4], "big")
    said = Version.V2019 if properties & _EDITION else Version.V2013
    for version in (said, Version.V2013) if said else (said,):
        frame, start = _read_head(plain, version)
        if start + (properties & _LENGTH) == len(plain) - 1:
            frame.body, frame.raw, frame.is_odd = plain[start:-1], raw, version is not said
            return frame
    return Broken(Fault.LENGTH, raw, frame)


def _read_head(plain: bytes, version: Version) -> tuple[Frame, int]:
    """The header, and where the body starts."""
    properties = int.from_bytes(plain[2:4], "big")
    start = 5 if version else 4
    end = start + _PHONE[version]
    serial = int.from_bytes(plain[end : end + 2], "big")
    frame = Frame(
        message=int.from_bytes(plain[:2], "big"),
        phone=plain[start:end].hex(),
        serial=serial,
        version=version,
        protocol=plain[4] if version else 0,
        encryption=(properties & _ENCRYPTION) >> 10,
    )
    if not properties & _SPLIT:
        return frame, end + 2
    frame.packets = int.from_bytes(plain[end + 2 : end + 4], "big")
    frame.packet = int.from_bytes(plain[end + 4 : end + 6], "big")
    return frame, end + 6


class Splitter:
    """Cuts a stream into frames and faults, whatever the pieces that it comes in. Each 7E is a border, so one is enough.

    Holds at most `limit` bytes.
    """

    def __init__(self, limit: int = 4096) -> None:
        self.limit = limit
        self._rest = b""
        self._is_skipping = False
        self._kept = min(limit, _KEPT)

    @property
    def held(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._rest)

    @property
    def rest(self) -> bytes:
        """Those bytes, as many as are kept of a fault."""
        return self._rest[:_KEPT]

    def feed(self, data: bytes) -> list[Frame | Broken]:
        """Take the next bytes; returns what they complete."""
        found: list[Frame | Broken] = []
        *whole, rest = (self._rest + data).split(FLAG)
        for content in whole:
            if self._is_skipping:
                self._is_skipping = False
            elif len(content) > self.limit:
                found.append(Broken(Fault.OVERSIZE, content[: self._kept]))
            elif content.strip(b"\r\n"):
                found.append(parse(content, FLAG + content + FLAG))
        if self._is_skipping:
            rest = b""
        elif len(rest) > self.limit:
            found.append(Broken(Fault.OVERSIZE, rest[: self._kept]))
            self._is_skipping = True
            rest = b""
        self._rest = rest
        return found
