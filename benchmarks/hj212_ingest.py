"""Readings per second from TCP frame to durable row with rules evaluated, beside raw COPY of the same rows.

    python benchmarks/hj212_ingest.py                 both rates and their ratio, and the check against its peers
    python benchmarks/hj212_ingest.py --minutes 10    memory while twice the sustainable rate comes in

Starts a PostgreSQL of its own with the settings of `up` (fsync on), a gateway process and a process of loggers. Every
device has limit, frozen and missing rules on its means, and a few of its values exceed. The raw rate is binary COPY of the
rows that the gateway stored, in one transaction, into the same table with its key, emptied before.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
import timeit
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

import hj212_load as load  # noqa: E402 - found beside this file
from stage import database  # noqa: E402

DEVICES = 200
FRAMES = 250
SOAK_FRAMES = 100_000


def prepare(devices: int) -> None:
    """Register devices with their series and rules."""
    from yuzhou.capabilities.sense import api
    from yuzhou.capabilities.sense.contracts import (
        Bound,
        Definition,
        Feed,
        Frozen,
        Level,
        Limit,
        Missing,
        SeriesSpec,
        Severity,
        Statistic,
    )
    from yuzhou.kernel.actor import Actor
    from yuzhou.kernel.text import Text
    from yuzhou.kernel.transactions import acting_as

    actor = Actor.system("benchmark")
    statistics = (Statistic.MINUTE_MIN, Statistic.MINUTE_AVG, Statistic.MINUTE_MAX)
    series = [SeriesSpec(code, statistic, "mg/L") for code in load.FACTORS for statistic in statistics]
    with acting_as(actor):
        for number in range(devices):
            api.register_device(
                actor=actor,
                protocol="hj212",
                identity=load.mn_of(number),
                secret=load.PASSWORD,
                title=Text("样例", "Sample"),
                profile="benchmark",
                place_path="50.x",
                series=series,
                frames_per_minute=1_000_000,
            )
        for code in load.FACTORS:
            feed = Feed(code, Statistic.MINUTE_AVG)
            rules = {
                "limit": Definition((Level(Severity.MAJOR, Limit(feed, (Bound(high=59.5),))),)),
                "frozen": Definition((Level(Severity.WARNING, Frozen(feed, samples=5)),)),
                "missing": Definition((Level(Severity.WARNING, Missing(feed, 3600)),)),
            }
            for kind, definition in rules.items():
                key, title = f"benchmark:{kind}:{code}", Text(kind, kind)
                api.define_rule(actor=actor, key=key, title=title, definition=definition, profile="benchmark")


class GatewayProcess:
    """The gateway as `up` runs it."""

    def __init__(self, **settings: str) -> None:
        from yuzhou.project.processes.ports import free_port

        self.port = free_port()
        paths = {"PYTHONPATH": str(ROOT / "src"), "YUZHOU_SUPERVISED": "1", "YUZHOU_HJ212_PORT": str(self.port)}
        environment = {**os.environ, **paths, **settings}
        self.process = subprocess.Popen([sys.executable, "-m", "yuzhou", "gateway"], env=environment, cwd="/")
        while True:
            try:
                load.socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Loggers:
    """The process of loggers: prepared, then let go."""

    def __init__(
        self, port: int, *, devices: int, frames: int, first: int = 0, seconds: float | None = None, base: int = 0
    ) -> None:
        command = [sys.executable, str(ROOT / "benchmarks" / "hj212_load.py"), "--port", str(port)]
        command += ["--devices", str(devices), "--frames", str(frames), "--first", str(first), "--base", str(base)]
        command += ["--seconds", str(seconds)] if seconds else []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def go(self) -> None:
        """Start the clock."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> dict[str, float]:
        """Wait for the end."""
        assert self.process.stdout is not None
        found = json.loads(self.process.stdout.readline())
        self.process.wait()
        return dict(found)


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def database_cpu() -> float:
    """Processor seconds of the database server with all its processes."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    server = int(Path(str(folder), "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    seconds = cpu_of(server)
    for child in children:
        with contextlib.suppress(FileNotFoundError):  # it ended: its server counts it
            seconds += cpu_of(int(child))
    return seconds


def measure_gateway(devices: int, frames: int) -> tuple[float, float, float]:
    """Readings per second from the first byte to the last acknowledgement; processor seconds of gateway and of database."""
    gateway = GatewayProcess()
    warm = Loggers(gateway.port, devices=devices, frames=4)
    warm.go()
    warm.result()
    loggers = Loggers(gateway.port, devices=devices, frames=frames, first=4)
    gateway_before, database_before = gateway.cpu_seconds, database_cpu()
    loggers.go()
    result = loggers.result()
    used = gateway.cpu_seconds - gateway_before, database_cpu() - database_before
    gateway.stop()
    assert result["frames"] == devices * frames, result
    return result["frames"] * len(load.FACTORS) * 3 / result["seconds"], *used


def measure_copy(url: str) -> tuple[float, int, float]:
    """Rows per second of COPY of the stored rows into the same table; rows; processor seconds of the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT * FROM sense_reading) TO STDOUT (FORMAT BINARY)") as copy:
            rows = b"".join(copy)
        (count,) = connection.execute("SELECT count(*) FROM sense_reading").fetchone() or (0,)
        connection.execute("TRUNCATE sense_reading")
        connection.execute("CHECKPOINT")
        before, began = database_cpu(), time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY sense_reading FROM STDIN (FORMAT BINARY)") as copy:
            for start in range(0, len(rows), 1 << 20):
                copy.write(rows[start : start + (1 << 20)])
        rate = count / (time.perf_counter() - began)
        return rate, count, database_cpu() - before


def measure_check() -> None:
    """The check against the standard's letter and the usual table, on a frame of 700 bytes."""
    from yuzhou.capabilities.sense.doors.hj212 import crc
    from yuzhou.domains.environment.demo import wire

    data = load.content(1, 1).encode()[:700]

    def by_the_letter() -> int:
        register = 0xFFFF
        for byte in data:
            register = (register >> 8) ^ byte
            for _ in range(8):
                register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
        return register

    peers = {"bit by bit (annex A)": by_the_letter, "table of 256 words": lambda: int(wire_check(data), 16)}
    wire_check = wire.check
    ours = min(timeit.repeat(lambda: crc.check_word(data), number=2000, repeat=5)) / 2000
    assert crc.check_word(data) == by_the_letter()
    print(f"check of {len(data)} bytes: {ours * 1e6:.2f} µs")
    for name, peer in peers.items():
        taken = min(timeit.repeat(peer, number=50, repeat=5)) / 50
        print(f"  {name}: {taken * 1e6:.1f} µs, {taken / ours:.0f} times as long")


def compare(devices: int, frames: int, runs: int) -> None:
    """Print both rates, run after run, and the median of their ratios."""
    with database():
        prepare(devices)
        url = os.environ["DATABASE_OWNER_URL"]
        pairs: list[tuple[float, float]] = []
        for run in range(runs):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("TRUNCATE sense_reading, sense_raw_frame, sense_latest, sense_rule_state, sense_alarm CASCADE")
                connection.execute("CHECKPOINT")
            rate, gateway_cpu, database_cpu_used = measure_gateway(devices, frames)
            raw, count, raw_cpu = measure_copy(url)
            pairs.append((rate, raw))
            cost = f"processor: gateway {gateway_cpu:.1f} s + database {database_cpu_used:.1f} s against {raw_cpu:.1f} s"
            print(f"run {run + 1}: {count:,} rows; TCP to durable {rate:,.0f}/s; raw COPY {raw:,.0f}/s; ratio {rate / raw:.2f}")
            print(f"       {cost}", flush=True)
        ratio = statistics.median(rate / raw for rate, raw in pairs)
        best = max(rate for rate, _ in pairs)
        print(f"best {best:,.0f} readings/s; median of the runs' ratios to raw COPY beside them: {ratio:.2f}")


def empty_readings() -> None:
    """Keep the disk from filling: the store is not what is watched here."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        for table in ("sense_reading", "sense_raw_frame"):
            try:
                connection.execute(f"TRUNCATE {table}")
            except psycopg.errors.DeadlockDetected:
                continue  # the gateway was writing: next time


def soak(devices: int, minutes: float) -> None:
    """Resident memory while loggers push twice as hard as the gateway can take: they always have more to send."""
    with database():
        prepare(devices)
        gateway = GatewayProcess()
        loggers = [
            Loggers(gateway.port, devices=devices // 2, frames=SOAK_FRAMES, seconds=minutes * 60, base=base)
            for base in (0, devices // 2)
        ]
        for one in loggers:
            one.go()
        began = time.monotonic()
        samples: list[tuple[float, int]] = []
        while time.monotonic() - began < minutes * 60 - 2:
            time.sleep(min(5, minutes * 6))
            if len(samples) % 6 == 5:
                empty_readings()
            samples.append((time.monotonic() - began, gateway.resident))
            print(f"{samples[-1][0]:6.0f} s  {samples[-1][1] / 2**20:8.1f} MiB", flush=True)
        frames = sum(one.result()["frames"] for one in loggers)
        warm = [size for moment, size in samples if moment > minutes * 6] or [samples[-1][1]]
        growth = samples[-1][1] / warm[0] - 1
        rate = frames * len(load.FACTORS) * 3 / (minutes * 60)
        print(f"{rate:,.0f} readings/s for {minutes:g} min; memory grew by {growth:.1%} after the first tenth of it")
        gateway.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--frames", type=int, default=FRAMES, help="of each device")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--minutes", type=float, help="watch memory under twice the sustainable rate for so long")
    asked = parser.parse_args()
    if asked.minutes:
        soak(asked.devices, asked.minutes)
        return
    measure_check()
    compare(asked.devices, asked.frames, asked.runs)


if __name__ == "__main__":
    main()
