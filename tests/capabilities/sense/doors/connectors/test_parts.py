"""The small parts: pauses, addresses that may be reached, settings, marks of gaps."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua

from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.capabilities.sense.doors.connectors.backoff import Backoff, first_delay
from yuzhou.capabilities.sense.doors.connectors.faults import Unreachable
from yuzhou.capabilities.sense.doors.connectors.links import MOST_SHAPES, Layouts, LooseShape
from yuzhou.capabilities.sense.doors.connectors.reach import find_address, is_allowed, read_networks
from yuzhou.capabilities.sense.doors.connectors.settings import Node, read_modbus, read_opcua
from yuzhou.capabilities.sense.doors.opcua.certificate import own_application
from yuzhou.capabilities.sense.doors.opcua.notifications import Columns, NodeReader, micros
from yuzhou.kernel.errors import Invalid

NO_LINK = DataFlag.LINK_FAULT | Mark.SUSPECT
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_pauses_double_up_to_a_limit_and_are_not_all_alike() -> None:
    pauses = [Backoff(1, 60) for _ in range(50)]
    first = [one.failed() for one in pauses]
    assert all(2 / 3 <= pause <= 1 for pause in first)
    assert len(set(first)) > 40
    later = [pauses[0].failed() for _ in range(2000)]
    assert max(later) <= 60
    assert min(later[10:]) >= 40
    pauses[0].worked()
    assert pauses[0].failed() <= 1


def test_first_polls_are_spread_and_stay_where_they_were() -> None:
    delays = [first_delay(f"device-{n}", 10) for n in range(1000)]
    assert delays == [first_delay(f"device-{n}", 10) for n in range(1000)]
    assert all(350 < sum(start <= delay < start + 4 for delay in delays) < 450 for start in (0, 3, 6))


@pytest.mark.parametrize(
    ("address", "networks", "allowed"),
    [
        ("10.1.2.3", "", True),
        ("127.0.0.1", "", True),
        ("169.254.169.254", "", False),
        ("::ffff:169.254.169.254", "", False),
        ("fe80::1%eth0", "", False),
        ("0.0.0.0", "", False),  # noqa: S104 - refused
        ("224.0.0.1", "", False),
        ("10.1.2.3", "10.0.0.0/8, 192.168.7.0/24", True),
        ("192.168.8.1", "10.0.0.0/8,192.168.7.0/24", False),
        ("169.254.1.1", "169.254.0.0/16", False),
    ],
)
def test_where_connectors_may_go(address: str, networks: str, allowed: bool) -> None:
    assert is_allowed(address, read_networks(networks)) is allowed


async def test_a_name_that_leads_nowhere_or_to_where_we_may_not_go() -> None:
    with pytest.raises(Unreachable, match=r"connectors\.unknown-host"):
        await find_address("no-such-host.invalid", 502, ())
    with pytest.raises(Unreachable, match=r"connectors\.forbidden-host"):
        await find_address("localhost", 502, read_networks("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "user@host"}, "host"),
        ({"host": "x", "port": 0}, "port"),
        ({"host": "x", "unit": 256}, "unit"),
        ({"host": "x", "unit": 1.5}, "unit"),
        ({"host": "x", "interval": "soon"}, "interval"),
        ({"host": "x", "interval": "nan"}, "interval"),
    ],
)
def test_wrong_settings_of_modbus(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_modbus(settings)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": "http://x:80"}, "endpoint"),
        ({"endpoint": "opc.tcp://user:secret@x:4840"}, "endpoint"),
        ({"endpoint": "opc.tcp://x:port"}, "endpoint"),
        ({"endpoint": "opc.tcp://x", "security": "Basic128Rsa15-Sign"}, "security"),
        ({"endpoint": "opc.tcp://x", "publishing": 0}, "publishing"),
        ({"endpoint": "opc.tcp://x", "nodes": [{"name": "x"}]}, "nodes"),
        ({"endpoint": "opc.tcp://x", "nodes": "all"}, "nodes"),
    ],
)
def test_wrong_settings_of_opcua(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_opcua(settings)
    assert caught.value.field == field


def test_layouts_are_kept_up_to_a_number() -> None:
    layouts = Layouts()
    first = layouts.shape(("a", "b"))
    assert layouts.shape(("a", "b")) is first
    for n in range(2 * MOST_SHAPES):
        layouts.shape((f"p{n}",))
    assert isinstance(layouts.shape(("new",)), LooseShape)
    assert layouts.shape(("a", "b")) is first


def value(number: Any, status: int = 0, seconds: float = 0.0) -> ua.DataValue:
    moment = NOW + timedelta(seconds=seconds)
    return ua.DataValue(ua.Variant(number), ua.StatusCode(status), moment, moment)


def test_a_queue_that_ran_over_leaves_a_mark_between() -> None:
    reader, columns = NodeReader(Node("t", "i=1"), None), Columns()
    assert reader.read(value(1.0), columns, micros(NOW))
    assert reader.read(value(9.0, 0x480, 60), columns, micros(NOW) + 61_000_000)
    assert columns.names == ["t", "t", "t"]
    assert columns.values[0] == 1.0
    assert math.isnan(columns.values[1])
    assert columns.values[2] == 9.0
    assert list(columns.flags) == [0, NO_LINK, 0]
    assert columns.ats == [micros(NOW), micros(NOW) + 1000, micros(NOW) + 60_000_000]
    assert reader.gap


def test_a_clock_far_ahead_is_suspect_and_ours_may_be_taken_instead() -> None:
    reader, columns = NodeReader(Node("t", "i=1"), None), Columns()
    reader.read(value(1.0, seconds=90), columns, micros(NOW))
    reader.read(value(1.0, seconds=90), columns, micros(NOW), own_clock=True)
    assert list(columns.flags) == [Mark.SUSPECT, 0]
    assert columns.ats == [micros(NOW) + 90_000_000, micros(NOW)]


def test_a_bad_array_is_unknown_in_each_place() -> None:
    reader, columns = NodeReader(Node("z", "i=1"), None), Columns()
    reader.read(value([1.0, 2.0]), columns, micros(NOW))
    reader.read(ua.DataValue(StatusCode=ua.StatusCode(0x808D0000)), columns, micros(NOW))
    assert columns.names == ["z[0]", "z[1]"] * 2
    assert list(columns.flags[2:]) == [DataFlag.STOPPED | Mark.SUSPECT] * 2
    assert not reader.read(value("text"), columns, micros(NOW))


def test_our_certificate_is_made_once_and_its_key_is_ours_alone(tmp_path: Any) -> None:
    made = own_application(tmp_path / "keys")
    content = made.certificate.read_bytes()
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert own_application(tmp_path / "keys").certificate.read_bytes() == content
