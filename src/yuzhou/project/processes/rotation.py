"""Keeps the logs of the children bounded."""

import shutil
from pathlib import Path

LARGEST = 50 * 1024 * 1024


def rotate_logs(folder: Path, largest: int = LARGEST) -> None:
    """Move a log that grew too large aside (`name.log.1`, one kept) and empty it; its writer appends and so goes on."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > largest:
            _copy_and_empty(log)


def _copy_and_empty(log: Path) -> None:
    shutil.copyfile(log, log.with_suffix(".log.1"))
    with log.open("r+b") as file:
        file.truncate(0)
