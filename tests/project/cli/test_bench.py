"""What `yuzhou bench` offers."""

import subprocess
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


def test_a_measurement_runs_in_turn_with_itself_as_it_was(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> None:
        author = ("-c", "user.name=tests", "-c", "user.email=tests@example.invalid")
        subprocess.run(["git", "-C", str(tmp_path), *author, *words], check=True, capture_output=True)

    script = tmp_path / "benchmarks" / "rate.py"
    script.parent.mkdir()
    git("init")
    for figure in ("one", "two"):
        script.write_text(f"import sys\nif __name__ == '__main__':\n    print('{figure}', *sys.argv[1:])\n")
        git("add", ".")
        git("commit", "-m", figure)
    monkeypatch.setenv("YUZHOU_SOURCE", str(tmp_path))
    assert run(["rate", "--rows", "5", "--before", "HEAD~1"]) == 0
    said = [line for line in capfd.readouterr().out.splitlines() if not line.startswith("──")]
    assert said == ["one --rows 5", "two --rows 5"] * 2
    assert len(list((tmp_path / ".git" / "worktrees").glob("*"))) == 0
