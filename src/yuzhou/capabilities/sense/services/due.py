"""Notes which periods of which series are to be summed up."""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.periods import HOUR, period_start
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.rows import Rows

_NOTE = """
INSERT INTO sense_due_period (series_id, start, hours, noted_at)
SELECT series_id, to_timestamp(seconds), hours, clock_timestamp()
FROM unnest(%s::int4[], %s::int8[], %s::int2[]) AS noted (series_id, seconds, hours)
ON CONFLICT (series_id, start, hours) DO UPDATE SET noted_at = excluded.noted_at
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """Periods to be noted (series, first moment, length in µs), and those of them that `Engine.noted` may take over after."""

    periods: tuple[Int, Int, Int]
    fresh: tuple[Int, Int]


def periods_of(running: Engine, newer: Rows, older: Rows) -> Noted:
    """Periods that begin with a newer row, and those that an older row falls into, or a row of a period that is over:
    it may have been summed up already, while the logger was away.
    """
    series, start = _starts(running, newer)
    fresh = (start > running.noted[series]) | (start + running.period[series] <= newer.received)
    series, start = series[fresh], start[fresh]
    old_series, old_start = _starts(running, older)
    all_series, all_start = np.concatenate([series, old_series]), np.concatenate([start, old_start])
    return Noted((all_series, all_start, running.period[all_series]), (series, start))


def note_periods(series: Int, start: Int, length: Int) -> None:
    """Note periods as due: their first moments and lengths in µs; a period may come more than once."""
    if not len(series):
        return
    order = np.lexsort((length, start, series))
    columns = [column[order] for column in (series, start // 1_000_000, length // HOUR)]
    once = np.append(True, np.logical_or.reduce([column[1:] != column[:-1] for column in columns]))
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [column[once].tolist() for column in columns])


def _starts(running: Engine, rows: Rows) -> tuple[Int, Int]:
    """Each period that holds a row, once, in the order of series and time."""
    period = running.period[rows.series]
    summed = period > 0
    series, start = rows.series[summed], period_start(rows.at[summed], period[summed])
    first = np.ones(len(series), np.bool_)
    first[1:] = (series[1:] != series[:-1]) | (start[1:] != start[:-1])
    return series[first], start[first]
