"""Items into the columns that `ingest` takes, without a Python object per reading."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from yuzhou.capabilities.sense.contracts import ReadingBatch
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.items import Block, Item, Readings


@dataclass(slots=True)
class _Columns:
    """Columns that grow; times and sources are given once for `counts` rows."""

    ids: bytearray = field(default_factory=bytearray)
    flags: bytearray = field(default_factory=bytearray)
    values: "array[float]" = field(default_factory=lambda: array("d"))
    moments: "array[int]" = field(default_factory=lambda: array("q"))
    counts: "array[int]" = field(default_factory=lambda: array("q"))
    sources: bytearray = field(default_factory=bytearray)

    def add(self, link: DeviceLink, readings: Readings, source: int) -> None:
        """The readings of one frame."""
        self.ids += link.column(readings.shape)
        self.flags += readings.flags
        self.values.extend(readings.values)
        if readings.ats is None:
            self.moments.append(readings.at)
            self.counts.append(len(readings.values))
            self.sources.append(source)
        else:
            self.moments.extend(readings.ats)
            self.counts.extend([1] * len(readings.ats))
            self.sources += bytes([source]) * len(readings.ats)

    def add_block(self, link: DeviceLink, block: Block, source: int) -> None:
        """Many moments at once."""
        chosen = np.ones(block.values.shape, np.bool_) if block.present is None else block.present
        rows = len(block.at)
        ids = np.broadcast_to(np.frombuffer(link.column(block.shape), np.int32), chosen.shape)[chosen]
        flags = np.zeros(len(ids), np.uint8) if block.flags is None else block.flags[chosen].astype(np.uint8)
        self.ids += ids.tobytes()
        self.flags += flags.tobytes()
        self.values.frombytes(np.ascontiguousarray(block.values[chosen], np.float64).tobytes())
        self.moments.frombytes(np.ascontiguousarray(block.at, np.int64).tobytes())
        self.counts.frombytes(np.count_nonzero(chosen, axis=1).astype(np.int64).tobytes())
        self.sources += bytes([source]) * rows

    def batch(self) -> ReadingBatch:
        """As a batch received now."""
        repeats = np.frombuffer(self.counts, dtype=np.int64)
        return ReadingBatch(
            series_id=np.frombuffer(self.ids, dtype=np.int32),
            at=np.repeat(np.frombuffer(self.moments, dtype=np.int64), repeats),
            value=np.frombuffer(self.values, dtype=np.float64),
            flag=np.frombuffer(self.flags, dtype=np.uint8),
            source=np.repeat(np.frombuffer(self.sources, dtype=np.uint8), repeats),
            received_at=datetime.now(UTC),
        )


def build_batch(items: Sequence[Item]) -> ReadingBatch:
    """The readings of all items, in their order; every series must have its id by now."""
    columns = _Columns()
    for item in items:
        readings, link = item.readings, item.link
        if readings is None or link is None:
            continue
        if isinstance(readings, Block):
            columns.add_block(link, readings, item.source)
        else:
            columns.add(link, readings, item.source)
    return columns.batch()
