"""What is kept how long: readings and their hours move from PostgreSQL to Parquet by day, frames and refusals go."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Q

from yuzhou.capabilities.sense.models import ArchivedDay, Quarantine, SeriesRecord
from yuzhou.capabilities.sense.rules.periods import HOUR, period_of, period_start
from yuzhou.capabilities.sense.selectors.columns import HOURS, READINGS, archive_folder
from yuzhou.capabilities.sense.selectors.parquet import read_files
from yuzhou.capabilities.sense.services.aggregates import one_at_a_time
from yuzhou.capabilities.sense.services.archiving import KEEPER, archive_day, hot_days, sweep_files
from yuzhou.capabilities.sense.services.due import note_periods
from yuzhou.capabilities.sense.services.partitions import ensure_partitions
from yuzhou.capabilities.sense.services.purging import held_devices, purge_frames, purge_readings
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

DAYS_AHEAD = 7
__all__ = ["archive_day", "keep_partitions", "kept_days"]


def kept_days(name: str, default: int) -> int:
    """A setting in days."""
    return int(getattr(settings, name, default))


def keep_partitions(today: date | None = None) -> list[date]:
    """Make partitions for the days to come, archive and drop the old; returns the days whose readings were archived.

    Settings: `SENSE_HOT_DAYS` (readings in PostgreSQL, 62), `SENSE_FRAME_DAYS` (raw frames and refusals, 30).
    Opens its own transactions, as the database owner.
    """
    day = today or now().date()
    with acting_as(KEEPER):
        for table in ("sense_reading", "sense_raw_frame"):
            ensure_partitions(table, [day + timedelta(days=n) for n in range(DAYS_AHEAD)])
    oldest_hot = day - timedelta(days=kept_days("SENSE_HOT_DAYS", 62))
    moved = [found for found in hot_days(READINGS) if found < oldest_hot and archive_day(found)]
    with one_at_a_time() as mine:
        for found in hot_days(HOURS) if mine else ():
            if found < oldest_hot:
                archive_day(found, HOURS)
    note_unsummed()
    purge_readings(day)
    for archived in (READINGS, HOURS):
        sweep_files(archived)
    frame_days = kept_days("SENSE_FRAME_DAYS", 30)
    purge_frames(day, frame_days)
    _drop_refusals(day - timedelta(days=frame_days))
    return moved


def note_unsummed() -> int:
    """Note the hours of days that were archived before there were summaries, each day once; returns how many."""
    noted = 0
    for record in ArchivedDay.objects.filter(hours_file="", hours_rows=0).exclude(file=""):
        found = read_files([archive_folder(READINGS) / f"{record.day:%Y}" / record.file], ["series_id", "at"])
        hours = np.unique(np.stack([found["series_id"].astype(np.int64), found["at"] // HOUR], 1), axis=0).reshape(-1, 2)
        summed = dict(SeriesRecord.objects.filter(id__in=np.unique(hours[:, 0]).tolist()).values_list("id", "statistic"))
        length = np.array([period_of(summed.get(series, "")) for series in hours[:, 0].tolist()], np.int64)
        chosen = length > 0
        series, length = hours[chosen, 0], length[chosen]
        with acting_as(KEEPER):
            note_periods(series, period_start(hours[chosen, 1] * HOUR, length), length)
            ArchivedDay.objects.filter(day=record.day, hours_rows=0).update(hours_rows=-1)
        noted += len(series)
    return noted


def _drop_refusals(oldest: date) -> None:
    """Those of devices under a hold stay."""
    with acting_as(KEEPER):
        over = Quarantine.objects.filter(received_at__lt=datetime.combine(oldest, datetime.min.time(), UTC))
        over.filter(Q(device_id=None) | ~Q(device_id__in=held_devices())).delete()
