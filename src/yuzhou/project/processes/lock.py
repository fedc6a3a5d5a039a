"""One supervisor per data folder."""

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yuzhou.project.processes.account import give_to_account


class FolderHeld(Exception):
    """Another process holds the data folder; `holder` tells its pid, start and address."""

    def __init__(self, folder: Path, holder: dict[str, Any]) -> None:
        self.folder = folder
        self.holder = holder
        pid, since, url = (holder.get(key, "?") for key in ("pid", "since", "url"))
        super().__init__(
            f"数据目录 {folder} 正由进程 {pid} 使用（自 {since} 起，地址 {url}）。\n"
            f"The data folder {folder} is held by process {pid} since {since}, at {url}.\n"
            f"停止 · stop it with: yuzhou stop --data {folder}"
        )


class FolderLock:
    """An flock on `lock` in the data folder; it ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._descriptor: int | None = None

    def acquire(self, **about: Any) -> None:
        """Take the lock and say who we are; raises FolderHeld."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        give_to_account(self.folder / "lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise FolderHeld(self.folder, read_holder(self.folder)) from None
        self._descriptor = descriptor
        self.describe(pid=os.getpid(), since=datetime.now(UTC).isoformat(timespec="seconds"), **about)

    def describe(self, **about: Any) -> None:
        """Write who holds the folder."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(about).encode(), 0)

    def release(self) -> None:
        """Give the folder free."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_holder(folder: Path) -> dict[str, Any]:
    """Who the lock file names."""
    try:
        return dict(json.loads((folder / "lock").read_text()))
    except (OSError, ValueError):
        return {}


def is_held(folder: Path) -> bool:
    """Whether a running process holds the folder."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
