"""Signs of life of the long-running processes, as files in the data folder."""

import os
import time
from pathlib import Path


def _folder() -> Path:
    return Path(os.environ.get("YUZHOU_DATA", "var/data")) / "run" / "beats"


def beat(name: str) -> None:
    """Say that the process `name` works; call it from the loop that does the work, every few seconds."""
    folder = _folder()
    try:
        (folder / name).touch()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def age(name: str) -> float | None:
    """Seconds since the process last said so; None if it never did."""
    try:
        return max(0.0, time.time() - (_folder() / name).stat().st_mtime)
    except FileNotFoundError:
        return None


def names() -> list[str]:
    """Every process that ever said so."""
    try:
        return sorted(path.name for path in _folder().iterdir())
    except FileNotFoundError:
        return []
