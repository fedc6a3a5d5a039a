"""Frames to test with: a few of our own, and the verified ones of the shared data where that is at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def _shared() -> Path:
    """The folder of shared data: named by the environment, or beside one of the folders above."""
    if "YUZHOU_SHARED_DATA" in os.environ:
        return Path(os.environ["YUZHOU_SHARED_DATA"])
    found = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents if (parent / "shared" / "data").is_dir()]
    return found[0] if found else Path("shared/data")


SHARED = _shared() / "sensing" / "hj212"
MN = "YZ50010100000000SAMPLE01"
SEGMENT = (
    f"QN=20260801085857223;ST=32;CN=2011;PW=100000;MN={MN};Flag=5;CP=&&DataTime=20260801085800;w01018-Rtd=40.1,w01018-Flag=N&&"
)
ANNEX_A = b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n"
"""The worked example of HJ 212-2017, annex A."""


def rows(name: str) -> list[dict[str, Any]]:
    """The lines of a file of the shared data; skips the test where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared sensing data is not at hand ({path.name}); set YUZHOU_SHARED_DATA")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
