"""From the data of a report to columns of readings."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.gb32960.compiled import Layout, compile_layout
from yuzhou.capabilities.sense.doors.gb32960.structure import SIGNATURE, Malformed, Structure, read_structure
from yuzhou.capabilities.sense.doors.gb32960.times import TIME_LENGTH, read_time
from yuzhou.capabilities.sense.doors.gb32960.words import Version

MOST_SHAPES = 4096
__all__ = ["Decoder", "Malformed", "Report"]


@dataclass(slots=True)
class Report:
    """A report: values and flags in the order of its layout's names, `at` in microseconds UTC.

    `rest`: bytes at the end that were not read, as their first item is not known (or is the signature).
    """

    layout: Layout
    values: list[float]
    flags: bytes
    at: int
    rest: int = 0
    is_signed: bool = False

    def as_mapping(self) -> dict[str, float]:
        """The values by property."""
        return dict(zip(self.layout.names, self.values, strict=True))


class Decoder:
    """Reads reports, remembering their layouts; forgets them all when there are too many."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[Version, Structure], Layout] = {}

    def decode(self, version: Version, data: bytes) -> Report:
        """The readings of real-time or reissued data; raises Malformed."""
        if len(data) < TIME_LENGTH:
            raise Malformed("short")
        try:
            at = read_time(data)
        except ValueError:
            raise Malformed("time") from None
        structure, end = read_structure(version, data)
        layout = self._layouts.get((version, structure)) or self._learn(version, structure)
        values, flags = layout.read(data)
        return Report(layout, values, flags, at, len(data) - end, end < len(data) and data[end] == SIGNATURE)

    def _learn(self, version: Version, structure: Structure) -> Layout:
        if len(self._layouts) >= MOST_SHAPES:
            self._layouts.clear()
        layout = self._layouts[version, structure] = compile_layout(version, structure)
        return layout
