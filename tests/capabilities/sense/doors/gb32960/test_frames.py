"""Cutting frames of GB/T 32960 out of a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.gb32960.frames import Broken, Fault, Frame, Splitter, answer, encode
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Encryption, Reply, Version

from ..vehicles.recordings import recorded_frames

VIN = "LSAMPLE0000000001"
HEARTBEAT = Frame(Version.V2016, Command.HEARTBEAT, Reply.COMMAND, VIN, Encryption.NONE, b"")

vins = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17)
frames = st.builds(
    Frame,
    st.sampled_from(Version),
    st.sampled_from(Command),
    st.sampled_from(Reply),
    vins,
    st.sampled_from(Encryption),
    st.binary(max_size=600),
)


def whole(found: list[Frame | Broken]) -> list[bytes]:
    return [item.raw for item in found if isinstance(item, Frame)]


def faults(found: list[Frame | Broken]) -> list[Fault]:
    return [item.fault for item in found if isinstance(item, Broken)]


def test_a_heartbeat_byte_for_byte() -> None:
    wire = encode(HEARTBEAT)
    assert wire[:4] == b"##\x07\xfe"
    assert wire[4:21] == VIN.encode()
    assert wire[21:24] == b"\x01\x00\x00"
    assert len(wire) == 25
    (frame,) = Splitter().feed(wire)
    assert isinstance(frame, Frame)
    assert encode(frame) == frame.raw == wire
    assert answer(frame, Reply.OK)[3] == Reply.OK


@pytest.mark.parametrize("row", range(7))
def test_recorded_frames(row: int) -> None:
    recording = recorded_frames("gb32960")[row]
    wire = bytes.fromhex(recording["hex"])
    (frame,) = Splitter().feed(wire)
    assert isinstance(frame, Frame)
    assert (f"{frame.command:02X}", f"{frame.reply:02X}", frame.vin, frame.encryption, len(frame.data)) == (
        recording["cmd"],
        recording["ack"],
        recording["vin"],
        recording["encrypt"],
        recording["data_len"],
    )
    assert encode(frame) == wire


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


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_never_crashes_and_holds_little(pieces: list[bytes]) -> None:
    splitter = Splitter(1000)
    for piece in pieces:
        splitter.feed(b"##" + piece)
        assert splitter.held <= 24 + 1000 + 302


@given(
    st.lists(st.sampled_from([b"##", b"$", b"#", b"\x02\xfe", VIN.encode(), b"\x01\x00\x05", bytes(9)]), max_size=30), st.data()
)
def test_frames_found_among_ruins_do_not_depend_on_the_pieces(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts) + encode(HEARTBEAT)
    at_once = Splitter().feed(stream)
    splitter, found = Splitter(), []
    step = data.draw(st.integers(1, 40))
    for position in range(0, len(stream), step):
        found += splitter.feed(stream[position : position + step])
    assert whole(found) == whole(at_once)


@given(st.integers(0, 23), st.integers(1, 255))
def test_a_damaged_byte_costs_one_frame(at: int, change: int) -> None:
    damaged = bytearray(encode(HEARTBEAT))
    damaged[at] ^= change
    found = Splitter(200).feed(bytes(damaged) + encode(HEARTBEAT) * 20)
    assert len(whole(found)) >= 20 - (at in (22, 23)) * 9  # a damaged length waits for what never belonged to it


def test_a_wrong_check_tells_who_it_says_it_is() -> None:
    (broken,) = Splitter().feed(encode(HEARTBEAT)[:-1] + b"\xff")
    assert isinstance(broken, Broken)
    assert broken.fault is Fault.CHECK
    assert broken.head is not None
    assert broken.head.vin == VIN


def test_a_giant_is_refused_by_its_header() -> None:
    giant = encode(Frame(Version.V2016, Command.REAL_TIME, Reply.COMMAND, VIN, Encryption.NONE, bytes(60_000)))
    found = Splitter(16_384).feed(giant) + Splitter(16_384).feed(encode(HEARTBEAT))
    assert faults(found)[0] is Fault.OVERSIZE
    assert whole(found) == [encode(HEARTBEAT)]


def test_what_cannot_be_a_header_is_left_at_once() -> None:
    found = Splitter().feed(b"##" + bytes(22) + encode(HEARTBEAT))
    assert faults(found) == [Fault.HEADER]
    assert whole(found) == [encode(HEARTBEAT)]


def test_too_long_to_be_sent() -> None:
    with pytest.raises(ValueError, match="L"):
        encode(Frame(Version.V2016, Command.LOGIN, Reply.COMMAND, "L" * 18, Encryption.NONE, b""))
