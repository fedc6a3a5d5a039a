"""The client protocol of the bus, as far as a reader of many messages needs it. Pure.

docs.nats.io, "NATS client protocol": `INFO`, `CONNECT`, `PUB`, `SUB`, `MSG`, `HMSG`, `PING`, `PONG`, `+OK`, `-ERR`; header
blocks by "NATS/1.0" (ADR-4). All that a piece of the stream completes is cut at one go.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)
END = b"\r\n"
PING, PONG = b"PING\r\n", b"PONG\r\n"
LONGEST_LINE = 1 << 20  # INFO names every server of a cluster; messages have a length of their own

Handler = Callable[[str, str, bytes, bytes], None]
"""Takes a message: its subject, where to answer, its header block, its content."""


class NotTheBus(ValueError):
    """The stream is no such protocol."""


class Cutter:
    """Cuts the stream of the bus: messages go to the handlers of their subscriptions, other lines to `on_line`."""

    def __init__(self, handlers: dict[bytes, Handler], on_line: Callable[[bytes, bytes], None]) -> None:
        self._handlers = handlers
        self._on_line = on_line
        self._wanted = 0  # bytes without which the message whose beginning is held need not be looked at
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises NotTheBus."""
        if self._parts:
            self._parts.append(data)
            self._wanted -= len(data)
            if self._wanted > 0:
                return
            data = b"".join(self._parts)
            self._parts = []
        at, whole = 0, len(data)
        while at < whole:
            end = data.find(END, at)
            if end < 0:
                if whole - at > LONGEST_LINE:
                    raise NotTheBus("a line without end")
                self._hold(data[at:], 1)
                return
            words = data[at:end].split()
            operation = words[0].upper() if words else b""
            if operation == b"HMSG" or operation == b"MSG":
                start = end + 2
                size, head = _sizes(words, operation)
                following = start + size + 2
                if following > whole:
                    self._hold(data[at:], following - whole)
                    return
                self._hand_over(words, data[start : start + head], data[start + head : start + size])
                at = following
            else:
                self._on_line(operation, data[at:end])
                at = end + 2

    def _hold(self, rest: bytes, wanted: int) -> None:
        self._parts, self._wanted = [rest], wanted

    def _hand_over(self, words: list[bytes], head: bytes, content: bytes) -> None:
        handler = self._handlers.get(words[2])
        if handler is None:  # its subscription just ended
            return
        reply = words[3].decode() if len(words) > (5 if len(words[0]) == 4 else 4) else ""
        try:
            handler(words[1].decode(), reply, head, content)
        except Exception:  # one message that we stumble over must not end the line for all others
            log.exception("a message could not be taken: %s", words[1])


def _sizes(words: list[bytes], operation: bytes) -> tuple[int, int]:
    """Of the whole message, and of its header block. Raises NotTheBus."""
    try:
        return int(words[-1]), int(words[-2]) if operation == b"HMSG" else 0
    except (IndexError, ValueError):
        raise NotTheBus(repr(b" ".join(words)[:200])) from None


def header(block: bytes, name: bytes) -> str:
    """The value of a header in a block; empty where it is not there."""
    start = block.find(END + name + b":")
    if start < 0:
        return ""
    start += len(name) + 3
    return block[start : block.find(END, start)].strip().decode("utf-8", "replace")


def status(block: bytes) -> tuple[str, str]:
    """The code that a header block begins with and its words, as `("404", "No Messages")`; empty where there is none."""
    code, _, words = block[: block.find(END)].removeprefix(b"NATS/1.0").strip().decode("utf-8", "replace").partition(" ")
    return code, words.strip()


def connect(name: str, credentials: dict[str, str]) -> bytes:
    """The first line of a client."""
    options: dict[str, Any] = {
        "verbose": False,
        "pedantic": False,
        "headers": True,
        "no_responders": True,
        "protocol": 1,
        "lang": "python",
        "version": "1",
        "name": name,
        **credentials,
    }
    return b"CONNECT %s\r\n" % json.dumps(options).encode()


def subscribe(subject: str, number: bytes) -> bytes:
    """Ask for the messages of a subject."""
    return b"SUB %s %s\r\n" % (subject.encode(), number)


def publish(subject: str, content: bytes, reply: str = "") -> bytes:
    """A message."""
    return b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), reply.encode(), len(content), content)
