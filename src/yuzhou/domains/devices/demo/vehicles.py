"""Frames of the simulated vehicles: GB/T 32960.3-2016 and JT/T 808-2013, as a terminal writes them."""

import struct
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

BEIJING = timedelta(hours=8)


def _local(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC) + BEIJING


def gb32960(command: int, vin: str, data: bytes) -> bytes:
    """A frame that asks for an answer."""
    content = bytes([command, 0xFE]) + vin.encode() + b"\x01" + len(data).to_bytes(2, "big") + data
    return b"##" + content + bytes([reduce(xor, content)])


def _time(moment: float) -> bytes:
    at = _local(moment)
    return bytes([at.year - 2000, at.month, at.day, at.hour, at.minute, at.second])


def login(moment: float, serial: int) -> bytes:
    """The data of a vehicle's login (7.1): time, serial number, ICCID, no battery codes."""
    return _time(moment) + serial.to_bytes(2, "big") + b"SAMPLE00000000000001" + b"\x00\x00"


def real_time(moment: float, *, speed: float, mileage: float, soc: float, lon: float, lat: float, alarm: int) -> bytes:
    """The data of a report (7.2): vehicle, position, alarms."""
    vehicle = struct.pack(
        ">BBBHIHHBBBHBB",
        1,
        3,
        1,
        round(speed * 10),
        round(mileage * 10),
        3560,
        10_000 + round(speed * 8),
        round(soc),
        1,
        0x0F,
        5000,
        20,
        0,
    )
    position = struct.pack(">BII", 0, round(lon * 1e6), round(lat * 1e6))
    alarms = struct.pack(">BIBBBB", 1 if alarm else 0, alarm, 0, 0, 0, 0)
    return _time(moment) + b"\x01" + vehicle + b"\x05" + position + b"\x07" + alarms


def jt808(message: int, phone: str, serial: int, body: bytes) -> bytes:
    """A frame with its escapes."""
    head = struct.pack(">HH", message, len(body)) + bytes.fromhex(phone.zfill(12)) + serial.to_bytes(2, "big")
    content = head + body
    content += bytes([reduce(xor, content)])
    return b"\x7e" + content.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def position(moment: float, *, speed: float, heading: float, lon: float, lat: float, mileage: float, alarm: int = 0) -> bytes:
    """The body of a position report (0x0200) with ignition on, a fix, and the mileage."""
    at = _local(moment).strftime("%y%m%d%H%M%S")
    fixed = struct.pack(">IIIIHHH", alarm, 3, round(lat * 1e6), round(lon * 1e6), 250, round(speed * 10), round(heading) % 360)
    return fixed + bytes.fromhex(at) + b"\x01\x04" + round(mileage * 10).to_bytes(4, "big")
