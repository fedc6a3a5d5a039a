"""`yuzhou restore FILE`: brings a backup back into an empty data folder."""

import argparse
import sys
from pathlib import Path

from yuzhou.project.backups.archive import BadArchive
from yuzhou.project.backups.database import DumpFailed
from yuzhou.project.backups.restore import NotEmpty, restore_backup
from yuzhou.project.backups.streams import BusRefused
from yuzhou.project.processes.folder import DataFolder, default_data


def run(arguments: list[str]) -> int:
    """Restore."""
    parser = argparse.ArgumentParser(prog="yuzhou restore")
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args(arguments)
    folder = DataFolder((asked.data or default_data()).absolute())
    try:
        manifest = restore_backup(asked.file.absolute(), folder)
    except NotEmpty as error:
        print(f"只能恢复到空目录 · only into an empty place: {error}", file=sys.stderr)
        return 3
    except (BadArchive, DumpFailed, BusRefused, OSError) as error:
        print(f"恢复失败 · the restore failed: {error}", file=sys.stderr)
        return 1
    print(f"已恢复 · restored the backup of {manifest['made']} into {folder.path}; 现在运行 · now run: yuzhou up")
    return 0
