"""Edge nodes: births and deaths, sequence, aliases, values. Payloads by pysparkplug where a node makes them."""

import math
from typing import Any

import pysparkplug
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.contracts import DataFlag
from yuzhou.capabilities.sense.doors.mqtt.sparkplug import commands
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import DataType, number_of, put_value
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.node import EdgeNode, NotSparkplug, Told
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import Payload, parse
from yuzhou.capabilities.sense.doors.mqtt.topics import SparkplugTopic, Word

NOW = 1_750_000_000_000_000


def message(seq: int | None = None, *, bd_seq: int | None = None, at: int = 1_750_000_000_000, **metrics: float) -> Any:
    payload = Payload(timestamp=at)
    if seq is not None:
        payload.seq = seq
    if bd_seq is not None:
        payload.metrics.add(name="bdSeq", datatype=DataType.INT64, long_value=bd_seq)
    for name, value in metrics.items():
        payload.metrics.add(name=name, datatype=DataType.DOUBLE, double_value=value)
    return payload


def birth(**aliases: int) -> Any:
    payload = message(1)
    for name, alias in aliases.items():
        payload.metrics.add(name=name, alias=alias, datatype=DataType.FLOAT, float_value=1.0)
    return payload


def take(node: EdgeNode, word: str, payload: Any, device: str = "", now: float = 0.0) -> Told:
    return node.take(SparkplugTopic("g", Word(word), "n", device), payload, received_at=NOW, now=now)


@pytest.fixture
def node() -> EdgeNode:
    born = EdgeNode("g/n")
    take(born, "NBIRTH", message(0, bd_seq=4, load=0.5))
    take(born, "DBIRTH", birth(temperature=7, pump=8), "d")
    return born


def test_a_birth_brings_values_and_presence() -> None:
    told = take(EdgeNode("g/n"), "NBIRTH", message(0, bd_seq=4, load=0.5))
    assert told.online == ["g/n"]
    assert [(value.name, value.number, value.at) for value in told.values] == [("load", 0.5, 1_750_000_000_000_000)]


def test_aliases_stand_for_names(node: EdgeNode) -> None:
    payload = message(2)
    payload.metrics.add(alias=7, timestamp=1_750_000_001_000, float_value=21.5)
    (value,) = take(node, "DDATA", payload, "d").values
    assert (value.name, value.number, value.at) == ("temperature", 21.5, 1_750_000_001_000_000)
    assert not node.rebirth_due(10.0)


def test_an_alias_that_nobody_declared_asks_for_a_birth(node: EdgeNode) -> None:
    payload = message(2)
    payload.metrics.add(alias=99, float_value=21.5)
    with pytest.raises(NotSparkplug, match="no-birth"):
        take(node, "DDATA", payload, "d")
    assert node.rebirth_due(0.0) == "unknown-metric"


def test_data_before_any_birth_are_read_by_name_and_ask_for_one() -> None:
    node = EdgeNode("g/n")
    assert take(node, "NDATA", message(9, load=0.5)).values[0].number == 0.5
    assert node.rebirth_due(0.0) == "data-before-birth"


def test_a_number_that_stays_away_asks_for_a_birth_and_one_that_is_late_does_not(node: EdgeNode) -> None:
    take(node, "NDATA", message(3, load=1.0), now=0.0)  # 2 is late
    assert not node.rebirth_due(0.5)
    take(node, "NDATA", message(2, load=1.0), now=0.6)
    assert not node.rebirth_due(5.0)
    take(node, "NDATA", message(6, load=1.0), now=6.0)
    assert not node.rebirth_due(7.0)
    assert node.rebirth_due(8.1) == "sequence"


def test_births_are_asked_for_seldomer_and_seldomer(node: EdgeNode) -> None:
    node.wants_birth = "sequence"
    asked = [second for second in range(200) if node.rebirth_due(float(second))]
    assert asked == [0, 10, 30, 70, 150]
    take(node, "NBIRTH", message(0, bd_seq=5))
    assert not node.rebirth_due(1000.0)


@given(st.lists(st.sampled_from([0, 1, 2]), max_size=30), st.integers(0, 255))
def test_the_sequence_goes_round_and_repeats_are_harmless(steps: list[int], start: int) -> None:
    node = EdgeNode("g/n")
    take(node, "NBIRTH", message(start, bd_seq=1))
    seq, lost = start, False
    for step in steps:
        lost |= step == 2
        seq = (seq + step) % 256
        take(node, "NDATA", message(seq, load=1.0), now=0.0)
    assert bool(node.rebirth_due(100.0)) == lost


def test_a_death_takes_the_devices_along_and_counts_for_its_own_birth_only(node: EdgeNode) -> None:
    stale = take(node, "NDEATH", message(bd_seq=3))
    assert (stale.offline, stale.marks) == ([], {"stale-death"})
    assert take(node, "NDEATH", message(bd_seq=4)).offline == ["g/n", "g/n/d"]
    assert not node.is_online


def test_a_device_dies_alone(node: EdgeNode) -> None:
    assert take(node, "DDEATH", message(2), "d").offline == ["g/n/d"]
    assert node.is_online


def test_a_new_birth_of_the_node_lets_its_devices_wait_for_theirs(node: EdgeNode) -> None:
    assert take(node, "NBIRTH", message(0, bd_seq=5)).offline == ["g/n/d"]


def test_a_restored_birth_reads_aliases_and_asks_for_a_new_one() -> None:
    restored = EdgeNode("g/n")
    restored.restore(SparkplugTopic("g", Word.NBIRTH, "n"), message(0, bd_seq=4))
    restored.restore(SparkplugTopic("g", Word.DBIRTH, "n", "d"), birth(temperature=7))
    payload = message(200)
    payload.metrics.add(alias=7, float_value=2.0)
    assert take(restored, "DDATA", payload, "d").values[0].name == "temperature"
    assert restored.rebirth_due(0.0) == "restarted"


def test_what_is_no_number_is_marked(node: EdgeNode) -> None:
    payload = message(0, bd_seq=5)
    payload.metrics.add(name="name", datatype=DataType.STRING, string_value="x")
    payload.metrics.add(name="table", datatype=DataType.DATASET).dataset_value.num_of_columns = 1
    payload.metrics.add(name="shape", datatype=DataType.TEMPLATE).template_value.is_definition = True
    payload.metrics.add(name="passing", datatype=DataType.FLOAT, float_value=1, is_transient=True)
    payload.metrics.add(name="gone", datatype=DataType.FLOAT, is_null=True)
    payload.metrics.add(name="old", datatype=DataType.FLOAT, float_value=1, is_historical=True)
    payload.metrics.add(name="Node Control/Rebirth", datatype=DataType.BOOLEAN, boolean_value=False)
    told = take(node, "NBIRTH", payload)
    assert told.marks == {"not-numeric", "transient"}
    assert [value.name for value in told.values] == ["gone", "old"]
    assert math.isnan(told.values[0].number)
    assert told.values[1].is_historical


def test_quality_becomes_the_data_flag(node: EdgeNode) -> None:
    payload = message(0, bd_seq=5)
    for name, quality in (("bad", 0), ("stale", 500), ("good", 192)):
        metric = payload.metrics.add(name=name, datatype=DataType.FLOAT, float_value=1)
        metric.properties.keys.append("Quality")
        metric.properties.values.add(type=DataType.INT32, int_value=quality)
    told = take(node, "NBIRTH", payload)
    assert [value.flag for value in told.values] == [DataFlag.FAULT, DataFlag.LINK_FAULT, DataFlag.NORMAL]


TYPES = {
    pysparkplug.DataType.INT8: st.integers(-128, 127),
    pysparkplug.DataType.INT16: st.integers(-(2**15), 2**15 - 1),
    pysparkplug.DataType.INT32: st.integers(-(2**31), 2**31 - 1),
    pysparkplug.DataType.INT64: st.integers(-(2**63), 2**63 - 1),
    pysparkplug.DataType.UINT8: st.integers(0, 255),
    pysparkplug.DataType.UINT32: st.integers(0, 2**32 - 1),
    pysparkplug.DataType.UINT64: st.integers(0, 2**64 - 1),
    pysparkplug.DataType.FLOAT: st.floats(width=32, allow_nan=False),
    pysparkplug.DataType.DOUBLE: st.floats(allow_nan=False),
    pysparkplug.DataType.BOOLEAN: st.booleans(),
}


@pytest.mark.parametrize("datatype", TYPES)
@given(data=st.data())
def test_values_of_another_implementation_are_read_and_written(datatype: Any, data: Any) -> None:
    value = data.draw(TYPES[datatype])
    made = pysparkplug.Metric(timestamp=1, name="m", datatype=datatype, value=value)
    content = pysparkplug.NData(timestamp=1, seq=0, metrics=(made,)).encode(include_dtypes=True)
    (metric,) = parse(content).metrics
    assert number_of(metric, metric.datatype) == float(value)
    if datatype not in (pysparkplug.DataType.INT64, pysparkplug.DataType.UINT64):  # a float holds 53 bits
        payload = Payload(timestamp=1, seq=0)
        written = payload.metrics.add(name="m", timestamp=1)
        put_value(written, int(datatype), float(value))
        (back,) = pysparkplug.NData.decode(payload.SerializeToString()).metrics
        assert back.value == value


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_happens(content: bytes) -> None:
    node = EdgeNode("g/n")
    try:
        take(node, "NDATA", parse(content))
    except (ValueError, NotSparkplug):
        return


@pytest.mark.parametrize(
    ("datatype", "value"), [(DataType.INT8, 128), (DataType.UINT16, -1), (DataType.INT32, 1.5), (DataType.TEXT, 1)]
)
def test_values_that_do_not_fit_are_not_written(datatype: int, value: float) -> None:
    with pytest.raises(ValueError, match=r".*"):
        put_value(Payload().metrics.add(), datatype, value)


def test_a_metric_is_written_by_its_alias_if_it_has_one(node: EdgeNode) -> None:
    (metric,) = parse(commands.write(node, "g/n/d", "pump", 2.5, at=9)).metrics
    assert (metric.alias, metric.HasField("name"), metric.float_value) == (8, False, 2.5)
    (metric,) = parse(commands.write(node, "g/n", "load", 2.5, at=9)).metrics
    assert (metric.name, metric.HasField("alias")) == ("load", False)
    with pytest.raises(NotSparkplug, match="no-such-metric"):
        commands.write(node, "g/n", "other", 1, at=9)
    assert str(commands.command_topic("g/n/d")) == "spBv1.0/g/DCMD/n/d"
    assert str(commands.command_topic("g/n")) == "spBv1.0/g/NCMD/n"
