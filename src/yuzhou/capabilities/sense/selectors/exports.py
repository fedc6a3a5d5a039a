"""The history of any length as a stream: what is in memory is one window of time of some series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from yuzhou.capabilities.sense.contracts import DATA_FLAG_BITS, Mark, Source
from yuzhou.capabilities.sense.contracts.history import ExportFormat
from yuzhou.capabilities.sense.models import SeriesRecord
from yuzhou.capabilities.sense.rules.buckets import Period, begin_of
from yuzhou.capabilities.sense.selectors.columns import moment, read_both, us
from yuzhou.capabilities.sense.selectors.history import period_columns, visible_statistics
from yuzhou.capabilities.sense.selectors.parquet import Columns
from yuzhou.kernel.actor import Actor

SERIES_AT_ONCE = 1000
ROWS_AT_ONCE = 300_000
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=400)
LETTERS = np.array(list("NFMSDCTB") + ["?"] * 8, object)
MARKS = np.array([" ".join(m.name.lower() for m in Mark if m & (high << 4) and m.name) for high in range(16)], object)
SOURCES = np.array([source.name.lower() for source in Source], object)


@dataclass(frozen=True, slots=True)
class _Label:
    device: str
    property: str
    statistic: str
    unit: str


def export_history(
    *,
    actor: Actor,
    series_ids: Sequence[int],
    start: datetime,
    end: datetime,
    format: ExportFormat,
    period: Period | None = None,
) -> Iterator[bytes]:
    """Readings with start ≤ at < end, or their periods, of any number: each row with device, property, statistic and unit.

    In windows of time, and in each by series and time. The reach of the actor is settled before the first byte; the
    iterator needs no transaction. An empty history is a file with its header (JSON lines: nothing).
    """
    from yuzhou.capabilities.sense.selectors.encodings import encode

    statistics = visible_statistics(actor, series_ids)
    labels = _labels(list(statistics))
    pieces = _periods(statistics, start, end, period) if period else _readings(list(statistics), start, end)
    return encode((_labelled(piece, labels) for piece in pieces), format)


def _labels(ids: list[int]) -> dict[int, _Label]:
    rows = SeriesRecord.objects.filter(id__in=ids).values_list("id", "device__identity", "property", "statistic", "unit")
    return {series: _Label(*map(_harmless, texts)) for series, *texts in rows}


def _harmless(text: str) -> str:
    """No text that a spreadsheet takes for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _readings(ids: list[int], start: datetime, end: datetime) -> Iterator[Columns]:
    """Readings window by window; a window is as long as about as many rows take as fit into memory."""
    yield {name: column[:0] for name, column in read_both([], start, end).items()}
    window = SHORTEST
    while start < end and ids:
        until, most = min(start + window, end), 0
        for n in range(0, len(ids), SERIES_AT_ONCE):
            found = read_both(ids[n : n + SERIES_AT_ONCE], start, until)
            most = max(most, len(found["at"]))
            if len(found["at"]):
                yield found
        start = until
        window = min(LONGEST, max(SHORTEST, window * min(8.0, ROWS_AT_ONCE / max(most, 1))))


def _periods(statistics: dict[int, str], start: datetime, end: datetime, period: Period) -> Iterator[Columns]:
    """Periods window by window; windows begin where a period does."""
    yield {name: column[:0] for name, column in period_columns({}, start, end, period).items()}
    ids = list(statistics)
    length = timedelta(microseconds=period.shortest) * max(1, ROWS_AT_ONCE // max(1, min(len(ids), SERIES_AT_ONCE)))
    while start < end and ids:
        until = min(end, start + min(length, LONGEST * 5))
        if until < end:
            until = max(moment(begin_of(np.array([us(until)]), period)[0]), moment(begin_of(np.array([us(start)]), period, 1)[0]))
        for n in range(0, len(ids), SERIES_AT_ONCE):
            some = {one: statistics[one] for one in ids[n : n + SERIES_AT_ONCE]}
            yield period_columns(some, start, until, period)
        start = until


def _labelled(piece: Columns, labels: dict[int, _Label]) -> Columns:
    """Words in the place of numbers."""
    series, place = np.unique(piece["series_id"], return_inverse=True)
    found: Columns = {"series_id": piece["series_id"].astype(np.int32)}
    for name in _Label.__slots__:
        found[name] = np.array([getattr(labels[one], name) for one in series.tolist()], object)[place]
    for name, column in piece.items():
        if name == "flag":
            found["flag"] = LETTERS[column & DATA_FLAG_BITS]
            found["marks"] = MARKS[column >> 4]
        elif name == "source":
            found["source"] = SOURCES[np.minimum(column, len(SOURCES) - 1)]
        elif name not in found:
            found[name] = column
    return found
