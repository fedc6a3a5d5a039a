"""The reader of the bus: the protocol cut as nats-py cuts it, and a line that outlives the bus."""

import asyncio
from typing import Any

import nats
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.protocol.parser import Parser

from yuzhou.capabilities.sense.doors.mqtt.bus_line import BusLine
from yuzhou.capabilities.sense.doors.mqtt.bus_protocol import Cutter, NotTheBus, header, publish, status

from .conftest import RunningBus

Taken = tuple[str, str, bytes, bytes]
NUMBER = b"7"


class Peer:
    """What nats-py's own parser asks of its client."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.pings = 0

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, content: bytes, head: bytes | None) -> None:
        assert sid == int(NUMBER)
        self.taken.append((subject.decode(), reply.decode(), head or b"", content))

    async def _process_ping(self) -> None:
        self.pings += 1


def wire(message: Taken) -> bytes:
    subject, reply, head, content = message
    place = b" ".join(word for word in (subject.encode(), NUMBER, reply.encode()) if word)
    size = b"%d" % (len(head) + len(content))
    sizes = b"%d %s" % (len(head), size) if head else size
    return b"%s %s %s\r\n%s%s\r\n" % (b"HMSG" if head else b"MSG", place, sizes, head, content)


subjects = st.text("abc.$*", min_size=1, max_size=12)
heads = st.sampled_from([b"", b"NATS/1.0\r\n\r\n", b"NATS/1.0 404 No Messages\r\n\r\n", b"NATS/1.0\r\nNmqtt-Pub:1\r\n\r\n"])
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"\r\n", b"MSG a 7 3\r\nabc\r\n", b"PING\r\n"]))
messages = st.tuples(subjects, st.one_of(st.just(""), subjects), heads, contents)


@given(st.lists(st.one_of(st.none(), messages), max_size=8), st.integers(1, 30))
def test_a_stream_in_pieces_of_any_length_is_cut_as_nats_py_cuts_it(sent: list[Taken | None], piece: int) -> None:
    stream = b"".join(b"PING\r\n" if one is None else wire(one) for one in sent)
    taken: list[Taken] = []
    lines: list[bytes] = []
    cutter = Cutter({NUMBER: lambda *message: taken.append(message)}, lambda operation, _: lines.append(operation))
    for at in range(0, len(stream), piece):
        cutter.feed(stream[at : at + piece])
    peer = Peer()
    asyncio.run(Parser(peer).parse(stream))
    assert taken == peer.taken == [one for one in sent if one is not None]
    assert lines == [b"PING"] * peer.pings


@pytest.mark.parametrize("stream", [b"MSG a 7 x\r\n", b"HMSG 4\r\n", b"x" * ((1 << 20) + 1)])
def test_what_is_no_protocol_ends_the_line(stream: bytes) -> None:
    with pytest.raises(NotTheBus):
        Cutter({}, lambda _operation, _line: None).feed(stream)


def test_a_message_that_cannot_be_taken_does_not_stop_the_next() -> None:
    taken: list[bytes] = []

    def handler(_subject: str, _reply: str, _head: bytes, content: bytes) -> None:
        taken.append(content)
        raise RuntimeError("a fault of our own")

    Cutter({NUMBER: handler}, lambda _operation, _line: None).feed(wire(("a", "", b"", b"1")) + wire(("a", "", b"", b"2")))
    assert taken == [b"1", b"2"]


def test_header_blocks() -> None:
    block = b"NATS/1.0 409 Consumer Deleted\r\nNats-Pending-Messages: 12\r\nNats-Pending-Bytes:0\r\n\r\n"
    assert status(block) == ("409", "Consumer Deleted")
    assert header(block, b"Nats-Pending-Messages") == "12"
    assert header(block, b"Nmqtt-Pub") == ""
    assert status(b"NATS/1.0\r\nNmqtt-Pub:1\r\n\r\n") == ("", "")


async def said(line: BusLine, taken: list[bytes], content: bytes) -> None:
    """Say something on the line itself until it comes back."""
    for _ in range(200):
        line.say(publish("test.line", content))
        await asyncio.sleep(0.05)
        if content in taken:
            return
    raise TimeoutError(content)


async def test_a_line_comes_back_after_the_bus_was_killed_with_what_was_to_be_kept(bus: RunningBus) -> None:
    taken: list[bytes] = []
    backs: list[bool] = []
    line = BusLine(["nats://127.0.0.1:1", bus.bus.url()], "test")  # the first is not there: it goes on to the next
    line.on_back = lambda: backs.append(True)
    line.subscribe("test.>", lambda _subject, _reply, _head, content: taken.append(content))
    line.open()
    try:
        await said(line, taken, b"before")
        bus.kill()
        while line.is_up:
            await asyncio.sleep(0.02)
        line.say(publish("test.kept", b"kept"), keep=True)
        line.say(publish("test.lost", b"lost"))
        await asyncio.to_thread(bus.start)
        await said(line, taken, b"after")
    finally:
        await line.close()
    assert b"kept" in taken
    assert b"lost" not in taken
    assert len(backs) == 2


async def test_another_client_hears_and_is_heard(bus: RunningBus) -> None:
    taken: list[Any] = []
    line = BusLine([bus.bus.url()], "test")
    line.subscribe("from.peer", lambda *message: taken.append(message))
    line.open()
    peer = await nats.connect(bus.bus.url())
    try:
        heard = await peer.subscribe("from.us")
        await peer.flush()
        while not line.is_up:
            await asyncio.sleep(0.02)
        line.say(publish("from.us", b"word", "answer.here"))
        word = await heard.next_msg(timeout=5)
        assert (word.data, word.reply) == (b"word", "answer.here")
        big = b"x" * 900_000
        await peer.publish("from.peer", big, headers={"A": "b"})
        for _ in range(100):
            if taken:
                break
            await asyncio.sleep(0.05)
        [(subject, reply, head, content)] = taken
        assert (subject, reply, header(head, b"A"), content) == ("from.peer", "", "b", big)
    finally:
        await peer.close()
        await line.close()


async def test_a_wrong_password_is_no_line(bus: RunningBus) -> None:
    line = BusLine([bus.bus.url().replace("a-password", "another")], "test")
    line.open()
    await asyncio.sleep(0.5)
    assert not line.is_up
    await line.close()
