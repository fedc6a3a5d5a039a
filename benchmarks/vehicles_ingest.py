"""Readings per second from TCP frame to durable row at the doors of vehicles, beside raw COPY of the same rows.

    python benchmarks/vehicles_ingest.py                       both doors, and what reading a frame costs by itself
    python benchmarks/vehicles_ingest.py --protocol jt808

Starts a PostgreSQL of its own with the settings of `up` (fsync on), the process of the doors, and a process of vehicles.
Vehicles have the declared profiles with their rules, and some alarms. The raw rate is binary COPY of the rows that the door
stored, in one transaction, into the same table with its key, emptied before.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import timeit
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from hj212_ingest import cpu_of, database_cpu, measure_copy  # noqa: E402 - found beside this file
from stage import database  # noqa: E402

PROTOCOLS = ("gb32960", "jt808")
DEVICES = {"gb32960": 100, "jt808": 200}
FRAMES = {"gb32960": 40, "jt808": 250}
PROFILES = {"gb32960": "gb32960-vehicle", "jt808": "jt808-vehicle"}
STORE = "sense_reading, sense_raw_frame, sense_latest, sense_rule_state, sense_alarm"


def prepare() -> None:
    """Onboard vehicles of both kinds."""
    from vehicles_load import identity_of

    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.services.declared_profiles import load_declared_profiles
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    with acting_as(actor):
        load_declared_profiles()
        for protocol in PROTOCOLS:
            for number in range(DEVICES[protocol]):
                api.register_device(
                    actor=actor,
                    protocol=protocol,
                    identity=identity_of(protocol, number),
                    secret="BENCH" if protocol == "jt808" else "",
                    title=Text("样例", "Sample"),
                    profile=PROFILES[protocol],
                    place_path="50.x",
                    frames_per_minute=1_000_000,
                )


class Doors:
    """The process of the doors as `up` runs it."""

    def __init__(self) -> None:
        from yuzhou.project.processes.ports import free_port

        self.ports = {protocol: free_port() for protocol in PROTOCOLS}
        paths = {"PYTHONPATH": str(ROOT / "src"), "YUZHOU_SUPERVISED": "1"}
        paths |= {f"YUZHOU_{protocol.upper()}_PORT": str(port) for protocol, port in self.ports.items()}
        self.process = subprocess.Popen([sys.executable, "-m", "yuzhou", "vehicles"], env={**os.environ, **paths}, cwd="/")
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)

    def stop(self) -> None:
        """Ask it to end."""
        self.process.terminate()
        self.process.wait(30)


def drive(protocol: str, port: int, *, frames: int, first: int = 0) -> dict[str, float]:
    """Let vehicles send; returns seconds and frames answered."""
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r}); import vehicles_load; vehicles_load.main()"
    command = [sys.executable, "-c", program, "--protocol", protocol, "--port", str(port)]
    command += ["--devices", str(DEVICES[protocol]), "--frames", str(frames), "--first", str(first)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        return dict(json.loads(process.stdout.readline()))


def measure(protocol: str, frames: int, runs: int) -> None:
    """Print the rates of a door, run after run, and the median of their ratios to raw COPY."""
    url = os.environ["DATABASE_OWNER_URL"]
    pairs: list[tuple[float, float]] = []
    for run in range(runs):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {STORE} CASCADE")
        doors = Doors()
        drive(protocol, doors.ports[protocol], frames=3)
        with psycopg.connect(url, autocommit=True) as connection:
            (warm,) = connection.execute("SELECT count(*) FROM sense_reading").fetchone() or (0,)
            connection.execute("CHECKPOINT")
        door_before, database_before = cpu_of(doors.process.pid), database_cpu()
        result = drive(protocol, doors.ports[protocol], frames=frames, first=3)
        used = cpu_of(doors.process.pid) - door_before, database_cpu() - database_before
        doors.stop()
        assert result["frames"] == DEVICES[protocol] * (frames + 1), result
        raw, count, raw_cpu = measure_copy(url)
        rate = (count - warm) / result["seconds"]
        pairs.append((rate, raw))
        print(
            f"{protocol} run {run + 1}: {result['frames'] / result['seconds']:,.0f} frames/s, {count:,} rows; "
            f"TCP to durable {rate:,.0f}/s; raw COPY {raw:,.0f}/s; ratio {rate / raw:.2f}; "
            f"processor: doors {used[0]:.1f} s + database {used[1]:.1f} s against {raw_cpu:.1f} s",
            flush=True,
        )
    ratio = statistics.median(rate / raw for rate, raw in pairs)
    print(f"{protocol}: best {max(rate for rate, _ in pairs):,.0f} readings/s; median ratio to raw COPY {ratio:.2f}", flush=True)


def measure_reading() -> None:
    """What cutting and reading a frame costs, without a store."""
    from vehicles_load import terminal_frames, vehicle_frames

    from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
    from yuzhou.capabilities.sense.doors.gb32960.frames import Frame, Splitter
    from yuzhou.capabilities.sense.doors.jt808 import frames as jt808
    from yuzhou.capabilities.sense.doors.jt808.positions import read_position

    *_, wire = vehicle_frames(1, 0, 2)
    decoder = Decoder()

    def read_report() -> int:
        (frame,) = Splitter().feed(wire)
        assert isinstance(frame, Frame)
        return len(decoder.decode(frame.version, frame.data).values)

    *_, position = terminal_frames(1, 0, 2)

    def read_one() -> int:
        (frame,) = jt808.Splitter().feed(position)
        assert isinstance(frame, jt808.Frame)
        return len(read_position(frame.body, (0, 3)).values)

    for protocol, read, size in (("gb32960", read_report, len(wire)), ("jt808", read_one, len(position))):
        seconds = min(timeit.repeat(read, number=2000, repeat=5)) / 2000
        print(
            f"{protocol}: a frame of {size} bytes, {read()} readings: {seconds * 1e6:.1f} µs, {read() / seconds:,.0f} readings/s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=PROTOCOLS, action="append")
    parser.add_argument("--frames", type=int, help="of each vehicle")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with database():
        prepare()
        measure_reading()
        for protocol in asked.protocol or PROTOCOLS:
            measure(protocol, asked.frames or FRAMES[protocol], asked.runs)


if __name__ == "__main__":
    main()
