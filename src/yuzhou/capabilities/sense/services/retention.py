"""What is kept how long: readings and their hours move from PostgreSQL to Parquet by day, frames and refusals go."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from yuzhou.capabilities.sense.models import Quarantine
from yuzhou.capabilities.sense.selectors.columns import HOURS, READINGS
from yuzhou.capabilities.sense.services.aggregates import one_at_a_time
from yuzhou.capabilities.sense.services.archiving import KEEPER, archive_day, hot_days, sweep_files
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
    purge_readings(day)
    for archived in (READINGS, HOURS):
        sweep_files(archived)
    frame_days = kept_days("SENSE_FRAME_DAYS", 30)
    purge_frames(day, frame_days)
    _drop_refusals(day - timedelta(days=frame_days))
    return moved


def _drop_refusals(oldest: date) -> None:
    """Those of devices under a hold stay."""
    with acting_as(KEEPER):
        over = Quarantine.objects.filter(received_at__lt=datetime.combine(oldest, datetime.min.time(), UTC))
        over.filter(Q(device_id=None) | ~Q(device_id__in=held_devices())).delete()
