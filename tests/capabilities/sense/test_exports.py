"""A series on the desk, and its history taken along: whole, however long, and only within reach."""

import csv
import io
from datetime import timedelta

import duckdb
import numpy as np
import pytest
from django.db import connection
from django.test import Client

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, T0, series_of, us
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ReadingBatch
from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner, pytest.mark.usefixtures("places")]
MANY = 12_000
DISTRICT = "50.0112"


@pytest.fixture
def series(make_device):
    from yuzhou.kernel.places.api import path_of

    device = make_device(place_path=path_of("500112"), protocol="http", identity="station 1")
    found = series_of(device)[COD, RTD]
    at = us(T0) + np.arange(MANY) * 1_000_000
    api.ingest(ReadingBatch.of(series_id=[found] * MANY, at=at, value=np.arange(MANY), received_at=T0 + timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{WEB_ROLE}"')  # ingested as the owner, read as the web
    yield device, found
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def client_of(code: str) -> Client:
    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.access.models import User
    from yuzhou.kernel.places.api import path_of

    with acting_as(SYSTEM):
        user = access.create_user(
            actor=SYSTEM, username=f"o{code}", display_name="样例", must_change_password=False, place_path=path_of(code)
        )
        access.grant_role(actor=SYSTEM, user=user, role="environment-officer", place_path=path_of(code))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=f"o{code}"))
    return client


def span() -> dict[str, str]:
    return {"start": T0.isoformat(), "end": (T0 + timedelta(days=1)).isoformat()}


def content(answer) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def test_every_form_holds_every_reading(series, tmp_path):
    _, found = series
    client = client_of("500112")
    for path, extra in (("/api/v1/sense/export", {"series_id": found}), (f"/desk/sense/series/{found}/export", {})):
        text = content(client.get(path, {**span(), **extra, "format": "csv"})).decode().removeprefix("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [float(row["value"]) for row in rows] == list(range(MANY))
        lines = content(client.get(path, {**span(), **extra, "format": "jsonl"})).splitlines()
        assert len(lines) == MANY
        (tmp_path / "one.parquet").write_bytes(content(client.get(path, {**span(), **extra, "format": "parquet"})))
        total = duckdb.sql(f"SELECT count(*), sum(value) FROM '{tmp_path}/one.parquet'").fetchall()[0]
        assert total == (MANY, sum(range(MANY)))


def test_the_csv_of_a_chart_is_whole(series):
    _, found = series
    answer = client_of("500112").get("/desk/sense/series/readings.csv", {**span(), "series": found})
    assert len(content(answer).splitlines()) == MANY + 1


def test_by_period_and_what_is_not_understood(series):
    _, found = series
    client = client_of("500112")
    rows = content(client.get("/api/v1/sense/export", {**span(), "series_id": found, "period": "hour"})).splitlines()
    assert len(rows) - 1 == -(-MANY // 3600)
    for wrong in ({"format": "xml"}, {"period": "moon"}):
        assert client.get(f"/desk/sense/series/{found}/export", {**span(), **wrong}).status_code == 422
        assert client.get("/api/v1/sense/export", {**span(), "series_id": found, **wrong}).status_code == 422


def test_nothing_goes_out_beyond_the_reach(series):
    _, found = series
    client = client_of("500101")
    for path in (f"/desk/sense/series/{found}/", f"/desk/sense/series/{found}/export", "/desk/sense/series/9999999999/"):
        assert client.get(path, span()).status_code == 404
    assert client.get("/api/v1/sense/export", {**span(), "series_id": found}).status_code == 404


def test_the_pages_show_chart_downloads_and_how_to_send(series):
    device, found = series
    client = client_of("500112")
    page = client.get(f"/desk/sense/series/{found}/").content.decode()
    for form in ("csv", "jsonl", "parquet", "arrow"):
        assert f"/desk/sense/series/{found}/export?hours=24&amp;format={form}" in page
    assert f"series={found}" in page
    page = client.get(f"/desk/sense/devices/{device.id}/").content.decode()
    assert "curl http://testserver:9280/v1/devices/station%201/readings" in page
