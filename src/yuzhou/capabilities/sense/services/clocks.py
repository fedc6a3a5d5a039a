"""The clocks of devices: estimated while readings come in, kept for the desk, and given as a series that rules may look at."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense.contracts import Mark, ReadingBatch, SeriesSpec, Source, Statistic
from yuzhou.capabilities.sense.models import DeviceClockRecord
from yuzhou.capabilities.sense.rules.compiled import Int
from yuzhou.capabilities.sense.rules.drift import TOLERANCE, Drift
from yuzhou.capabilities.sense.services.devices import ensure_series
from yuzhou.capabilities.sense.services.engine import Engine
from yuzhou.capabilities.sense.services.rows import Rows, moment
from yuzhou.capabilities.sense.services.traits import traits_of
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

KEEPER = Actor.system("sense.clocks")
CLOCK_SERIES = SeriesSpec("clock-offset", Statistic.RTD, "s", Text("时钟偏差", "Clock offset"))
AT_ONCE = 2000
_NOTE = """
INSERT INTO sense_device_clock (device_id, offset_seconds, is_off, since, noted_at, told)
SELECT id, seconds, abs(seconds) > %s, %s, %s, false FROM unnest(%s::uuid[], %s::float8[]) AS n (id, seconds)
ON CONFLICT (device_id) DO UPDATE SET offset_seconds = excluded.offset_seconds, is_off = excluded.is_off,
  since = CASE WHEN sense_device_clock.is_off = excluded.is_off THEN sense_device_clock.since ELSE excluded.since END,
  noted_at = excluded.noted_at, told = false
"""

_drift: tuple[Sequence[UUID], Drift] | None = None


def note_clocks(running: Engine, *parts: Rows) -> None:
    """Take in when readings of a moment say that they were made; in the transaction that stores them."""
    global _drift
    devices, difference, received = _differences(running, parts)
    if not len(devices):
        return
    if _drift is None or _drift[0] is not running.devices:
        _drift = running.devices, Drift()
    noted, offset = _drift[1].observe(devices, difference, received)
    if len(noted):
        at = moment(received)
        ids = [running.devices[place] for place in noted]
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [TOLERANCE / 1e6, at, at, ids, (offset / 1e6).tolist()])


def _differences(running: Engine, parts: Sequence[Rows]) -> tuple[Int, Int, int]:
    devices, difference, received = [], [], 0
    for rows in parts:
        if len(rows):
            chosen = traits_of(rows.series).instant[rows.series] & (rows.source <= Source.REISSUED)
            devices.append(running.series_device[rows.series[chosen]].astype(np.int64))
            difference.append(rows.at[chosen] - rows.received)
            received = rows.received
    if not devices:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), received
    return np.concatenate(devices), np.concatenate(difference), received


def forget_clocks() -> None:
    """Start estimating afresh."""
    global _drift
    _drift = None


def tell_clocks(at: datetime | None = None) -> int:
    """Give what was noted of clocks as readings of the series `clock-offset` (s, ahead is positive), so that rules may judge it.

    A device has the series from the first time that its clock is off. Opens its own transactions, as the database owner.
    """
    from yuzhou.capabilities.sense.services.ingest import ingest

    with acting_as(KEEPER):
        waiting = DeviceClockRecord.objects.filter(told=False).order_by("noted_at")[:AT_ONCE]
        clocks = list(waiting.values_list("device_id", "offset_seconds", "is_off", "has_series", "noted_at"))
        wanted = [clock for clock in clocks if clock[2] or clock[3]]
        series = [ensure_series(device_id=clock[0], specs=[CLOCK_SERIES])[CLOCK_SERIES.key] for clock in wanted]
        DeviceClockRecord.objects.filter(device_id__in=[clock[0] for clock in wanted]).update(has_series=True)
    if wanted:
        ingest(
            ReadingBatch.of(
                series_id=series,
                at=[round(clock[4].timestamp() * 1e6) for clock in wanted],
                value=[clock[1] for clock in wanted],
                flag=Mark.COMPUTED,
                source=Source.COMPUTED,
                received_at=at or now(),
            )
        )
    with acting_as(KEEPER), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sense_device_clock c SET told = true FROM unnest(%s::uuid[], %s::timestamptz[]) AS t (id, noted_at)"
            " WHERE c.device_id = t.id AND c.noted_at = t.noted_at",
            [[clock[0] for clock in clocks], [clock[4] for clock in clocks]],
        )
    return len(wanted)
