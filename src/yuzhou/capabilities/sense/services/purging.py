"""Takes away what is over its time by the rules of retention, unless it is held. Hours and days that were summed up stay."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Q

from yuzhou.capabilities.sense.models import ArchivedDay, DeviceRecord, LegalHoldRecord, RetentionRecord, SeriesRecord
from yuzhou.capabilities.sense.selectors.columns import READINGS, archive_folder, held, work_folder
from yuzhou.capabilities.sense.selectors.parquet import ParquetWriter, read_files
from yuzhou.capabilities.sense.services.archiving import KEEPER, PIECE, next_path
from yuzhou.capabilities.sense.services.partitions import drop_partition, list_partitions, partition_name
from yuzhou.kernel.transactions import acting_as

SERIES_AT_ONCE = 1000


def purge_readings(today: date) -> int:
    """Remove readings whose days are over, hot and archived; returns how many. Opens its own transactions, as the owner."""
    with acting_as(KEEPER):
        oldest = _oldest_by_series(today)
    return _purge_hot(oldest) + _purge_archived(oldest)


def _oldest_by_series(today: date) -> dict[int, date]:
    """Of series that are not kept for ever nor held: the oldest UTC day that stays."""
    rules = list(RetentionRecord.objects.exclude(reading_days=None))
    if not rules:
        return {}
    series = SeriesRecord.objects.exclude(device_id__in=held_devices())
    days: dict[int, int] = {}
    by_profile = {rule.profile: rule.reading_days or 0 for rule in rules if rule.series_id is None}
    for number, profile in series.filter(device__profile__in=by_profile).values_list("id", "device__profile"):
        days[number] = by_profile[profile]
    own = {rule.series_id: rule.reading_days or 0 for rule in rules if rule.series_id is not None}
    for number in series.filter(id__in=own).values_list("id", flat=True):
        days[number] = own[number]
    return {number: today - timedelta(days=kept) for number, kept in days.items()}


def held_devices() -> list[UUID]:
    """Devices under a hold that stands."""
    holds = LegalHoldRecord.objects.filter(released_at=None)
    devices = [hold.device_id for hold in holds if hold.device_id]
    profiles = [hold.profile for hold in holds if hold.profile]
    return list(DeviceRecord.objects.filter(Q(id__in=devices) | Q(profile__in=profiles)).values_list("id", flat=True))


def _not_held(series: list[int]) -> list[int]:
    """Those of them whose devices are not held by now: a hold stops a purge that is under way."""
    free = SeriesRecord.objects.filter(id__in=series).exclude(device_id__in=held_devices())
    return list(free.values_list("id", flat=True))


def _purge_hot(oldest: dict[int, date]) -> int:
    """Row by row, some series at a time, so that nobody waits long."""
    removed = 0
    for day in sorted(set(oldest.values())):
        series = [number for number, first in oldest.items() if first == day]
        for n in range(0, len(series), SERIES_AT_ONCE):
            with acting_as(KEEPER), connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM sense_reading WHERE series_id = ANY(%s) AND at < %s",
                    [_not_held(series[n : n + SERIES_AT_ONCE]), datetime.combine(day, datetime.min.time(), UTC)],
                )
                removed += cursor.rowcount
    return removed


def _purge_archived(oldest: dict[int, date]) -> int:
    removed = 0
    with acting_as(KEEPER):
        days = list(ArchivedDay.objects.filter(day__lt=max(oldest.values(), default=date.min)).exclude(file="").order_by("day"))
    for record in days:
        with acting_as(KEEPER):
            over = sorted(_not_held([number for number, first in oldest.items() if record.day < first]))
        digest = hashlib.sha256(repr(over).encode()).hexdigest()[:32] if over else ""
        if over and record.purged != f"{record.file}:{digest}":
            removed += _purge_day(record, over, digest)
    return removed


def _purge_day(record: ArchivedDay, over: list[int], digest: str) -> int:
    """Write the file of a day anew without some series, or without any row where none is left."""
    path = archive_folder(READINGS) / f"{record.day:%Y}" / record.file
    series, counts = np.unique(read_files([path], ["series_id"])["series_id"], return_counts=True)
    gone = np.isin(series, over)
    named, rows = record.file, int(counts[~gone].sum())
    if gone.any():
        named = _without(record, path.name, series[~gone], counts[~gone]) if rows else ""
    with acting_as(KEEPER):
        ArchivedDay.objects.filter(day=record.day, file=record.file).update(file=named, rows=rows, purged=f"{named}:{digest}")
    return int(counts[gone].sum())


def _without(record: ArchivedDay, name: str, series: np.ndarray, counts: np.ndarray) -> str:
    old = archive_folder(READINGS) / f"{record.day:%Y}" / name
    path = next_path(record.day, READINGS)
    writer = ParquetWriter(path, READINGS.filed, work_folder())
    try:
        for part in np.split(series, np.flatnonzero(np.diff(np.cumsum(counts) // PIECE)) + 1):
            condition = '"series_id" BETWEEN ? AND ? AND "series_id" IN (SELECT unnest(?))'
            params = [int(part[0]), int(part[-1]), part.tolist()]
            writer.add(held(read_files([old], READINGS.names, condition, params), READINGS))
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return path.name


def purge_frames(today: date, usual_days: int) -> None:
    """Remove raw frames whose days are over: by their profile's rule or as usual, unless their device is held."""
    with acting_as(KEEPER):
        rules = RetentionRecord.objects.exclude(profile="").exclude(frame_days=None)
        days = {rule.profile: rule.frame_days or 0 for rule in rules}
        own = dict(DeviceRecord.objects.filter(profile__in=days).values_list("id", "profile"))
        partitions = list_partitions("sense_raw_frame")
    for day in partitions:
        age = (today - day).days
        if age <= min([usual_days, *days.values()]):
            continue
        with acting_as(KEEPER):
            kept = dict.fromkeys(held_devices())  # asked anew for each day: a hold stops a purge that is under way
        stay = [*kept, *(device for device, profile in own.items() if days[profile] >= age)]
        if age > usual_days:
            _drop_all_but(day, stay)
        else:
            _delete_of(day, [device for device, profile in own.items() if days[profile] < age and device not in kept])


def _drop_all_but(day: date, stay: Iterable[UUID]) -> None:
    name, stay = partition_name("sense_raw_frame", day), list(stay)
    with acting_as(KEEPER), connection.cursor() as cursor:
        if stay:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {name} WHERE device_id = ANY(%s))", [stay])
            if cursor.fetchone()[0]:
                cursor.execute(f"DELETE FROM {name} WHERE NOT device_id = ANY(%s)", [stay])
                return
        drop_partition("sense_raw_frame", day)


def _delete_of(day: date, devices: list[UUID]) -> None:
    if devices:
        with acting_as(KEEPER), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {partition_name('sense_raw_frame', day)} WHERE device_id = ANY(%s)", [devices])
