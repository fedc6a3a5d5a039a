"""Ten thousand idle connections: does one logger among them still get its answer at once?

python benchmarks/hj212_idle.py [--connections 10000]
"""

import argparse
import os
import resource
import socket
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import hj212_load as load
from hj212_ingest import GatewayProcess, prepare
from stage import database


def open_idle(port: int, count: int) -> list[socket.socket]:
    """Connections that say nothing, from several source addresses, as one has too few ports left beside the system's."""
    found = []
    for number in range(count):
        line = socket.socket()
        line.bind((f"127.0.0.{2 + number // 20_000}", 0))
        line.connect(("127.0.0.1", port))
        found.append(line)
    return found


def answer_times(port: int, count: int) -> list[float]:
    """Milliseconds from a frame to its acknowledgement, one after the other on one connection."""
    line = socket.create_connection(("127.0.0.1", port))
    times = []
    for frame in load.frames(0, 0, count):
        began = time.perf_counter()
        line.sendall(frame)
        while b"CN=9014" not in line.recv(4096):
            pass
        times.append((time.perf_counter() - began) * 1000)
    line.close()
    return times


def main() -> None:
    """Measure before and beside the idle connections."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--connections", type=int, default=10_000)
    asked = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, asked.connections + 1000), hard))
    with database():
        prepare(1)
        gateway = GatewayProcess()
        before, alone = gateway.resident, statistics.median(answer_times(gateway.port, 30))
        began = time.perf_counter()
        idle = open_idle(gateway.port, asked.connections)
        opened = time.perf_counter() - began
        beside = statistics.median(answer_times(gateway.port, 30))
        used = gateway.cpu_seconds
        time.sleep(10)
        used = (gateway.cpu_seconds - used) / 10
        held = len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
        print(f"{len(idle):,} idle connections opened in {opened:.1f} s; the gateway holds {held:,} files")
        print(f"answer: {alone:.0f} ms alone, {beside:.0f} ms beside them (median; 50 ms of it is the gathering of a batch)")
        print(f"memory: {(gateway.resident - before) / len(idle) / 1024:.1f} KiB for each; idle they take {used:.1%} of a core")
        gateway.stop()


if __name__ == "__main__":
    main()
