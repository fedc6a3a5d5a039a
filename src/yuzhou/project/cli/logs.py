"""`yuzhou logs`: the logs of the parts."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from yuzhou.project.processes.folder import DataFolder, default_data


def run(arguments: list[str]) -> int:
    """Print the last lines of one part or all; follow with -f."""
    parser = argparse.ArgumentParser(prog="yuzhou logs")
    parser.add_argument("part", nargs="?", help="one part only: postgres, bus, prepare, web, streams, worker, a service …")
    parser.add_argument("--data", type=Path)
    parser.add_argument("-f", "--follow", action="store_true", help="go on as lines come")
    parser.add_argument("-n", "--lines", type=int, default=100, help="how many of the last lines")
    asked = parser.parse_args(arguments)
    folder = DataFolder((asked.data or default_data()).absolute())
    logs = sorted(folder.logs.glob(f"{asked.part or '*'}.log"))
    if not logs:
        print(f"没有日志 · no log in {folder.logs}", file=sys.stderr)
        return 1
    places = {log: _show_tail(log, asked.lines, len(logs) > 1) for log in logs}
    try:
        while asked.follow:
            places = {log: _show_from(log, at, len(logs) > 1) for log, at in places.items()}
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    return 0


def _show_tail(log: Path, count: int, is_named: bool) -> int:
    content = log.read_bytes()
    _print(log, content.splitlines()[-count:], is_named)
    return len(content)


def _show_from(log: Path, start: int, is_named: bool) -> int:
    start = 0 if log.stat().st_size < start else start  # it was rotated
    with log.open("rb") as file:
        file.seek(start)
        content = file.read()
    _print(log, content.splitlines(), is_named)
    return start + len(content)


def _print(log: Path, lines: list[bytes], is_named: bool) -> None:
    def worded() -> Iterator[str]:
        for line in lines:
            text = line.decode(errors="replace")
            yield f"{log.stem:<10} {text}" if is_named else text

    for line in worded():
        print(line, flush=True)
