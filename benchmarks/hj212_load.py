"""Loggers by the hundred for the HJ 212 benchmark: connections that send frames in windows and count the answers.

A process of its own, so that the gateway is measured and not the loggers. Frames are made before the clock starts.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from yuzhou.capabilities.sense.doors.hj212.frames import encode
from yuzhou.kernel.clock import CITY

WINDOW = 64
PASSWORD = "123456"
FACTORS = ("w00000", "w01001", "w01018", "w21003", "w21011", "w21001", "w01012", "w01010")
START = datetime(2026, 1, 1, tzinfo=CITY)
STEP = timedelta(minutes=1)


def mn_of(device: int) -> str:
    """The MN of a benchmark device."""
    return f"BE500100{device:016X}"


@lru_cache(maxsize=65536)
def values_of(shift: int) -> str:
    """Three statistics of eight factors, one of 600 mixtures; one logger of twenty exceeds, an hour of two."""
    items = []
    for position, code in enumerate(FACTORS):
        value = 20 + (shift * 7 + position * 31) % 300 / 10 + (40 if shift >= 300 and position == 2 else 0)
        items.append(f"{code}-Min={value - 1:.2f},{code}-Avg={value:.2f},{code}-Max={value + 1:.2f},{code}-Flag=N")
    return ";".join(items)


def content(device: int, number: int) -> str:
    """Minute data: 24 readings, about 650 bytes with the header."""
    moment = (START + STEP * number).strftime("%Y%m%d%H%M%S")
    exceeds = device % 20 == 0 and number % 120 >= 60
    return f"DataTime={moment};{values_of((device + number * 13) % 300 + 300 * exceeds)}"


def frames(device: int, first: int, count: int) -> Iterator[bytes]:
    """Frames of a device, each one minute after the last, all asking for an acknowledgement."""
    for number in range(first, first + count):
        head = f"QN=20260102{number:09d};ST=32;CN=2051;PW={PASSWORD};MN={mn_of(device)};Flag=5"
        yield encode(f"{head};CP=&&{content(device, number)}&&".encode())


class Line:
    """One connection: sends window by window, and counts acknowledgements."""

    def __init__(self, port: int, chunks: Iterable[tuple[bytes, int]]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.chunks = iter(chunks)
        self.is_spent = False
        self.unsent = b""
        self.outstanding = 0
        self.answered = 0
        self._tail = b""

    @property
    def is_done(self) -> bool:
        """Whether everything was sent and answered."""
        return self.is_spent and not self.unsent and self.outstanding <= 0

    def push(self) -> None:
        """Send what may be sent."""
        while True:
            if not self.unsent:
                if self.is_spent or self.outstanding >= WINDOW:
                    return
                self.unsent, count = next(self.chunks, (b"", 0))
                self.is_spent = not count
                self.outstanding += count
                if self.is_spent:
                    return
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


def chunked(made: Iterator[bytes], size: int = WINDOW // 2) -> Iterator[tuple[bytes, int]]:
    """Frames joined to chunks of half a window."""
    while part := list(islice(made, size)):
        yield b"".join(part), len(part)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True, help="of each device")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--base", type=int, default=0, help="number of the first device")
    parser.add_argument("--seconds", type=float, help="make frames on the way, and stop then")
    asked = parser.parse_args()
    devices = range(asked.base, asked.base + asked.devices)
    prepared: list[Iterable[tuple[bytes, int]]] = [chunked(frames(device, asked.first, asked.frames)) for device in devices]
    if asked.seconds is None:
        prepared = [list(chunks) for chunks in prepared]
    lines = [Line(asked.port, chunks) for chunks in prepared]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(drive(lines, asked.seconds)), flush=True)


if __name__ == "__main__":
    main()
