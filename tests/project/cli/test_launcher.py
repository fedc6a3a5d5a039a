"""What the launcher answers before it makes anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yuzhou.project import cli

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_the_commands_are_told_without_an_environment(tmp_path, arguments):
    home = tmp_path / "home"
    told = subprocess.run(
        [sys.executable, str(ROOT / "yuzhou"), *arguments],
        env={**os.environ, "YUZHOU_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert told.returncode == 0, told.stderr
    assert all(f"  {name} " in told.stdout for name in cli.OWN)
    assert not home.exists()


def test_down_is_another_name_of_stop(tmp_path, capsys):
    with pytest.raises(SystemExit) as one:
        cli.main(["stop", "--data", str(tmp_path)])
    first = capsys.readouterr()
    with pytest.raises(SystemExit) as other:
        cli.main(["down", "--data", str(tmp_path)])
    assert (other.value.code, capsys.readouterr()) == (one.value.code, first)
