"""One answer for any span: raw, by period, thinned, exported."""

import csv
import io
import json
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, T0, batch, minute, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import DataFlag, ExportFormat, Period, Thinning
from yuzhou.capabilities.sense.rules.thinning import largest_triangles
from yuzhou.capabilities.sense.selectors import exports
from yuzhou.capabilities.sense.services.retention import keep_partitions
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.transactions import acting_as

FROM, TO = T0 - timedelta(days=30), T0 + timedelta(days=2)
DAYS, STEP = 20, 30
COUNT = DAYS * 1440 // STEP + 2
db = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def ids(make_device, settings, tmp_path):
    """Two series over three weeks, most of it in Parquet."""
    settings.DATA_FOLDER = tmp_path
    settings.SENSE_HOT_DAYS = 3
    found = series_of(make_device())
    for series in (found[COD, RTD], found[AMMONIA, RTD]):
        points = [(n, float((n * 7919) % 101)) for n in range(-DAYS * 1440, 60, STEP)]
        api.ingest(batch(series, *points))
    api.close_periods(minute(71))
    keep_partitions(T0.date())
    return sorted([found[COD, RTD], found[AMMONIA, RTD]])


def ask(name, **more):
    with acting_as(SYSTEM):
        return getattr(api, name)(**({"actor": SYSTEM, "start": FROM, "end": TO} | more))


class TestRaw:
    pytestmark = db

    def test_hot_and_archived_are_one_in_the_order_of_series_and_time(self, ids):
        found = ask("read_history", series_ids=[ids[1], ids[0], 999_999])
        assert (len(found), found.truncated, found.after) == (2 * COUNT, False, None)
        assert found.columns["series_id"].tolist() == [ids[0]] * COUNT + [ids[1]] * COUNT
        assert (np.diff(found.columns["at"][:COUNT]) == STEP * 60_000_000).all()

    def test_what_is_cut_off_goes_on_exactly_there(self, ids):
        whole, pieces, after = ask("read_history", series_ids=ids), [], None
        for _ in range(20):
            found = ask("read_history", series_ids=ids, limit=300, after=after)
            pieces.append(found.columns)
            after = found.after
            if not found.truncated:
                break
        for name, column in whole.columns.items():
            np.testing.assert_array_equal(np.concatenate([piece[name] for piece in pieces]), column)

    def test_nobody_reads_what_is_not_in_reach(self, ids):
        nobody = Actor.public()
        for name, more in (("read_history", {}), ("read_summaries", {"period": Period.DAY}), ("thin_history", {})):
            assert len(ask(name, actor=nobody, series_ids=ids, **more)) == 0


class TestPeriodsAndThinning:
    pytestmark = db

    def test_periods_bear_both_means_and_say_where_they_are_cut(self, ids):
        found = ask("read_summaries", series_ids=ids, period=Period.DAY)
        assert found.columns["count"].sum() == 2 * COUNT
        assert set(found.columns) >= {"mean", "time_mean", "low", "high", "total", "first", "last", "valid"}
        cut = ask("read_summaries", series_ids=ids, period=Period.DAY, limit=5)
        assert (len(cut), cut.truncated) == (5, True)

    def test_more_periods_than_can_be_are_refused(self, ids):
        with pytest.raises(Invalid):
            ask("read_summaries", series_ids=ids, period=Period.MINUTE, start=T0 - timedelta(days=365 * 20))

    @pytest.mark.parametrize("thinning", list(Thinning))
    @pytest.mark.parametrize("start", [FROM, T0 - timedelta(days=5)])
    def test_a_chart_gets_as_many_points_as_it_asked_for(self, ids, thinning, start):
        found = ask("thin_history", series_ids=ids, start=start, points=100, thinning=thinning)
        _, counts = np.unique(found.columns["series_id"], return_counts=True)
        assert len(counts) == 2
        assert (counts <= 101).all()
        assert (counts > 50).all()
        if thinning is Thinning.MAX:
            assert found.columns["value"].max() == ask("read_history", series_ids=ids, start=start).columns["value"].max()

    def test_long_spans_of_the_older_call_come_from_hours_too(self, ids):
        with acting_as(SYSTEM):
            found = api.read_series(actor=SYSTEM, series_ids=ids, start=FROM, end=TO, resolution_seconds=86400)
        days = ask("read_summaries", series_ids=ids, period=Period.DAY)
        np.testing.assert_array_equal(found[ids[0]].value, days.columns["mean"][: len(found[ids[0]])])


class TestExports:
    pytestmark = db

    def export(self, ids, format, **more):
        return b"".join(ask("export_history", series_ids=ids, format=format, **more))

    @pytest.mark.parametrize("at_once", [1000, 1])
    def test_every_format_holds_every_row(self, ids, monkeypatch, at_once):
        monkeypatch.setattr(exports, "SERIES_AT_ONCE", at_once)
        monkeypatch.setattr(exports, "ROWS_AT_ONCE", 100)
        rows = list(csv.DictReader(io.StringIO(self.export(ids, ExportFormat.CSV).decode())))
        lines = [json.loads(line) for line in self.export(ids, ExportFormat.JSON_LINES).splitlines()]
        arrow = pa.ipc.open_stream(self.export(ids, ExportFormat.ARROW)).read_all()
        table = parquet.read_table(io.BytesIO(self.export(ids, ExportFormat.PARQUET)))
        assert len(rows) == len(lines) == arrow.num_rows == table.num_rows == 2 * COUNT
        first = {"property": COD, "statistic": "rtd", "unit": "mg/L", "flag": "N", "marks": "", "source": "real_time"}
        assert first.items() <= lines[0].items()
        assert rows[0]["at"] == lines[0]["at"]
        assert rows[0]["at"].endswith("Z")
        assert sum(line["value"] for line in lines) == pytest.approx(sum(table["value"].to_pylist()))
        assert arrow["at"].type == pa.timestamp("us", "UTC")

    def test_periods_are_exported_too_each_once(self, ids, monkeypatch):
        monkeypatch.setattr(exports, "ROWS_AT_ONCE", 10)
        rows = [json.loads(line) for line in self.export(ids, ExportFormat.JSON_LINES, period=Period.DAY).splitlines()]
        days = ask("read_summaries", series_ids=ids, period=Period.DAY)
        assert len(rows) == len(days)
        assert sum(row["count"] for row in rows) == days.columns["count"].sum()

    def test_an_empty_history_is_a_whole_file(self, ids):
        nothing = {"start": T0 - timedelta(days=500), "end": T0 - timedelta(days=499)}
        assert self.export(ids, ExportFormat.CSV, **nothing).decode().startswith('"series_id","device"')
        assert parquet.read_table(io.BytesIO(self.export(ids, ExportFormat.PARQUET, **nothing))).num_rows == 0
        assert pa.ipc.open_stream(self.export([], ExportFormat.ARROW)).read_all().num_rows == 0

    def test_what_is_no_number_is_null_and_a_formula_is_text(self, make_device):
        series = series_of(make_device(identity="=HYPERLINK(1)"))[COD, RTD]
        api.ingest(batch(series, (0, float("nan")), flag=DataFlag.FAULT))
        (line,) = [json.loads(row) for row in self.export([series], ExportFormat.JSON_LINES).splitlines()]
        assert (line["value"], line["flag"], line["marks"], line["device"]) == (None, "D", "suspect", "'=HYPERLINK(1)")


def test_triangles_keep_the_peaks():
    at = np.arange(100_000, dtype=np.int64) * 1_000_000
    value = np.sin(at / 1e10)
    value[[777, 50_123]] = 40, -40
    value[5] = np.nan
    chosen = largest_triangles(at, value, 500)
    assert len(chosen) == 500
    assert {0, 777, 50_123, 99_999} <= set(chosen.tolist())
    assert (np.diff(chosen) > 0).all()
    assert largest_triangles(at[:10], value[:10], 500).tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
