"""The compiled reading of reports against a plain one, number by number."""

import math
import struct
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.words import Version

TIME = bytes((26, 11, 23, 8, 30, 5))
Expected = dict[str, tuple[float, int]]


def number(data: bytes, *, by: int = 1, less: int = 0, low: int = 0, high: int) -> tuple[float, int]:
    """Value and flag of one number, as the tables of the standard say."""
    raw, most = int.from_bytes(data, "big"), (1 << 8 * len(data)) - 1
    if raw == most - 1:
        return math.nan, DataFlag.FAULT
    if raw == most:
        return math.nan, DataFlag.LINK_FAULT
    return (raw - less) / by, 0 if low <= raw <= high else DataFlag.OVER_RANGE


class Wire:
    """Draws numbers, writes them, and reads them plainly."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.data = b""
        self.expected: Expected = {}

    def put(self, name: str, width: int, **how: int) -> None:
        """A number with its edges."""
        most = (1 << 8 * width) - 1
        edges = [0, most, most - 1, how["high"], min(most, how["high"] + 1)]
        raw = self._draw(st.integers(0, most) | st.sampled_from(edges)).to_bytes(width, "big")
        self.data += raw
        self.expected.setdefault(name, number(raw, **how))

    def plain(self, width: int, value: int) -> None:
        """A number that only says how the rest is laid out."""
        self.data += value.to_bytes(width, "big")

    def motors(self) -> None:
        count = self._draw(st.integers(0, 3))
        self.plain(1, 2)
        self.plain(1, count)
        for _ in range(count):
            motor = self._draw(st.integers(1, 4))
            name = f"motor.{motor}."
            self.plain(1, motor)
            self.put(f"{name}state", 1, low=1, high=4)
            self.put(f"{name}controller_temperature", 1, less=40, high=250)
            self.put(f"{name}speed", 2, less=20_000, high=65_531)
            self.put(f"{name}torque", 2, by=10, less=20_000, high=65_531)
            self.put(f"{name}temperature", 1, less=40, high=250)
            self.put(f"{name}voltage", 2, by=10, high=60_000)
            self.put(f"{name}current", 2, by=10, less=10_000, high=20_000)

    def engine(self) -> None:
        self.plain(1, 4)
        self.put("engine.state", 1, low=1, high=2)
        self.put("engine.speed", 2, high=60_000)
        self.put("engine.consumption", 2, by=100, high=60_000)

    def voltages(self) -> None:
        packs = self._draw(st.integers(0, 2))
        self.plain(1, 8)
        self.plain(1, packs)
        for pack in range(1, packs + 1):
            first, cells = self._draw(st.integers(1, 400)), self._draw(st.integers(0, 6))
            self.plain(1, pack)
            self.put(f"pack.{pack}.voltage", 2, by=10, high=10_000)
            self.put(f"pack.{pack}.current", 2, by=10, less=10_000, high=20_000)
            self.put(f"pack.{pack}.cells", 2, low=1, high=65_531)
            self.plain(2, first)
            self.plain(1, cells)
            for cell in range(first, first + cells):
                self.put(f"pack.{pack}.cell.{cell}", 2, by=1000, high=60_000)

    def temperatures(self) -> None:
        packs = self._draw(st.integers(0, 2))
        self.plain(1, 9)
        self.plain(1, packs)
        for pack in range(1, packs + 1):
            probes = self._draw(st.integers(0, 5))
            self.plain(1, pack)
            self.plain(2, probes)
            for probe in range(1, probes + 1):
                self.put(f"pack.{pack}.probe.{probe}", 1, less=40, high=250)

    def own(self) -> None:
        content = self._draw(st.binary(max_size=20))
        self.plain(1, self._draw(st.integers(0x80, 0xFE)))
        self.data += struct.pack(">H", len(content)) + content


@st.composite
def reports(draw: Any) -> Wire:
    """Any items in any order, some more than once."""
    wire = Wire(draw)
    for name in draw(st.lists(st.sampled_from(["motors", "engine", "voltages", "temperatures", "own"]), max_size=6)):
        getattr(wire, name)()
    return wire


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def differences(expected: Expected, found: Expected) -> Iterator[tuple[str, Any, Any]]:
    for name in expected.keys() | found.keys():
        wanted, got = expected.get(name), found.get(name)
        if wanted is None or got is None or wanted[1] != got[1] or not same(wanted[0], got[0]):
            yield name, wanted, got


@settings(max_examples=150)
@given(reports())
def test_the_compiled_reading_is_the_plain_one(wire: Wire) -> None:
    report = Decoder().decode(Version.V2016, TIME + wire.data)
    found = dict(zip(report.layout.names, zip(report.values, report.flags, strict=True), strict=True))
    assert list(differences(wire.expected, found)) == []
    assert report.rest == 0
