"""Vehicles to test with: directory entries, and frames as they would send them."""

import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry
from yuzhou.capabilities.sense.doors.gb32960.frames import Frame, encode
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Encryption, Reply, Version
from yuzhou.capabilities.sense.doors.vehicles.times import write_clock

VIN, OTHER_VIN = "LSAMPLE0000000001", "LSAMPLE0000000002"
PLATFORM = "sample-fleet"
ICCID = "89860000000000000001"
PLATFORM_SECRET = "platform-password"


def entry(vin: str = VIN, *, secret: str = "", number: int = 1, frames_per_minute: int = 6000) -> DirectoryEntry:
    return DirectoryEntry(UUID(int=number), vin, secret, "gb32960", frames_per_minute, True, {})


def directory(*entries: DirectoryEntry, version: int = 1) -> Directory:
    return Directory("gb32960", version, {one.identity: one for one in entries})


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def frame(
    command: int,
    data: bytes = b"",
    *,
    vin: str = VIN,
    version: Version = Version.V2016,
    reply: int = Reply.COMMAND,
    encryption: int = Encryption.NONE,
) -> bytes:
    """Any frame."""
    return encode(Frame(version, command, reply, vin, encryption, data))


def login(vin: str = VIN, *, iccid: str = ICCID, at: datetime | None = None, version: Version = Version.V2016) -> bytes:
    """A vehicle's login, without codes of batteries."""
    data = write_clock(at or later(0)) + struct.pack(">H20sBB", 1, iccid.encode(), 0, 0)
    return frame(Command.LOGIN, data, vin=vin, version=version)


def logout(vin: str = VIN) -> bytes:
    return frame(Command.LOGOUT, write_clock(later(0)) + b"\0\1", vin=vin)


def platform_login(user: str = PLATFORM, password: str = PLATFORM_SECRET) -> bytes:
    data = write_clock(later(0)) + struct.pack(">H12s20sB", 1, user.encode(), password.encode(), 1)
    return frame(Command.PLATFORM_LOGIN, data, vin="PLATFORM000000001")


def vehicle_item(speed: int = 655, soc: int = 81) -> bytes:
    return b"\x01" + struct.pack(">BBBHIHHBBBHBB", 1, 3, 1, speed, 123_456, 3712, 10_255, soc, 1, 0x2E, 2000, 33, 0)


def position_item() -> bytes:
    return b"\x05" + struct.pack(">BII", 0, 106_551_556, 29_563_010)


def alarm_item(level: int = 0, flags: int = 0) -> bytes:
    return b"\x07" + struct.pack(">BI", level, flags) + bytes(4)


def report(
    vin: str = VIN, *, at: datetime | None = None, items: bytes = b"", command: int = Command.REAL_TIME, **more: int
) -> bytes:
    """A report of the vehicle item, and of others that are given."""
    return frame(command, write_clock(at or later(0)) + vehicle_item(**more) + items, vin=vin)
