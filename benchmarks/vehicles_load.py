"""Vehicles by the hundred for the benchmark of their doors: each logs in, then sends in windows and counts the answers.

A process of its own, so that the doors are measured and not the vehicles. Frames are made before the clock starts.
"""

import argparse
import json
import struct
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

import hj212_load as load  # noqa: E402 - found beside this file

from yuzhou.capabilities.sense.doors.gb32960 import frames as gb32960  # noqa: E402
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Encryption, Reply, Version  # noqa: E402
from yuzhou.capabilities.sense.doors.jt808 import frames as jt808  # noqa: E402
from yuzhou.capabilities.sense.doors.jt808.times import write_time  # noqa: E402
from yuzhou.capabilities.sense.doors.jt808.words import Message  # noqa: E402
from yuzhou.capabilities.sense.doors.vehicles.times import write_clock  # noqa: E402
from yuzhou.kernel.clock import CITY  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=CITY)
STEP = timedelta(seconds=10)
CELLS, PROBES = 96, 24
GB32960_ANSWER = 31  # bytes: header, time, check


def identity_of(protocol: str, device: int) -> str:
    """The identity of a benchmark vehicle."""
    return f"LBENCH{device:011d}" if protocol == "gb32960" else f"139{device:08d}"


def report_of(number: int) -> bytes:
    """A vehicle with a motor, position, extremes, alarms, the voltages of 96 cells and 24 temperatures."""
    speed = 300 + number % 200
    data = b"\x01" + struct.pack(">BBBHIHHBBBHBB", 1, 3, 1, speed, 100_000 + number, 3712, 10_255, 81, 1, 0x2E, 2000, 33, 0)
    data += b"\x02\x01\x01" + struct.pack(">BBHHBHH", 1, 60, 23_000, 21_000, 61, 3700, 10_250)
    data += b"\x05" + struct.pack(">BII", 0, 106_551_556 + number, 29_563_010 + number)
    data += b"\x06" + struct.pack(">BBHBBHBBBBBB", 1, 5, 3850, 1, 9, 3790, 1, 2, 66, 1, 7, 61)
    data += b"\x07" + struct.pack(">BI", number % 500 == 0, 0) + bytes(4)
    cells = [3800 + (cell * 7 + number) % 40 for cell in range(CELLS)]
    data += b"\x08\x01\x01" + struct.pack(f">HHHHB{CELLS}H", 3712, 10_255, CELLS, 1, CELLS, *cells)
    return data + b"\x09\x01\x01" + struct.pack(f">H{PROBES}B", PROBES, *(60 + probe % 5 for probe in range(PROBES)))


def vehicle_frames(device: int, first: int, count: int) -> Iterator[bytes]:
    """A login and reports, each ten seconds after the last."""
    vin = identity_of("gb32960", device)

    def frame(command: Command, data: bytes) -> bytes:
        return gb32960.encode(gb32960.Frame(Version.V2016, command, Reply.COMMAND, vin, Encryption.NONE, data))

    yield frame(Command.LOGIN, write_clock(START) + struct.pack(">H20sBB", first & 0xFFFF, b"", 0, 0))
    for number in range(first, first + count):
        yield frame(Command.REAL_TIME, write_clock(START + STEP * number) + report_of(number + device))


def terminal_frames(device: int, first: int, count: int) -> Iterator[bytes]:
    """An authentication by the id registered as secret, and positions, each ten seconds after the last."""
    phone = identity_of("jt808", device).zfill(12)
    yield jt808.encode(jt808.Frame(Message.AUTHENTICATE, phone, first & 0xFFFF, b"BENCH"))
    for number in range(first, first + count):
        alarm = int(number % 500 == 250)
        body = struct.pack(">IIIIHHH", alarm, 3, 29_563_010 + number, 106_551_556 + number, 259, 655, number % 360)
        items = b"\x01\x04" + struct.pack(">I", number) + b"\x03\x02\x02\x8f\x30\x01\x15\x31\x01\x0b"
        body += write_time(START + STEP * number) + items
        yield jt808.encode(jt808.Frame(Message.POSITION, phone, number & 0xFFFF, body))


class VehicleLine(load.Line):
    """Counts answers of GB/T 32960 by their length."""

    def pull(self) -> int:
        try:
            data = self._tail + self.socket.recv(262144)
        except BlockingIOError:
            return 0
        count = len(data) // GB32960_ANSWER
        self._tail = data[count * GB32960_ANSWER :]
        return self.count(count)

    def count(self, answers: int) -> int:
        """Note so many answers."""
        self.outstanding -= answers
        self.answered += answers
        return answers


class TerminalLine(VehicleLine):
    """Counts answers of JT/T 808 by their borders."""

    def pull(self) -> int:
        try:
            data = self._tail + self.socket.recv(262144)
        except BlockingIOError:
            return 0
        borders = data.count(b"\x7e")
        self._tail = b"\x7e" if borders % 2 else b""
        return self.count(borders // 2)


KINDS = {"gb32960": (VehicleLine, vehicle_frames), "jt808": (TerminalLine, terminal_frames)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", choices=KINDS, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True, help="of each vehicle")
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    line_of, frames_of = KINDS[asked.protocol]
    prepared = [list(load.chunked(frames_of(device, asked.first, asked.frames))) for device in range(asked.devices)]
    lines = [line_of(asked.port, chunks) for chunks in prepared]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(load.drive(lines)), flush=True)
