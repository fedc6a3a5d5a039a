"""Notes which periods of which series are to be summed up."""

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.periods import HOUR, period_start
from yuzhou.capabilities.sense.services.copying import copy_columns
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.rows import Rows
from yuzhou.capabilities.sense.services.staging import ensure_staging

_NOTE = """
WITH noted AS (DELETE FROM sense_noted RETURNING *)
INSERT INTO sense_due_period (series_id, start, hours, noted_at)
SELECT series_id, start, hours, clock_timestamp() FROM (SELECT DISTINCT series_id, start, hours FROM noted) AS each
ON CONFLICT (series_id, start, hours) DO UPDATE SET noted_at = excluded.noted_at
"""


def note_due(running: Engine, newer: Rows, older: Rows) -> tuple[Int, Int]:
    """Note periods that begin with a newer row, and those that an older row falls into, or a row of a period that is over:
    it may have been summed up already, while the logger was away.

    Returns series and period starts that `Engine.noted` may take over once all is durable.
    """
    series, start = _starts(running, newer)
    fresh = (start > running.noted[series]) | (start + running.period[series] <= newer.received)
    series, start = series[fresh], start[fresh]
    old_series, old_start = _starts(running, older)
    all_series, all_start = np.concatenate([series, old_series]), np.concatenate([start, old_start])
    if len(all_series):
        note_periods(all_series, all_start, running.period[all_series])
    return series, start


def note_periods(series: Int, start: Int, length: Int) -> None:
    """Note periods as due: their first moments and lengths in µs; a period may come more than once."""
    ensure_staging("sense_noted", "series_id int4, start timestamptz, hours int2")
    columns = {"series_id": ("int4", series), "start": ("timestamptz", start), "hours": ("int2", length // HOUR)}
    copy_columns("sense_noted", columns)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE)


def _starts(running: Engine, rows: Rows) -> tuple[Int, Int]:
    """Each period that holds a row, once, in the order of series and time."""
    period = running.period[rows.series]
    summed = period > 0
    series, start = rows.series[summed], period_start(rows.at[summed], period[summed])
    first = np.ones(len(series), np.bool_)
    first[1:] = (series[1:] != series[:-1]) | (start[1:] != start[:-1])
    return series[first], start[first]
