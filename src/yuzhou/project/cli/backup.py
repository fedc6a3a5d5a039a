"""`yuzhou backup FILE`: writes everything into one file, while the platform runs or not."""

import argparse
import sys
from pathlib import Path

from yuzhou.project.backups.backup import make_backup
from yuzhou.project.backups.database import DumpFailed
from yuzhou.project.backups.streams import BusRefused
from yuzhou.project.processes.folder import DataFolder, default_data
from yuzhou.project.processes.lock import FolderHeld


def run(arguments: list[str]) -> int:
    """Write the backup."""
    parser = argparse.ArgumentParser(prog="yuzhou backup")
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args(arguments)
    folder = DataFolder((asked.data or default_data()).absolute())
    if not folder.keys.is_dir():
        print(f"没有数据 · no data in {folder.path}", file=sys.stderr)
        return 3
    try:
        written = make_backup(folder, asked.file.absolute())
    except (DumpFailed, BusRefused, FolderHeld, OSError) as error:
        print(f"备份失败 · the backup failed: {error}", file=sys.stderr)
        return 1
    print(f"备份完成 · backup written: {asked.file} ({written.size / 1e6:.1f} MB, {written.streams} streams)")
    if not written.has_bus:
        print("外部消息总线未包含在内 · the external message bus is not in it")
    print("备份含密钥，请妥善保管 · it holds the keys: keep it safe")
    return 0
