"""Login and logout of vehicles and platforms (7.1, 7.3 to 7.6), and what they say of themselves."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.gb32960.structure import Malformed
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH, read_time
from yuzhou.capabilities.sense.doors.gb32960.words import Version

_ICCID = 20
_USER, _PASSWORD = 12, 20
_PLATFORM_LENGTH = TIME_LENGTH + 2 + _USER + _PASSWORD + 1
_CODE_2025 = 24


@dataclass(frozen=True, slots=True)
class VehicleLogin:
    """A vehicle's login: its own count of logins, the SIM card, and the codes of its batteries."""

    at: int
    serial: int
    iccid: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformLogin:
    """A platform's login."""

    at: int
    serial: int
    user: str
    password: str


PASSWORD_AT = slice(TIME_LENGTH + 2 + _USER, TIME_LENGTH + 2 + _USER + _PASSWORD)
"""Where the password stands in the data of a platform's login."""


def _text(data: bytes) -> str:
    return data.strip(b"\0 ").decode("latin-1")


def _time(data: bytes) -> int:
    try:
        return read_time(data)
    except ValueError:
        raise Malformed("time") from None


def read_login(data: bytes, version: Version) -> VehicleLogin:
    """Read the data of a login; raises Malformed."""
    fixed = TIME_LENGTH + 2 + _ICCID + 1
    if len(data) < fixed:
        raise Malformed("short")
    count = data[fixed - 1]
    if version is Version.V2025:
        total = sum(data[fixed : fixed + count])
        start, length = fixed + count, _CODE_2025
    else:
        total, start = count, fixed + 1
        length = data[fixed] if len(data) > fixed else 0
    if len(data) < start + total * length - (version is Version.V2016 and not total):
        raise Malformed("short")
    codes = tuple(_text(data[start + place * length : start + (place + 1) * length]) for place in range(total))
    serial = int.from_bytes(data[TIME_LENGTH : TIME_LENGTH + 2], "big")
    return VehicleLogin(_time(data), serial, _text(data[TIME_LENGTH + 2 : fixed - 1]), codes)


def read_platform_login(data: bytes) -> PlatformLogin:
    """Read the data of a platform's login; raises Malformed."""
    if len(data) < _PLATFORM_LENGTH:
        raise Malformed("short")
    user = _text(data[TIME_LENGTH + 2 : PASSWORD_AT.start])
    serial = int.from_bytes(data[TIME_LENGTH : TIME_LENGTH + 2], "big")
    return PlatformLogin(_time(data), serial, user, _text(data[PASSWORD_AT]))
