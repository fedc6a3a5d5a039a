"""Long tables as files: every row once and in order, read a portion at a time while they are sent; and pages deep inside."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.capabilities.sense.stage import SYSTEM, T0, as_owner
from tests.capabilities.sense.test_onboarding_pages import city
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, DeviceFilter, DeviceState, QuarantinedFrame, RawFrame
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
MANY = 10_250
__all__ = ["city"]  # the fixture


@pytest.fixture
def crowd(make_device) -> Device:
    """A device among very many like it; every third was never heard, every fifth has the name of another."""
    first = make_device(place_path="50.0112")
    with as_owner(), connection.cursor() as cursor:
        columns = [c for c in _columns(cursor, "sense_device") if c not in ("id", "identity", "title_zh")]
        copied = ", ".join(columns)
        cursor.execute(
            f"INSERT INTO sense_device (id, identity, title_zh, {copied}) SELECT uuidv7(), 'C-' || lpad(n::text, 6, '0'),"
            f" '样例 ' || n - n %% 5, {copied} FROM sense_device, generate_series(1, %s) n",
            [MANY],
        )
        cursor.execute(
            "INSERT INTO sense_device_status SELECT id, 'online', CASE WHEN right(identity, 1) < '4' THEN NULL ELSE now()"
            " - right(identity, 3)::int * interval '1 minute' END FROM sense_device WHERE identity LIKE 'C-%'"
        )
    return first


def _columns(cursor, table: str) -> list[str]:
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table])
    return [name for (name,) in cursor.fetchall()]


def lines(client: Client, name: str, *args: object, **query: str) -> list[list[str]]:
    response = client.get(reverse(f"sense:{name}", args=args), {"format": "csv", **query})
    assert response.status_code == 200
    assert response.streaming
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


@pytest.mark.parametrize("order", ["title", "-title", "last_seen", "-last_seen", "-identity"])
def test_a_file_of_devices_has_each_once_in_the_order_of_the_table(crowd: Device, city: Client, order: str) -> None:
    _head, *rows = lines(city, "devices", sort=order)
    assert len({row[1] for row in rows}) == len(rows) == MANY + 1
    with acting_as(SYSTEM):
        column = {"title": "title_zh", "last_seen": "status__last_seen", "identity": "identity"}[order.lstrip("-")]
        named = ("-" if order.startswith("-") else "") + column
        first = [device.identity for device in api.list_devices(actor=SYSTEM, order=named, limit=5)]
        last = [device.identity for device in api.list_devices(actor=SYSTEM, order=named, offset=MANY - 4, limit=5)]
    assert [row[1] for row in rows[:5]] == first
    assert [row[1] for row in rows[-5:]] == last


@pytest.mark.parametrize("order", ["title_zh", "-title_zh", "-status__last_seen", "status__last_seen"])
def test_pages_from_either_end_leave_no_device_out(crowd: Device, order: str) -> None:
    with acting_as(SYSTEM):
        pages = [list(api.list_devices(actor=SYSTEM, order=order, offset=o, limit=1000)) for o in range(0, MANY + 1, 1000)]
        walked = list(_walk(order))
    assert [device.id for page in pages for device in page] == [device.id for device in walked]
    assert len({device.id for device in walked}) == MANY + 1


def _walk(order: str) -> Iterator[Device]:
    page = api.walk_devices(actor=SYSTEM, wanted=DeviceFilter(state=None), order=order)
    yield from page
    while page.after:
        page = api.walk_devices(actor=SYSTEM, wanted=DeviceFilter(), order=order, after=page.after)
        yield from page


def test_a_filter_holds_for_the_file_too(crowd: Device, city: Client) -> None:
    with acting_as(SYSTEM):
        wanted = DeviceFilter(text="C-0000", state=DeviceState.ONLINE)
        assert len(api.walk_devices(actor=SYSTEM, wanted=wanted)) == 99
    assert len(lines(city, "devices", q="C-0000", state="online")) == 100
    assert len(lines(city, "devices", q="nobody")) == 1


def test_files_of_frames_and_refusals_have_each_once_newest_first(make_device, places: None, city: Client) -> None:
    device = make_device(place_path="50.0112")
    moments = [T0 + timedelta(seconds=number // 3) for number in range(MANY)]
    with as_owner():
        api.ingest(
            _nothing(),
            raw_frames=[RawFrame(device.id, at, f"##{n}".encode(), "2011") for n, at in enumerate(moments)],
            quarantined=[
                QuarantinedFrame("hj212", "hj212.bad-crc", f"##{n}".encode(), at, identity=device.identity, device_id=device.id)
                for n, at in enumerate(moments)
            ],
        )
    for name in ("device-frames", "device-refusals"):
        _head, *rows = lines(city, name, device.id)
        assert len({tuple(row) for row in rows}) == len(rows) == MANY
        assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)


def _nothing():
    from yuzhou.capabilities.sense.contracts import ReadingBatch

    return ReadingBatch.of(series_id=[], at=[], value=[], received_at=datetime.now(UTC))
