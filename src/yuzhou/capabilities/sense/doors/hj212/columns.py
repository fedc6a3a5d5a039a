"""Items into the columns that `ingest` takes, without a Python object per reading."""

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from yuzhou.capabilities.sense.contracts import ReadingBatch
from yuzhou.capabilities.sense.doors.hj212.items import Item


def build_batch(items: Sequence[Item]) -> ReadingBatch:
    """The readings of all items, in their order; every series must have its id by now."""
    ids, flags = bytearray(), bytearray()
    values, moments = array("d"), array("q")
    counts, sources = array("q"), bytearray()
    for item in items:
        readings, link = item.readings, item.link
        if readings is None or link is None:
            continue
        ids += link.column(readings.shape)
        flags += readings.flags
        values.extend(readings.values)
        if readings.ats is None:
            moments.append(readings.at)
            counts.append(len(readings.values))
            sources.append(item.source)
        else:
            moments.extend(readings.ats)
            counts.extend([1] * len(readings.ats))
            sources += bytes([item.source]) * len(readings.ats)
    repeats = np.frombuffer(counts, dtype=np.int64)
    return ReadingBatch(
        series_id=np.frombuffer(ids, dtype=np.int32),
        at=np.repeat(np.frombuffer(moments, dtype=np.int64), repeats),
        value=np.frombuffer(values, dtype=np.float64),
        flag=np.frombuffer(flags, dtype=np.uint8),
        source=np.repeat(np.frombuffer(sources, dtype=np.uint8), repeats),
        received_at=datetime.now(UTC),
    )
