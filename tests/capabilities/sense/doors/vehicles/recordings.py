"""Recorded frames of the shared data, where that is at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def _shared() -> Path:
    if "YUZHOU_SHARED_DATA" in os.environ:
        return Path(os.environ["YUZHOU_SHARED_DATA"])
    found = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents if (parent / "shared" / "data").is_dir()]
    return found[0] if found else Path("shared/data")


def recorded(name: str) -> str:
    """The text of a file below `sensing`; skips the test where it is absent."""
    path = _shared() / "sensing" / name
    if not path.exists():
        pytest.skip(f"the shared sensing data is not at hand ({name}); set YUZHOU_SHARED_DATA")
    return path.read_text(encoding="utf-8")


def recorded_frames(protocol: str) -> list[dict[str, Any]]:
    """The recorded frames of a protocol: `hex` and what the collection says of them."""
    return [json.loads(line) for line in recorded(f"{protocol}/frames.jsonl").splitlines()]
