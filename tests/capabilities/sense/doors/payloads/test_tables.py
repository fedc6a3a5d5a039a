"""Readings out of CSV and Arrow: wide and long, times and numbers, exact refusals, bounds before unpacking."""

import io
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.payloads.columns import Columns, columns_of, settle
from yuzhou.capabilities.sense.doors.payloads.from_arrow import read_arrow
from yuzhou.capabilities.sense.doors.payloads.from_csv import read_csv
from yuzhou.capabilities.sense.doors.payloads.from_json import read_json
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals, Refused

AT = 1_795_420_800_000_000  # 2026-11-23T08:00:00Z
MINUTE = 60_000_000


def rows_of(columns: Columns) -> list[tuple[str, str, int, float, int, int]]:
    return [
        (columns.devices[d], columns.properties[p], (int(at) - AT) // MINUTE, float(v), int(f), int(row))
        for d, p, at, v, f, row in zip(
            columns.device, columns.property, columns.at, columns.value, columns.flag, columns.row, strict=True
        )
    ]


def told(refusals: Refusals) -> list[tuple[str, int, str]]:
    return [(refusal.code, refusal.row, refusal.field) for refusal in refusals.kept]


WIDE = """at,device,temperature,pump
2026-11-23T08:00:00Z,a,21.5,true
2026-11-23T16:01:00+08:00,b,,false
"""
LONG = """device,property,at,value,flag,unit
a,temperature,1795420800000,21.5,,Cel
b,pump,1795420860000,0,M,
"""


def test_wide_csv() -> None:
    refusals = Refusals()
    found = read_csv(WIDE.encode(), refusals)
    assert rows_of(found) == [("a", "temperature", 0, 21.5, 0, 1), ("a", "pump", 0, 1, 0, 1), ("b", "pump", 1, 0, 0, 2)]
    assert not refusals


def test_long_csv_with_byte_order_mark() -> None:
    refusals = Refusals()
    found = read_csv(b"\xef\xbb\xbf" + LONG.replace("\n", "\r\n").encode(), refusals)
    assert rows_of(found) == [("a", "temperature", 0, 21.5, 0, 1), ("b", "pump", 1, 0, DataFlag.MAINTENANCE, 2)]
    assert found.unit is not None
    assert [found.units[code] if code >= 0 else None for code in found.unit.tolist()] == ["Cel", None]
    assert not refusals


def test_each_wrong_cell_is_named_and_the_rest_is_taken() -> None:
    text = """at,device,t,u,flag
2026-11-23T08:00:00Z,a,1,2,
yesterday,a,1,2,
2026-11-23T08:00:00,a,1,2,
,a,1,2,

2026-11-23T08:01:00Z,a,warm,2,
2026-11-23T08:02:00Z,,1,2,
2026-11-23T08:03:00Z,a,1
2026-11-23T08:04:00Z,a,1,2,X
1795421100,a,nan,1e999,D
"""
    refusals = Refusals()
    found = read_csv(text.encode(), refusals)
    assert rows_of(found)[:3] == [("a", "t", 0, 1, 0, 1), ("a", "u", 0, 2, 0, 1), ("a", "u", 1, 2, 0, 6)]
    assert len(found) == 5
    assert sorted(told(refusals)) == [
        ("payload.cells", 8, ""),
        ("payload.device-missing", 7, "device"),
        ("payload.flag", 9, "flag"),
        ("payload.not-numeric", 6, "t"),
        ("payload.time", 2, "at"),
        ("payload.time-missing", 4, "at"),
        ("payload.time-naive", 3, "at"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "payload.empty"),
        (b"\n\n", "payload.empty"),
        (b"device,t\na,1\n", "payload.column-missing"),
        (b"at,t\n1795420800,1\n", "payload.column-missing"),
        (b"at,device,t,t\n", "payload.column-twice"),
        (b"at,device\n1795420800,a\n", "payload.no-values"),
        (b"at,device,t t\n1795420800,a,1\n", "payload.property"),
        (b"at,device,t\n1795420800,a,\xff\n", "payload.not-utf8"),
        (b'at,device,t\n1795420800,"a,1\n', "payload.not-csv"),
        (b"at,device,property,value,colour\n", "payload.unknown-member"),
    ],
)
def test_csv_that_cannot_be_read_at_all(text: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_csv(text, Refusals())
    assert refused.value.refusal.code == code


def stream(table: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def file(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def sample(rows: int = 3) -> pa.Table:
    at = pa.array(AT + np.arange(rows) * MINUTE).cast(pa.timestamp("us", "UTC"))
    device = pa.array(["a"] * rows).dictionary_encode()
    return pa.table({"at": at, "device": device, "t": np.arange(rows, dtype=np.float32), "on": pa.array([True] * rows)})


@pytest.mark.parametrize("written", [stream(sample()), stream(sample(), compression="zstd"), file(sample())])
def test_wide_arrow_in_every_dress(written: bytes) -> None:
    found = read_arrow(written, Refusals())
    assert rows_of(found) == [("a", name, n, n if name == "t" else 1, 0, n + 1) for n in range(3) for name in ("t", "on")]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrow_times_with_zone_and_as_numbers(unit: str) -> None:
    moments = pa.array([AT, None]).cast(pa.timestamp("us", "Asia/Shanghai")).cast(pa.timestamp(unit, "Asia/Shanghai"))
    refusals = Refusals()
    for at in (moments, moments.cast(pa.int64())):
        found = read_arrow(stream(pa.table({"at": at, "t": [1.0, 2.0]})), refusals, device="a")
        assert rows_of(found) == [("a", "t", 0, 1, 0, 1)]
    assert told(refusals) == [("payload.time-missing", 2, "at")] * 2


def test_arrow_without_zone_and_of_odd_types_is_refused() -> None:
    for table, code in (
        (pa.table({"at": pa.array([AT]).cast(pa.timestamp("us")), "t": [1.0]}), "payload.time-naive"),
        (pa.table({"at": pa.array([[1]]), "t": [1.0]}), "payload.column-type"),
        (pa.table({"at": pa.array([AT]), "t": pa.array([[1]])}), "payload.column-type"),
        (pa.table({"at": pa.array([AT]), "device": [1], "t": [1.0]}), "payload.column-type"),
    ):
        with pytest.raises(Refused) as refused:
            read_arrow(stream(table), Refusals(), device="a")
        assert refused.value.refusal.code == code


def test_rows_without_bytes_are_refused_before_they_are_laid_out() -> None:
    bomb = stream(pa.table({"at": pa.nulls(60_000_000), "t": pa.nulls(60_000_000)}))
    assert len(bomb) < 1_000
    with pytest.raises(Refused) as caught:
        read_arrow(bomb, Refusals(), device="a")
    assert caught.value.refusal.code == "payload.too-many"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = stream(pa.table({"at": pa.array(np.zeros(40_000_000, np.int64)), "t": pa.nulls(40_000_000)}), compression="zstd")
    assert len(bomb) < 100_000
    with pytest.raises(Refused) as refused:
        read_arrow(bomb, Refusals(), device="a")
    assert refused.value.refusal.code == "payload.too-large"


def test_too_many_readings_are_refused_whole() -> None:
    with pytest.raises(Refused) as refused:
        read_arrow(stream(sample(100_001)), Refusals())
    assert refused.value.refusal.code == "payload.too-many"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mangled_arrow_is_refused_and_nothing_worse(data: st.DataObject) -> None:
    whole = bytearray(stream(sample(), compression=data.draw(st.sampled_from([None, "zstd", "lz4"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with suppress(Refused):
        read_arrow(content, Refusals())


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from('at,device,t\n"0123456789-:TZ. \r')))
def test_mangled_csv_is_refused_and_nothing_worse(text: str) -> None:
    with suppress(Refused):
        read_csv(b"at,device,t\n" + text.encode(), Refusals())


class Bounded:
    unit, low, high, names = "Cel", -50.0, 80.0, {}


def test_settling_converts_bounds_and_refuses() -> None:
    text = """device,property,at,value,unit
a,t,1795420800,212,[degF]
a,t,1795420860,20,
a,t,1795420920,20,kg
a,x,1795420980,nan,
a,x,1795510980,1,
a,x,2,1,
"""
    refusals = Refusals()
    found = settle(
        read_csv(text.encode(), refusals),
        meaning=lambda device, name: (Bounded(), "Cel") if name == "t" else (None, ""),
        now=AT + 3600_000_000,
        refusals=refusals,
    )
    assert [(row, value) for *_, value, _, row in rows_of(found)][:2] == [(1, 100.0), (2, 20.0)]
    assert found.flag.tolist() == [DataFlag.OVER_RANGE | Mark.SUSPECT, 0, DataFlag.FAULT | Mark.SUSPECT]
    assert told(refusals) == [("payload.future-time", 5, "at"), ("payload.past-time", 6, "at"), ("payload.unit", 3, "units.t")]


def test_reports_as_columns() -> None:
    text = b"""[{"values": {"a": 1, "b": "on"}, "device": "x"}, {"at": 1795420860, "values": {"a": 2}, "flags": {"a": "D"}}]"""
    found = columns_of(read_json(text), received=AT, default_device="y")
    assert rows_of(found) == [("x", "a", 0, 1, 0, 1), ("y", "a", 1, 2, DataFlag.FAULT, 2)]
    assert found.unnumbered == 1
    assert len(columns_of([], received=AT)) == 0
