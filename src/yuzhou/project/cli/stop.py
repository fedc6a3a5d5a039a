"""`yuzhou stop`: stops a running platform."""

import argparse
import os
import signal
import time
from pathlib import Path

from yuzhou.project.processes.folder import default_data
from yuzhou.project.processes.lock import is_held, read_holder

LONGEST_STOP = 60


def run(arguments: list[str]) -> int:
    """Ask the supervisor to stop and wait until it has."""
    parser = argparse.ArgumentParser(prog="yuzhou stop")
    parser.add_argument("--data", type=Path)
    folder = (parser.parse_args(arguments).data or default_data()).absolute()
    if not is_held(folder):
        print(f"没有运行中的平台 · nothing runs on {folder}")
        return 0
    os.kill(int(read_holder(folder)["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + LONGEST_STOP
    while is_held(folder):
        if time.monotonic() > deadline:
            print(f"未能在 {LONGEST_STOP} 秒内停止 · did not stop within {LONGEST_STOP} s")
            return 1
        time.sleep(0.05)
    print("已停止 · stopped")
    return 0
