"""Days that move to Parquet: nothing is lost and nothing is twice, wherever the move dies."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.capabilities.sense.stage import COD, RTD, SYSTEM, T0, batch, minute, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Source
from yuzhou.capabilities.sense.models import ArchivedDay
from yuzhou.capabilities.sense.selectors.columns import READINGS, archive_folder
from yuzhou.capabilities.sense.services import archiving
from yuzhou.capabilities.sense.services.archiving import archive_day, sweep_files
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.partitions import forget_partitions, list_partitions
from yuzhou.kernel.transactions import acting_as

SOURCE = Path(__file__).resolve().parents[3] / "src"
DAY = (T0 - timedelta(days=6)).date()
STEPS = ("before-file", "after-file", "before-drop", "before-commit", "after-commit")
PROGRAM = """
import datetime, os, sys
import django
from django.conf import settings
from yuzhou.project.environment import database_settings
settings.DATABASES["default"].update(database_settings("owner", "", os.environ["YUZHOU_TEST_DATABASE"]))
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from yuzhou.capabilities.sense.services.archiving import archive_day
archive_day(datetime.date.fromisoformat(sys.argv[2]))
"""


def read(series):
    with acting_as(SYSTEM):
        found = api.read_series(actor=SYSTEM, series_ids=[series], start=T0 - timedelta(days=30), end=T0 + timedelta(days=2))
    return list(zip(found[series].at.tolist(), found[series].value.tolist(), strict=True))


@pytest.fixture
def cod(make_device, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    return series_of(make_device())[COD, RTD]


def files():
    return sorted(path.name for path in archive_folder(READINGS).glob("*/*"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
@pytest.mark.parametrize("step", STEPS)
def test_a_move_that_is_killed_loses_nothing(transactional_db, make_device, settings, tmp_path, step):
    settings.DATA_FOLDER = tmp_path
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sense_reading, sense_archived_day")
        cursor.execute("INSERT INTO sense_ingest_ledger (id, number) VALUES (1, 0) ON CONFLICT DO NOTHING")
    forget_engine()
    forget_partitions()
    cod = series_of(make_device())[COD, RTD]
    api.ingest(batch(cod, *((-6 * 1440 + n, float(n)) for n in range(100)), (0, 1.0)))
    before = read(cod)
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "DJANGO_SETTINGS_MODULE": "yuzhou.project.settings",
        "YUZHOU_DATA": str(tmp_path),
        "YUZHOU_FAULT_ARCHIVE": step,
    }
    command = [sys.executable, "-c", PROGRAM, connection.settings_dict["NAME"], str(DAY)]
    died = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    forget_partitions()
    assert read(cod) == before
    if DAY in list_partitions("sense_reading"):
        assert archive_day(DAY)
    assert step == "after-commit" or len(files()) <= 5
    sweep_files(READINGS, older_than_seconds=-1)
    assert len(files()) == 1
    assert read(cod) == before
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sense_reading, sense_archived_day")


@pytest.mark.django_db
@pytest.mark.owner
class TestMoves:
    def test_a_day_that_is_touched_meanwhile_stays(self, cod, monkeypatch):
        api.ingest(batch(cod, (-6 * 1440, 1.0), (0, 9.0)))
        late = batch(cod, (-6 * 1440 + 1, 2.0), source=Source.REISSUED, received=minute(1))
        monkeypatch.setattr(archiving, "_fault", lambda step: api.ingest(late) if step == "after-file" else None)
        assert not archive_day(DAY)
        assert DAY in list_partitions("sense_reading")
        assert files() == []
        monkeypatch.undo()
        assert archive_day(DAY)
        assert [value for _, value in read(cod)] == [1, 2, 9]

    def test_many_series_move_in_pieces(self, make_device, settings, tmp_path, monkeypatch):
        settings.DATA_FOLDER = tmp_path
        monkeypatch.setattr(archiving, "PIECE", 7)
        ids = [n for device in [make_device() for _ in range(4)] for n in series_of(device).values()]
        for n in ids:
            api.ingest(batch(n, *((-6 * 1440 + m, float(m)) for m in range(5)), received=T0))
        before = {n: read(n) for n in ids}
        assert archive_day(DAY)
        api.ingest(batch(ids[3], (-6 * 1440 + 77, 5.0), received=minute(3)))
        before[ids[3]] = read(ids[3])
        assert archive_day(DAY)
        assert {n: read(n) for n in ids} == before
        assert ArchivedDay.objects.get(day=DAY).rows == 5 * len(ids) + 1

    def test_what_was_written_anew_is_swept_away_later(self, cod):
        api.ingest(batch(cod, (-6 * 1440, 1.0), (0, 9.0)))
        archive_day(DAY)
        api.ingest(batch(cod, (-6 * 1440 + 1, 2.0), received=minute(1)))
        archive_day(DAY)
        assert len(files()) == 2
        assert sweep_files(READINGS) == 0
        assert sweep_files(READINGS, older_than_seconds=-1) == 1
        assert [value for _, value in read(cod)] == [1, 2, 9]

    def test_the_web_reads_both(self, cod):
        api.ingest(batch(cod, (-6 * 1440, 1.0), (0, 9.0)))
        archive_day(DAY)
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE yuzhou_web")
        assert [value for _, value in read(cod)] == [1, 9]
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
