"""Cutting frames of JT/T 808 out of a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.jt808.frames import Broken, Fault, Frame, Splitter, encode, escape, unescape
from yuzhou.capabilities.sense.doors.jt808.words import Message, Version

from ..vehicles.recordings import recorded_frames

HEARTBEAT = Frame(Message.HEARTBEAT, "013800000001", 7)


def numbers(version: Version) -> st.SearchStrategy[str]:
    length = 20 if version else 12
    return st.text("0123456789", min_size=length, max_size=length)


frames = st.sampled_from(Version).flatmap(
    lambda version: st.builds(
        Frame,
        message=st.integers(0, 0xFFFF),
        phone=numbers(version),
        serial=st.integers(0, 0xFFFF),
        body=st.binary(max_size=1023),
        version=st.just(version),
        protocol=st.just(1 if version else 0),
        encryption=st.integers(0, 7),
        packets=st.integers(0, 3),
        packet=st.just(0),
    )
)


def whole(found: list[Frame | Broken]) -> list[bytes]:
    return [item.raw for item in found if isinstance(item, Frame)]


def faults(found: list[Frame | Broken]) -> list[Fault]:
    return [item.fault for item in found if isinstance(item, Broken)]


def test_a_heartbeat_byte_for_byte() -> None:
    assert encode(HEARTBEAT).hex() == "7e000200000138000000010007" + "3d" + "7e"


def test_2019_has_a_version_and_twenty_digits() -> None:
    frame = Frame(Message.HEARTBEAT, "13800000001", 7, version=Version.V2019)
    assert encode(frame).hex() == "7e0002400001000000000138000000010007" + "7c" + "7e"
    (read,) = Splitter().feed(encode(frame))
    assert isinstance(read, Frame)
    assert (read.identity, read.version, read.protocol, read.serial) == ("13800000001", Version.V2019, 1, 7)


@pytest.mark.parametrize("content", [b"\x7e", b"\x7d", b"\x7d\x02", b"\x7d\x01", b"0\x7e1\x7d2"])
def test_escape(content: bytes) -> None:
    assert unescape(escape(content)) == content
    assert b"\x7e" not in escape(content)


@given(st.binary())
def test_escape_back_and_forth(content: bytes) -> None:
    assert unescape(escape(content)) == content


def test_a_wrong_escape() -> None:
    assert unescape(b"1\x7d\x03") is None
    assert faults(Splitter().feed(b"\x7e" + bytes(20) + b"\x7d\x00\x7e")) == [Fault.ESCAPE]


def test_recorded_frames() -> None:
    """What the collection says has a right check is read and made again byte for byte, and the rest is refused."""
    read = 0
    for row in recorded_frames("jt808"):
        wire = bytes.fromhex(row["hex"])
        if wire.count(b"\x7e") > 2:
            continue  # tests of the framing itself: not one frame
        (found,) = Splitter().feed(wire)
        if not row["bcc_ok"]:
            assert isinstance(found, Broken)
            continue
        if isinstance(found, Broken):
            assert (found.fault, row["msg_id"]) == (Fault.LENGTH, "0201")
            continue
        assert f"{found.message:04X}" == row["msg_id"]
        assert found.is_odd or encode(found) == wire
        read += 1
    assert read > 40


def test_a_header_of_2013_that_says_2019() -> None:
    odd = bytearray(encode(Frame(Message.HEARTBEAT, "010030000681", 1)))
    odd[3] |= 0x40
    odd[-2] ^= 0x40
    (found,) = Splitter().feed(bytes(odd))
    assert isinstance(found, Frame)
    assert found.is_odd
    assert found.identity == "10030000681"


@given(st.lists(frames, min_size=1, max_size=6), st.data())
def test_pieces_do_not_matter(wanted: list[Frame], data: st.DataObject) -> None:
    wires = [encode(frame) for frame in wanted]
    stream, splitter, found = b"".join(wires), Splitter(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert whole(found) == wires
    assert not faults(found)
    assert splitter.held == 0


@given(
    st.lists(st.sampled_from([b"\x7e", b"\x7d", b"\x7d\x01", b"a" * 90, encode(HEARTBEAT), b"\r\n"]), max_size=30),
    st.integers(1, 50),
)
def test_faults_do_not_depend_on_the_pieces(parts: list[bytes], step: int) -> None:
    stream = b"".join(parts)
    splitter, found = Splitter(100), []
    for position in range(0, len(stream), step):
        found += splitter.feed(stream[position : position + step])
        assert splitter.held <= 100
    at_once = Splitter(100).feed(stream)
    assert [(type(item), item.raw) for item in found] == [(type(item), item.raw) for item in at_once]


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_never_crashes(pieces: list[bytes]) -> None:
    splitter = Splitter()
    for piece in pieces:
        splitter.feed(piece)


@given(st.integers(1, len(encode(HEARTBEAT)) - 2), st.integers(1, 255))
def test_a_damaged_byte_costs_one_frame(at: int, change: int) -> None:
    damaged = bytearray(encode(HEARTBEAT))
    damaged[at] ^= change
    found = Splitter().feed(bytes(damaged) + encode(HEARTBEAT) * 2)
    assert whole(found) == [encode(HEARTBEAT)] * 2
    assert faults(found)


def test_one_border_between_frames_is_enough() -> None:
    assert whole(Splitter().feed(encode(HEARTBEAT)[:-1] + encode(HEARTBEAT))) == [encode(HEARTBEAT)] * 2


def test_a_giant_is_refused_once() -> None:
    found = Splitter().feed(b"\x7e" + b"1" * 20_000) + Splitter().feed(b"1" * 5)
    assert faults(found) == [Fault.OVERSIZE]
    assert len(found[0].raw) == 2048


def test_too_long_to_be_sent() -> None:
    with pytest.raises(ValueError, match="013800000001"):
        encode(Frame(1, "013800000001", 1, bytes(1024)))
