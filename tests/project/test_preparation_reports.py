"""What the start shows of the first accounts, and what it keeps where."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from yuzhou.project.processes.folder import ADMINISTRATOR_NOTE, DEMO_NOTE
from yuzhou.project.processes.progress import Progress
from yuzhou.project.processes.reports import Reports


def reports(folder: Path, *, is_detached: bool) -> Reports:
    (folder / "run").mkdir()
    options: Any = SimpleNamespace(folder=SimpleNamespace(path=folder, run=folder / "run"), is_detached=is_detached)
    return Reports(options, Progress())


def line(**said: Any) -> bytes:
    return json.dumps(said).encode()


def test_a_password_is_shown_where_a_person_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = reports(tmp_path, is_detached=False)
    made.take(b"no json")
    made.take(line(report="step", zh="一步", en="a step"))
    made.take(line(report="administrator", name="root", password="once-only"))
    made.take(line(report="accounts", accounts=[["demo-one", "here"]], password="sample"))
    made.take(line(report="accounts", accounts=[["demo-two", "there"]], password="sample"))
    shown = capsys.readouterr().out
    assert "a step" in shown
    assert "once-only" in shown
    note = (tmp_path / DEMO_NOTE).read_text()
    assert "demo-one" in note
    assert "demo-two" in note


def test_a_start_in_the_background_keeps_it_out_of_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports(tmp_path, is_detached=True).take(line(report="administrator", name="root", password="once-only"))
    assert "once-only" not in capsys.readouterr().out
    note = tmp_path / "run" / ADMINISTRATOR_NOTE
    assert "once-only" in note.read_text()
    assert note.stat().st_mode & 0o077 == 0
