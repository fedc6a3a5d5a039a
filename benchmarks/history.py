"""The history, hot and Parquet as one, beside plain peers over the same rows in the same run.

    python benchmarks/history.py                    a year of one series, an hour of 10,000, what summaries cost on ingest
    python benchmarks/history.py --days 120         a shorter past

The peers: everything in PostgreSQL, in one table with the same key; and Parquet files as they come (a file per day in the order
of time, read by a glob). Prints milliseconds, the median of several, and how many times as long a peer takes.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from stage import database

DAY = 86_400_000_000
LONG, WIDE = 100, 10_000
STEP = 10  # minutes, of the series that go over the year
HOT_DAYS = 62


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args()
    with database():
        measure(asked.days, asked.runs)


def measure(days: int, runs: int) -> None:
    """Fill, move, ask."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    began = time.perf_counter()
    long, wide = register()
    cold = end - timedelta(days=HOT_DAYS + 10)
    fill(long, wide, [end - timedelta(days=n) for n in range(days, 0, -1)], {cold, end - timedelta(days=1)})
    files = plain_files(days, end)
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    move(end)
    print(f"moved to Parquet in {time.perf_counter() - began:.0f} s", flush=True)
    compare_year(long, end, days, files, runs)
    for name, day in (("hot", end - timedelta(days=1)), ("archived", cold)):
        compare_hour(wide, day, name, files, runs)
    compare_ingest(wide, end)


def register() -> tuple[list[int], list[int]]:
    """Series ids: those over the year, and those of one hour."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import SeriesSpec, Statistic
    from yuzhou.capabilities.sense.models import SeriesRecord
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    ids = []
    with acting_as(actor):
        for number in range(10):
            device = api.register_device(
                actor=actor,
                protocol="hj212",
                identity=f"HISTORY{number}",
                secret="123456",
                title=Text("样例", "Sample"),
                profile="",
                place_path="50.a",
            )
            names = [
                SeriesRecord(device_id=device.id, property=f"p{n}", statistic=Statistic.RTD) for n in range((LONG + WIDE) // 10)
            ]
            ids += [record.id for record in SeriesRecord.objects.bulk_create(names)]
        api.ensure_series(device_id=device.id, specs=[SeriesSpec("last", Statistic.RTD)])
    return ids[:LONG], ids[LONG:]


def fill(long: list[int], wide: list[int], days: list[datetime], busy: set[datetime]) -> None:
    """The same rows into the partitions and into the peer's table, day by day."""
    from django.db import connection, transaction

    from yuzhou.capabilities.sense.services.copying import copy_columns
    from yuzhou.capabilities.sense.services.partitions import ensure_partitions

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE peer (LIKE sense_reading INCLUDING ALL)")
    rng = np.random.default_rng(3)
    for day in days:
        minutes = np.arange(0, 1440, STEP)
        rows = grid(long, minutes)
        if day in busy:
            by_time = np.tile(wide, 180), np.repeat(np.arange(480, 660), len(wide))  # as they come
            rows = tuple(np.concatenate(pair) for pair in zip(rows, by_time, strict=True))
        at = round(day.timestamp() * 1e6) + rows[1] * 60_000_000
        columns = {
            "series_id": ("int4", rows[0]),
            "at": ("timestamptz", at),
            "value": ("float8", np.abs(rng.normal(60, 9, len(at))).round(2)),
            "flag": ("int2", np.zeros(len(at), np.int16)),
            "source": ("int2", np.zeros(len(at), np.int16)),
            "received_at": ("timestamptz", at + 1_500_000),
        }
        with transaction.atomic():
            ensure_partitions("sense_reading", [day.date()])
            copy_columns("sense_reading", columns)
            copy_columns("peer", columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sense_due_period (series_id, start, hours, noted_at)"
            " SELECT DISTINCT series_id, date_trunc('hour', at), 1, now() FROM sense_reading WHERE series_id = ANY(%s)",
            [long[:2]],
        )
        cursor.execute("ANALYZE sense_reading, peer")


def grid(series: list[int], minutes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Series and minute of each row, in the order of series and time."""
    return np.repeat(series, len(minutes)), np.tile(minutes, len(series))


def plain_files(days: int, end: datetime) -> str:
    """A file per day in the order of time, with the defaults."""
    import duckdb
    from django.conf import settings

    from yuzhou.capabilities.sense.selectors.columns import read_hot

    folder = Path(settings.DATA_FOLDER) / "plain"
    folder.mkdir(parents=True)
    with duckdb.connect() as plain:
        for n in range(days, 0, -1):
            day = end - timedelta(days=n)
            rows = read_hot("r.at >= %s AND r.at < %s", [day, day + timedelta(days=1)])
            plain.register("rows", rows)
            plain.sql('SELECT * FROM rows ORDER BY "at"').write_parquet(str(folder / f"{day:%Y%m%d}.parquet"))
    return str(folder / "*.parquet")


def move(end: datetime) -> None:
    """Sum up two of the long series, and archive what is not hot."""
    from yuzhou.capabilities.sense.services.aggregates import close_periods
    from yuzhou.capabilities.sense.services.retention import keep_partitions

    began = time.perf_counter()
    close_periods()
    print(f"summed up two series in {time.perf_counter() - began:.0f} s", flush=True)
    keep_partitions(end.date())


def timed(runs: int, call: Callable[[], int]) -> tuple[float, int]:
    """Median milliseconds, and the rows that came."""
    taken, rows = [], 0
    for _ in range(runs):
        began = time.perf_counter()
        rows = call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000, rows


def show(title: str, ours: tuple[float, int], peers: dict[str, tuple[float, int]]) -> None:
    """Print a comparison."""
    print(f"{title}: {ours[0]:.1f} ms for {ours[1]:,} rows", flush=True)
    for name, (taken, rows) in peers.items():
        print(f"   {name}: {taken:.1f} ms for {rows:,} rows, {taken / ours[0]:.2f} times as long", flush=True)


def ask(name: str, **more: object) -> Callable[[], int]:
    """A call of the API as a page makes it."""
    from yuzhou.capabilities.sense import api
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")

    def call() -> int:
        with acting_as(actor):
            return len(getattr(api, name)(actor=actor, **more))

    return call


def in_postgres(query: str, params: list[object]) -> Callable[[], int]:
    """The peer in PostgreSQL: binary COPY, as fast clients read it."""
    from django.db import connection

    def call() -> int:
        copied = f"COPY (SELECT * FROM peer r WHERE {query} ORDER BY r.series_id, r.at) TO STDOUT (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(copied, params) as copy:
            return sum(1 for _ in copy) - 1

    return call


def in_files(files: str, query: str, params: list[object]) -> Callable[[], int]:
    """The peer in files."""
    import duckdb

    def call() -> int:
        with duckdb.connect() as plain:
            found = plain.execute(f'SELECT * FROM read_parquet(?) WHERE {query} ORDER BY series_id, "at"', [files, *params])
            return len(found.fetchnumpy()["at"])

    return call


def compare_year(long: list[int], end: datetime, days: int, files: str, runs: int) -> None:
    """One series over the whole past."""
    from yuzhou.capabilities.sense.contracts import Period
    from yuzhou.capabilities.sense.selectors.columns import us

    start, series = end - timedelta(days=days), long[0]
    span = {"series_ids": [series], "start": start, "end": end}
    everything = [series, us(start), us(end)]
    ours = timed(runs, ask("read_history", limit=5_000_000, **span))
    peers = {
        "all in PostgreSQL": timed(runs, in_postgres("r.series_id = %s AND r.at >= %s AND r.at < %s", [series, start, end])),
        "plain files": timed(runs, in_files(files, 'series_id = ? AND "at" >= ? AND "at" < ?', everything)),
    }
    show(f"{days} days of one series, every reading", ours, peers)
    by_day = timed(runs, ask("read_summaries", period=Period.DAY, **span))
    query = (
        "SELECT date_trunc('day', at, 'Asia/Shanghai'), avg(value), min(value), max(value), count(*)"
        " FROM peer WHERE series_id = %s AND at >= %s AND at < %s AND flag & 143 = 0 GROUP BY 1 ORDER BY 1"
    )
    show("the same by day", by_day, {"all in PostgreSQL": timed(runs, in_sql(query, [series, start, end]))})
    show("the same as a chart of 1,000 points", timed(runs, ask("thin_history", points=1000, **span)), {})


def in_sql(query: str, params: list[object]) -> Callable[[], int]:
    """A plain query."""
    from django.db import connection

    def call() -> int:
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return len(cursor.fetchall())

    return call


def compare_hour(wide: list[int], day: datetime, name: str, files: str, runs: int) -> None:
    """All wide series over an hour."""
    from yuzhou.capabilities.sense.selectors.columns import us

    start = day + timedelta(hours=9)
    end = start + timedelta(hours=1)
    ours = timed(runs, ask("read_history", series_ids=wide, start=start, end=end, limit=5_000_000))
    params = [wide, start, end]
    peers = {
        "all in PostgreSQL": timed(runs, in_postgres("r.series_id = ANY(%s) AND r.at >= %s AND r.at < %s", params)),
        "plain files": timed(
            runs, in_files(files, 'series_id IN (SELECT unnest(?)) AND "at" >= ? AND "at" < ?', [wide, us(start), us(end)])
        ),
    }
    show(f"an hour of {len(wide):,} series, {name}", ours, peers)


def compare_ingest(wide: list[int], end: datetime) -> None:
    """Batches as they come in life, with and without noting what is to be summed up; then the summing up itself."""
    from yuzhou.capabilities.sense.services import due
    from yuzhou.capabilities.sense.services.aggregates import close_periods

    series = wide[:2000]
    note = due.note_periods
    ratios = []
    for round_ in range(3):
        taken = {}
        for name, call in (("without", lambda *_: None), ("with", note)):
            due.note_periods = call
            taken[name] = ingest_hours(series, end - timedelta(days=20 - 3 * round_ - (name == "with")))
        ratios.append(taken["without"] / taken["with"])
    due.note_periods = note
    print(f"ingest with summaries noted goes {statistics.median(ratios):.2f} times as fast as without", flush=True)
    began = time.perf_counter()
    close_periods()
    seconds = time.perf_counter() - began
    hours = 3 * 3 * len(series)
    print(f"summed up {hours:,} hours with their means in {seconds:.1f} s: {hours / seconds:,.0f} per second", flush=True)


def ingest_hours(series: list[int], start: datetime) -> float:
    """Seconds for three hours of the series, a minute in each batch."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import ReadingBatch

    taken = 0.0
    for minute in range(0, 180, 5):
        moments = [round((start + timedelta(minutes=minute + n)).timestamp() * 1e6) for n in range(5)]
        batch = ReadingBatch.of(
            series_id=np.tile(series, 5),
            at=np.repeat(moments, len(series)),
            value=np.arange(5 * len(series)) % 97,
            received_at=start + timedelta(minutes=minute + 5),
        )
        began = time.perf_counter()
        api.ingest(batch)
        taken += time.perf_counter() - began
    return taken


if __name__ == "__main__":
    main()
