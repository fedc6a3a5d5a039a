"""What `yuzhou bench` offers."""

from pathlib import Path

import pytest

from yuzhou.project.cli.bench import measurements, run

SOURCE = Path(__file__).resolve().parents[3]


def test_only_what_measures_is_offered(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = measurements(SOURCE)
    assert {"hj212_ingest", "mqtt_ingest"} <= found.keys()
    assert not {"stage", "hj212_load", "vehicles_load"} & found.keys()
    monkeypatch.setenv("YUZHOU_SOURCE", str(SOURCE))
    assert run(["nothing"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in found)
