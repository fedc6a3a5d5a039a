"""Which items stand in the data of a report, how many motors, cells and probes: its structure, as a short tuple.

A vehicle sends the same structure again and again, only the numbers change; so the structure is the key under which
`decoding` remembers how to read the rest.
"""

from yuzhou.capabilities.sense.doors.gb32960 import layouts
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH
from yuzhou.capabilities.sense.doors.gb32960.words import Version

VEHICLE, MOTORS, FUEL_CELL, ENGINE, POSITION, EXTREMES, ALARM, VOLTAGES, TEMPERATURES = range(1, 10)
ALARM_2025, VOLTAGES_2025, TEMPERATURES_2025 = range(6, 9)
SIGNATURE = 0xFF
FIRST_OWN, LAST_OWN = 0x80, 0xFE
_MOST_OF_8 = 0xFD
_MOST_OF_16 = 0xFFFD

Structure = tuple[int, ...]
"""Item, and what its own list says; see `read_structure`."""


class Malformed(ValueError):
    """The data cannot be read: `args[0]` names what is wrong."""


def _fixed(version: Version) -> dict[int, int]:
    """The length of the items that always have the same."""
    if version is Version.V2016:
        tables = {
            VEHICLE: layouts.VEHICLE_2016,
            ENGINE: layouts.ENGINE_2016,
            POSITION: layouts.POSITION_2016,
            EXTREMES: layouts.EXTREMES,
        }
    else:
        tables = {
            VEHICLE: layouts.VEHICLE_2025,
            FUEL_CELL: layouts.FUEL_CELL_2025,
            ENGINE: layouts.ENGINE_2025,
            POSITION: layouts.POSITION_2025,
        }
    return {item: layouts.width(fields) for item, fields in tables.items()}


_FIXED = {version: _fixed(version) for version in Version}
_MOTOR = {
    Version.V2016: 1 + layouts.width(layouts.MOTOR_2016),
    Version.V2025: 1 + layouts.width(layouts.MOTOR_2025),
}


def read_structure(version: Version, data: bytes) -> tuple[Structure, int]:
    """The structure of a report and where what can be read ends; raises Malformed where an item is cut off.

    For each item its number, then for motors their count and numbers; for fuel cells the number of probes; for alarms the
    lengths of the four lists (2025: of five); for voltages the packs with number, first cell and number of cells; for
    temperatures the packs with number and number of probes; for a vendor's own item (80 to FE) its length.
    An item that is not known has no length, so reading ends before it, as it does at a signature (2025).
    """
    reader = _Reader(version, data)
    while reader.position < len(data) and reader.item():
        pass
    if reader.position > len(data):
        raise Malformed("short")
    return tuple(reader.found), reader.position


class _Reader:
    """Walks from item to item. Reads beyond the end count as zeros: the end is checked once, after the walk."""

    def __init__(self, version: Version, data: bytes) -> None:
        self.found: list[int] = []
        self.position = TIME_LENGTH
        self._data = data
        self._fixed = _FIXED[version]
        self._motor = _MOTOR[version]
        readers = {MOTORS: self._motors}
        if version is Version.V2016:
            readers |= {FUEL_CELL: self._fuel_cell, ALARM: self._alarm, VOLTAGES: self._voltages, TEMPERATURES: self._probes}
        else:
            readers |= {
                ALARM_2025: self._alarm_2025,
                VOLTAGES_2025: self._voltages_2025,
                TEMPERATURES_2025: self._probes,
            }
        self._readers = readers

    def item(self) -> bool:
        """Take one item; False where its length is not known."""
        number = self._data[self.position]
        length = self._fixed.get(number)
        if length is not None:
            self.found.append(number)
            self.position += 1 + length
            return True
        reader = self._readers.get(number)
        if reader is None and not FIRST_OWN <= number <= LAST_OWN:
            return False
        self.found.append(number)
        self.position += 1
        (reader or self._own)()
        return True

    def _byte(self) -> int:
        """A count in a byte; the codes for abnormal and invalid count nothing."""
        value = self._data[self.position] if self.position < len(self._data) else 0
        self.position += 1
        return value

    def _count(self) -> int:
        value = self._byte()
        return value if value <= _MOST_OF_8 else 0

    def _word(self) -> int:
        value = int.from_bytes(self._data[self.position : self.position + 2], "big")
        self.position += 2
        return value

    def _count_16(self) -> int:
        value = self._word()
        return value if value <= _MOST_OF_16 else 0

    def _motors(self) -> None:
        count = self._count()
        self.found.append(count)
        for _ in range(count):
            self.found.append(self._byte())
            self.position += self._motor - 1

    def _fuel_cell(self) -> None:
        self.position += layouts.width(layouts.FUEL_CELL_2016_HEAD)
        probes = self._count_16()
        self.found.append(probes)
        self.position += probes + layouts.width(layouts.FUEL_CELL_2016_TAIL)

    def _alarm(self) -> None:
        self.position += 5
        for _ in layouts.FAULT_LISTS:
            count = self._count()
            self.found.append(count)
            self.position += 4 * count

    def _alarm_2025(self) -> None:
        self._alarm()
        count = self._count()
        self.found.append(count)
        self.position += 2 * count

    def _voltages(self) -> None:
        packs = self._count()
        self.found.append(packs)
        for _ in range(packs):
            number = self._byte()
            self.position += layouts.width(layouts.PACK_2016)
            first, cells = self._word(), self._count()
            self.found += (number, first, cells)
            self.position += 2 * cells

    def _voltages_2025(self) -> None:
        packs = self._count()
        self.found.append(packs)
        for _ in range(packs):
            number = self._byte()
            self.position += layouts.width(layouts.PACK_2025)
            cells = self._count_16()
            self.found += (number, 1, cells)
            self.position += 2 * cells

    def _probes(self) -> None:
        packs = self._count()
        self.found.append(packs)
        for _ in range(packs):
            number, probes = self._byte(), self._count_16()
            self.found += (number, probes)
            self.position += probes

    def _own(self) -> None:
        length = self._word()
        self.found.append(length)
        self.position += length
