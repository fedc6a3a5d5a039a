"""A logger of our own, written from the standard and not from the platform's codec."""

import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from yuzhou.kernel.clock import CITY

Values = Mapping[str, Mapping[str, float | str]]


def check(data: bytes) -> str:
    """The check of HJ 212-2017 annex A, as four capital hexadecimal digits."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            odd = register & 1
            register >>= 1
            if odd:
                register ^= 0xA001
    return f"{register:04X}"


def frame(segment: str) -> bytes:
    """A data segment as it goes over the wire."""
    data = segment.encode()
    return b"##%04d" % len(data) + data + check(data).encode() + b"\r\n"


def moment(at: datetime) -> str:
    """A time of HJ 212, in the city's time to the second."""
    return at.astimezone(CITY).strftime("%Y%m%d%H%M%S")


def content(at: datetime, values: Values) -> str:
    """`CP` of an upload: the time of the data, then each factor's fields."""
    items = [",".join(f"{code}-{field}={value}" for field, value in fields.items()) for code, fields in values.items()]
    return ";".join([f"DataTime={moment(at)}", *items])


class Logger:
    """A connection to the gateway that waits for the answer to every frame."""

    def __init__(self, port: int, mn: str) -> None:
        self.mn, self.password, self.system_type = mn, "123456", "32"
        self.sent = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.answers = self.socket.makefile("rb")

    def __enter__(self) -> "Logger":
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.close()
        self.socket.close()

    def upload(self, cn: str, at: datetime, values: Values) -> str:
        """Send an upload that wants an answer; returns the answer's text."""
        return self.send(self.segment(cn, content(at, values)))

    def segment(self, cn: str, cp: str, *, password: str | None = None) -> str:
        """A data segment with a request number of its own."""
        self.sent += 1
        number = moment(datetime.now(CITY)) + f"{self.sent % 1000:03d}"
        secret = self.password if password is None else password
        return f"QN={number};ST={self.system_type};CN={cn};PW={secret};MN={self.mn};Flag=5;CP=&&{cp}&&"

    def send(self, segment: str) -> str:
        """Send a segment and wait for the answer."""
        self.socket.sendall(frame(segment))
        return self.answers.readline().decode()

    def upload_hours(self, code: str, start: datetime, means: Iterable[float], flags: Mapping[int, str] | None = None) -> None:
        """Reissue hourly means (2061) of consecutive hours."""
        for index, mean in enumerate(means):
            fields = {"Min": mean, "Avg": mean, "Max": mean, "Flag": (flags or {}).get(index, "N")}
            answer = self.upload("2061", start + timedelta(hours=index), {code: fields})
            assert "CN=9014" in answer, answer
