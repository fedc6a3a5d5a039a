"""HJ 212 as a logger writes it: its own few lines, so that the gateway is spoken to by a stranger."""

import re
from collections.abc import Iterator

_TABLE = []
for _start in range(256):
    _word = _start
    for _ in range(8):
        _word = (_word >> 1) ^ 0xA001 if _word & 1 else _word >> 1
    _TABLE.append(_word)

_SEGMENT = re.compile(r"([A-Za-z]+)=((?:&&.*&&)|[^;]*)", re.DOTALL)


def check(segment: bytes) -> str:
    """Four hexadecimal digits by annex A of HJ 212-2017."""
    register = 0xFFFF
    for byte in segment:
        register = _TABLE[(register >> 8) ^ byte]
    return f"{register:04X}"


def frame(segment: str) -> bytes:
    """The frame around a data segment."""
    data = segment.encode("ascii")
    return f"##{len(data):04d}{segment}{check(data)}\r\n".encode("ascii")


def with_wrong_check(good: bytes) -> bytes:
    """The frame with a check that does not fit."""
    return good[:-6] + (b"0000" if good[-6:-2] != b"0000" else b"FFFF") + good[-2:]


def with_wrong_length(good: bytes) -> bytes:
    """The frame with a length that is seven bytes short."""
    return b"##%04d" % (int(good[2:6]) - 7) + good[6:]


def with_quirks(good: bytes) -> bytes:
    """The same segment as some loggers of the field write it: a `;` before `&&`, the check in lower case."""
    segment = good[6:-6].decode("ascii")
    odd = segment[:-2] + ";&&" if segment.endswith("&&") and not segment.endswith("&&&&") else segment
    made = frame(odd)
    return made[:-6] + made[-6:-2].lower() + made[-2:]


def fields(segment: str) -> dict[str, str]:
    """The header fields of a segment, and its content without the `&&` under `CP`."""
    found: dict[str, str] = dict(_SEGMENT.findall(segment))
    found["CP"] = found.get("CP", "").removeprefix("&&").removesuffix("&&")
    return found


def items(content: str) -> dict[str, str]:
    """The items of a content by name."""
    return dict(item.split("=", 1) for item in re.split("[;,]", content) if "=" in item)


class Reader:
    """Frames that come from the authority, cut out of the stream; what does not fit is skipped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[dict[str, str]]:
        """The fields of each frame that the data complete."""
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            segment = line[6:-4]
            if line.startswith(b"##") and check(segment).encode() == line[-4:]:
                yield fields(segment.decode("ascii", "replace"))
