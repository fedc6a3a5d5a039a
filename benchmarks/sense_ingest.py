"""Readings per second into durable rows with rules judged, beside raw COPY of the same rows into the same server.

    python benchmarks/sense_ingest.py [--devices 500] [--factors 10] [--minutes 120] [--batch 10000] [--rules]

Each batch holds as many moments of as many devices as fit; the raw COPY writes the same rows, in the same batches and with a
commit for each, into a plain table without index. Prints rates and the ratio.
"""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

START = datetime(2026, 11, 20, tzinfo=UTC)


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=500)
    options.add_argument("--factors", type=int, default=10)
    options.add_argument("--minutes", type=int, default=120)
    options.add_argument("--batch", type=int, default=10_000)
    options.add_argument("--profile", action="store_true")
    asked = options.parse_args()
    with database():
        measure(asked)


def measure(asked: argparse.Namespace) -> None:
    """Make devices and rules, then write the same rows in each way."""
    from yuzhou.capabilities.sense.contracts import Definition, Feed, Frozen, Level, Missing, Severity, Statistic

    series = register(asked.devices, asked.factors)
    rows = make_rows(series, asked.minutes)
    batches = [slice(n, n + asked.batch) for n in range(0, len(rows[0]), asked.batch)]
    raw = run_raw(rows, batches, "raw_reading")
    same = run_raw(shifted(rows, 5), batches, "sense_reading")
    bare = run_ingest(shifted(rows, 10), batches)
    define("limit", Definition((Level(Severity.WARNING, limit(90)), Level(Severity.MAJOR, limit(99)))), asked.factors)
    limits = run_ingest(shifted(rows, 20), batches)
    define("missing", Definition((Level(Severity.WARNING, Missing(Feed("f0", Statistic.RTD), 600)),)), 1)
    define("frozen", Definition((Level(Severity.NOTICE, Frozen(Feed("f1", Statistic.RTD), 30, 600)),)), 1)
    everything = run_ingest(shifted(rows, 30), batches, profile=asked.profile)
    total = len(rows[0])
    print(f"{asked.devices} devices × {asked.factors} factors × {asked.minutes} min = {total:,} rows, batches of {asked.batch:,}")
    figures = {"raw COPY, no index": raw, "raw COPY, same table": same, "ingest, no rules": bare}
    figures |= {"ingest, limits on all": limits, "and missing, frozen": everything}
    for name, seconds in figures.items():
        print(f"{name:>24}: {total / seconds:>10,.0f} rows/s   {raw / seconds:6.2f} of raw, {same / seconds:6.2f} of same table")


def limit(high: float):
    """A limit; `define` puts the factor in."""
    from yuzhou.capabilities.sense.contracts import Bound, Feed, Limit, Statistic

    return Limit(Feed("f0", Statistic.RTD), (Bound(high=high, clear_high=high - 5),))


def register(devices: int, factors: int) -> np.ndarray:
    """Series ids, devices × factors."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    ids = []
    with acting_as(actor):
        for number in range(devices):
            device = api.register_device(
                actor=actor,
                protocol="hj212",
                identity=f"MN{number:022d}",
                secret="123456",
                title=Text(f"样例 {number}", f"Sample {number}"),
                profile="bench",
                place_path="50.a",
                series=[SeriesSpec(f"f{n}", Statistic.RTD) for n in range(factors)],
            )
            found = api.ensure_series(device_id=device.id, specs=[SeriesSpec(f"f{n}", Statistic.RTD) for n in range(factors)])
            ids.append([found[f"f{n}", Statistic.RTD] for n in range(factors)])
    return np.array(ids)


def make_rows(series: np.ndarray, minutes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Series, time, value: minute by minute, device by device, as frames come."""
    rng = np.random.default_rng(7)
    flat = series.reshape(-1)
    at = int(START.timestamp() * 1e6) + np.repeat(np.arange(minutes) * 60_000_000, len(flat))
    walk = 60 + 12 * np.sin(np.arange(minutes)[:, None] / 30 + rng.random(len(flat)) * 6) + rng.normal(0, 1, (minutes, len(flat)))
    walk[rng.random(walk.shape) < 0.0005] = 95  # a limit is broken once in 2,000 readings
    return np.tile(flat, minutes), at, np.abs(walk).round(2).reshape(-1)


def shifted(rows: tuple[np.ndarray, ...], days: int) -> tuple[np.ndarray, ...]:
    """The same rows some days later."""
    return rows[0], rows[1] + days * 86_400_000_000, rows[2]


def define(kind: str, definition, factors: int) -> None:
    """A rule of the profile for each factor."""
    from dataclasses import replace

    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import Definition, Feed, Statistic
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        for n in range(factors):
            levels = tuple(
                replace(level, when=replace(level.when, feed=Feed(f"f{n}", Statistic.RTD)) if factors > 1 else level.when)
                for level in definition.levels
            )
            api.define_rule(
                actor=actor, key=f"{kind}{n}", title=Text("规则", "Rule"), definition=Definition(levels), profile="bench"
            )


def run_raw(rows: tuple[np.ndarray, ...], batches: list[slice], table: str) -> float:
    """COPY into a plain table, or into the partitions with their key; a commit for each batch."""
    from django.db import connection, transaction

    from yuzhou.capabilities.sense.services.copying import copy_columns
    from yuzhou.capabilities.sense.services.partitions import ensure_partitions

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS raw_reading (LIKE sense_reading)")
    ensure_partitions("sense_reading", [datetime.fromtimestamp(rows[1].min() / 1e6, UTC).date()])
    started = time.perf_counter()
    for part in batches:
        with transaction.atomic():
            series, at, value = (column[part] for column in rows)
            copy_columns(
                table,
                {
                    "series_id": ("int4", series),
                    "at": ("timestamptz", at),
                    "value": ("float8", value),
                    "flag": ("int2", np.zeros(len(at), np.int16)),
                    "source": ("int2", np.zeros(len(at), np.int16)),
                    "received_at": ("timestamptz", at),
                },
            )
    return time.perf_counter() - started


def run_ingest(rows: tuple[np.ndarray, ...], batches: list[slice], profile: bool = False) -> float:
    """The real way in; the first batch, which lays out the rules, is not counted."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import ReadingBatch

    def ingest(part: slice) -> None:
        series, at, value = (column[part] for column in rows)
        received = datetime.fromtimestamp(at.max() / 1e6, UTC) + timedelta(seconds=3)
        api.ingest(ReadingBatch.of(series_id=series, at=at, value=value, received_at=received))

    ingest(slice(0, 1))
    started = time.perf_counter()
    if profile:
        import cProfile
        import pstats

        with cProfile.Profile() as profiler:
            for part in batches:
                ingest(part)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(r"(sense/services|sense/rules|transactions|commit)")
    else:
        for part in batches:
            ingest(part)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
