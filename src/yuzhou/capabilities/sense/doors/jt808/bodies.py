"""The other bodies of JT/T 808: answers, registration, authentication, parameters, text, control."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.jt808.positions import Malformed
from yuzhou.capabilities.sense.doors.jt808.words import Result, Version

_PADDING = b"\0 "
_SHORT_2013 = 37
_TERMINAL_OF = {"2011": (8, 7), "2013": (20, 7), "2019": (30, 30)}
_MOST_MISSING = 125


def _text(data: bytes) -> str:
    """GBK, without what fills it up; what is none is replaced."""
    return data.strip(_PADDING).decode("gbk", "replace")


@dataclass(frozen=True, slots=True)
class Registration:
    """A terminal that asks to be registered (终端注册). Where the plate's colour is 0, `plate` holds the VIN."""

    province: int
    city: int
    manufacturer: str
    model: str
    terminal: str
    colour: int
    plate: str


def read_registration(body: bytes, version: Version) -> Registration:
    """Read 0x0100; raises Malformed. A body of 2011, whose model is shorter, is known by its length."""
    edition = "2019" if version else "2013" if len(body) >= _SHORT_2013 else "2011"
    maker = 11 if version else 5
    model, terminal = _TERMINAL_OF[edition]
    widths = (2, 2, maker, model, terminal, 1)
    if len(body) < sum(widths):
        raise Malformed("short")
    parts = []
    position = 0
    for width in widths:
        parts.append(body[position : position + width])
        position += width
    return Registration(
        province=int.from_bytes(parts[0], "big"),
        city=int.from_bytes(parts[1], "big"),
        manufacturer=_text(parts[2]),
        model=_text(parts[3]),
        terminal=_text(parts[4]),
        colour=parts[5][0],
        plate=_text(body[position:]),
    )


def read_authentication(body: bytes, version: Version) -> tuple[str, str]:
    """The code and (2019) the IMEI of 0x0102; raises Malformed."""
    if not version:
        return _text(body), ""
    if not body or len(body) < 1 + body[0]:
        raise Malformed("short")
    end = 1 + body[0]
    return _text(body[1:end]), _text(body[end : end + 15])


def read_attributes(body: bytes, version: Version) -> dict[str, str]:
    """What a terminal is (0x0107): maker, model, id, ICCID, versions; raises Malformed."""
    maker, model, terminal = (5, 30, 30) if version else (5, 20, 7)
    start = 2 + maker + model + terminal
    if len(body) < start + 11:
        raise Malformed("short")
    hardware_end = start + 11 + body[start + 10]
    firmware_end = hardware_end + 1 + body[hardware_end] if hardware_end < len(body) else len(body)
    return {
        "manufacturer": _text(body[2 : 2 + maker]),
        "model": _text(body[2 + maker : start - terminal]),
        "terminal": _text(body[start - terminal : start]),
        "iccid": body[start : start + 10].hex(),
        "hardware": _text(body[start + 11 : hardware_end]),
        "firmware": _text(body[hardware_end + 1 : firmware_end]),
    }


def general_answer(serial: int, message: int, result: Result) -> bytes:
    """The body of 0x8001 (and of 0x0001)."""
    return serial.to_bytes(2, "big") + message.to_bytes(2, "big") + bytes((result,))


def read_general_answer(body: bytes) -> tuple[int, int, int]:
    """Serial number, message and result of 0x0001; raises Malformed."""
    if len(body) < 5:
        raise Malformed("short")
    return int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big"), body[4]


def registration_answer(serial: int, result: int, code: str = "") -> bytes:
    """The body of 0x8100; the code only with success."""
    return serial.to_bytes(2, "big") + bytes((result,)) + (b"" if result else code.encode("ascii"))


def resend_request(first_serial: int, missing: list[int], version: Version) -> bytes:
    """The body of 0x8003: the packets of a message that never came, as many as it can name."""
    named = missing[:_MOST_MISSING]
    count = len(named).to_bytes(2 if version else 1, "big")
    return first_serial.to_bytes(2, "big") + count + b"".join(packet.to_bytes(2, "big") for packet in named)


def write_parameters(parameters: Mapping[int, bytes]) -> bytes:
    """The body of 0x8103."""
    items = (number.to_bytes(4, "big") + bytes((len(value),)) + value for number, value in parameters.items())
    return bytes((len(parameters),)) + b"".join(items)


def read_parameters(body: bytes) -> tuple[int, dict[int, bytes]]:
    """Serial number of the question and the parameters of 0x0104; raises Malformed."""
    if len(body) < 3:
        raise Malformed("short")
    return int.from_bytes(body[:2], "big"), dict(_parameters(body, 3))


def _parameters(body: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    while position < len(body):
        start = position + 5
        if start > len(body) or start + body[start - 1] > len(body):
            raise Malformed("parameter")
        yield int.from_bytes(body[position : position + 4], "big"), body[start : start + body[start - 1]]
        position = start + body[start - 1]
