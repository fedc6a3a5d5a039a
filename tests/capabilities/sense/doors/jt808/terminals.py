"""Terminals to test with: directory entries, and frames as they would send them."""

import struct
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry
from yuzhou.capabilities.sense.doors.jt808.frames import Frame, encode
from yuzhou.capabilities.sense.doors.jt808.times import write_time
from yuzhou.capabilities.sense.doors.jt808.words import Message, Version

PHONE, OTHER_PHONE = "13800000001", "13800000002"
TERMINAL = "SAMPLE1"
_serials = count()


def entry(phone: str = PHONE, *, secret: str = "", number: int = 1, frames_per_minute: int = 6000) -> DirectoryEntry:
    return DirectoryEntry(UUID(int=number), phone, secret, "jt808", frames_per_minute, True, {})


def directory(*entries: DirectoryEntry, version: int = 1) -> Directory:
    return Directory("jt808", version, {one.identity: one for one in entries})


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def frame(
    message: int,
    body: bytes = b"",
    *,
    phone: str = PHONE,
    serial: int | None = None,
    version: Version = Version.V2013,
    encryption: int = 0,
    packets: int = 0,
    packet: int = 0,
) -> bytes:
    """Any frame, with the next serial number unless told another."""
    number = next(_serials) & 0xFFFF if serial is None else serial
    digits = phone.zfill(20 if version else 12)
    return encode(Frame(message, digits, number, body, version, int(version), encryption, packets, packet))


def register(phone: str = PHONE, *, terminal: str = TERMINAL, version: Version = Version.V2013) -> bytes:
    widths = (11, 30, 30) if version else (5, 20, 7)
    parts = (b"SMPL", b"MODEL", terminal.encode())
    body = struct.pack(">HH", 50, 1) + b"".join(part.ljust(width, b"\0") for part, width in zip(parts, widths, strict=True))
    return frame(Message.REGISTER, body + b"\x01" + "渝A00001".encode("gbk"), phone=phone, version=version)


def authenticate(code: str, phone: str = PHONE, *, version: Version = Version.V2013) -> bytes:
    body = bytes((len(code),)) + code.encode() + bytes(35) if version else code.encode()
    return frame(Message.AUTHENTICATE, body, phone=phone, version=version)


def position_body(*, at: datetime | None = None, alarm: int = 0, status: int = 3, items: bytes = b"") -> bytes:
    return struct.pack(">IIIIHHH", alarm, status, 29_563_010, 106_551_556, 259, 655, 183) + write_time(at or later(0)) + items


def position(phone: str = PHONE, *, serial: int | None = None, version: Version = Version.V2013, **more: object) -> bytes:
    return frame(Message.POSITION, position_body(**more), phone=phone, serial=serial, version=version)  # type: ignore[arg-type]  # passed on


def batch(*reports: bytes, kind: int = 1, phone: str = PHONE) -> bytes:
    body = struct.pack(">HB", len(reports), kind) + b"".join(struct.pack(">H", len(one)) + one for one in reports)
    return frame(Message.POSITIONS, body, phone=phone)


def in_packets(message: int, bodies: list[bytes], *, first: int = 1000, phone: str = PHONE) -> list[bytes]:
    return [
        frame(message, body, phone=phone, serial=first + number, packets=len(bodies), packet=number + 1)
        for number, body in enumerate(bodies)
    ]
