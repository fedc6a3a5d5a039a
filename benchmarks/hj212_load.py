"""Loggers by the hundred for the HJ 212 benchmark: connections that send frames in windows and count the answers.

A process of its own, so that the gateway is measured and not the loggers. Frames are made before the clock starts.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from yuzhou.domains.environment.demo import wire
from yuzhou.kernel.clock import CITY

WINDOW = 64
PASSWORD = "123456"
FACTORS = ("w00000", "w01001", "w01018", "w21003", "w21011", "w21001", "w01012", "w01010")
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=1)


def mn_of(device: int) -> str:
    """The MN of a benchmark device."""
    return f"BE500100{device:016X}"


def content(device: int, number: int) -> str:
    """Minute data with three statistics of eight factors: 24 readings, about 650 bytes with the header."""
    moment = (START + STEP * number).astimezone(CITY).strftime("%Y%m%d%H%M%S")
    items = [f"DataTime={moment}"]
    for position, code in enumerate(FACTORS):
        value = 20 + (device * 7 + number * 13 + position * 31) % 300 / 10
        if device % 20 == 0 and position == 2 and number % 120 >= 60:
            value += 40  # one logger of twenty exceeds, an hour of two
        items.append(f"{code}-Min={value - 1:.2f},{code}-Avg={value:.2f},{code}-Max={value + 1:.2f},{code}-Flag=N")
    return ";".join(items)


def frames(device: int, first: int, count: int) -> Iterator[bytes]:
    """Frames of a device, each one minute after the last, all asking for an acknowledgement."""
    for number in range(first, first + count):
        qn = f"20260102{number:09d}"
        head = f"QN={qn};ST=32;CN=2051;PW={PASSWORD};MN={mn_of(device)};Flag=5"
        yield wire.frame(f"{head};CP=&&{content(device, number)}&&")


class Line:
    """One connection: sends window by window, and counts acknowledgements."""

    def __init__(self, port: int, chunks: list[tuple[bytes, int]]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.chunks = chunks
        self.next = 0
        self.unsent = b""
        self.outstanding = 0
        self.answered = 0
        self._tail = b""

    @property
    def is_done(self) -> bool:
        return self.next >= len(self.chunks) and not self.unsent and self.outstanding <= 0

    def push(self) -> None:
        """Send what may be sent."""
        while True:
            if not self.unsent:
                if self.next >= len(self.chunks) or self.outstanding >= WINDOW:
                    return
                self.unsent, count = self.chunks[self.next]
                self.next += 1
                self.outstanding += count
            try:
                sent = self.socket.send(self.unsent)
            except BlockingIOError:
                return
            self.unsent = self.unsent[sent:]

    def pull(self) -> int:
        """Read answers; returns how many frames they acknowledge."""
        try:
            data = self._tail + self.socket.recv(262144)
        except BlockingIOError:
            return 0
        count = data.count(b"CN=9014;")
        self._tail = data[data.rfind(b"CN=9014;") + 8 :][-7:] if count else data[-7:]
        self.outstanding -= count
        self.answered += count
        return count


def drive(lines: list[Line], seconds: float | None = None) -> dict[str, float]:
    """Send everything and wait for the answers, or repeat the chunks for so many seconds."""
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
    began = time.perf_counter()
    busy = set(lines)
    while busy:
        for key, events in selector.select(0.05):
            line: Line = key.data
            if events & selectors.EVENT_READ:
                line.pull()
            line.push()
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.unsent else 0)
            if key.events != wanted:
                selector.modify(line.socket, wanted, line)
            if line.is_done:
                busy.discard(line)
        if seconds is not None and time.perf_counter() - began > seconds:
            break
    return {"seconds": time.perf_counter() - began, "frames": float(sum(line.answered for line in lines))}


def chunked(made: Iterator[bytes], size: int = WINDOW // 2) -> list[tuple[bytes, int]]:
    """Frames joined to chunks of half a window."""
    every = list(made)
    return [(b"".join(every[start : start + size]), len(every[start : start + size])) for start in range(0, len(every), size)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True, help="of each device")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float)
    asked = parser.parse_args()
    prepared = [chunked(frames(device, asked.first, asked.frames)) for device in range(asked.devices)]
    lines = [Line(asked.port, chunks) for chunks in prepared]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(drive(lines, asked.seconds)), flush=True)


if __name__ == "__main__":
    main()
