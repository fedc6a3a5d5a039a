"""Cutting frames out of a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.hj212.frames import Broken, Fault, Frame, Mark, Splitter, encode

from .samples import ANNEX_A, SEGMENT, rows

segments = st.binary(min_size=1, max_size=1200).map(lambda data: data.replace(b"#", b"-").replace(b"\r", b"-"))
FRAME = encode(SEGMENT.encode())


def faults(found: list[Frame | Broken]) -> list[Fault]:
    return [item.fault for item in found if isinstance(item, Broken)]


def frames(found: list[Frame | Broken]) -> list[bytes]:
    return [item.segment for item in found if isinstance(item, Frame)]


def test_the_standards_example() -> None:
    (frame,) = Splitter().feed(ANNEX_A)
    assert isinstance(frame, Frame)
    assert frame.segment == ANNEX_A[6:-6]
    assert frame.marks == ()
    assert encode(frame.segment) == ANNEX_A


@given(st.lists(segments, min_size=1, max_size=8), st.data())
def test_pieces_do_not_matter(wanted: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(encode(segment) for segment in wanted)
    splitter, found = Splitter(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert frames(found) == wanted
    assert splitter.held == 0


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_never_crashes_and_holds_little(pieces: list[bytes]) -> None:
    splitter = Splitter()
    for piece in pieces:
        splitter.feed(piece)
        assert splitter.held <= 6 + 9999 + 4 + 300


@given(st.binary(max_size=200).map(lambda data: data.replace(b"#", b"-")))
def test_garbage_before_a_frame(garbage: bytes) -> None:
    found = Splitter().feed(garbage + FRAME)
    assert frames(found) == [SEGMENT.encode()]


@given(st.integers(0, len(FRAME) - 3), st.integers(1, 255))
def test_one_damaged_byte_costs_one_frame(at: int, change: int) -> None:
    damaged = bytearray(FRAME)
    damaged[at] ^= change
    found = Splitter().feed(bytes(damaged) + FRAME + FRAME)
    assert frames(found)[-1] == SEGMENT.encode()
    assert len(frames(found)) >= 2 or b"##" in damaged[2:]


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        (FRAME.replace(b"40.1", b"40.2"), Fault.CRC),
        (FRAME.replace(b"##0", b"##1"), Fault.LENGTH),
        (b"##0010" + FRAME[6:], Fault.LENGTH),
        (b"##abcd" + FRAME[6:], Fault.HEADER),
        (FRAME[:40] + b"\r\n", Fault.LENGTH),
        (FRAME[:40], Fault.LENGTH),
        (b"hello\r\n", Fault.GARBAGE),
    ],
)
def test_a_fault_is_named_and_the_next_frame_found(stream: bytes, fault: Fault) -> None:
    found = Splitter().feed(stream + FRAME)
    assert faults(found)[0] == fault
    assert frames(found) == [SEGMENT.encode()]


def test_check_in_lower_case_or_swapped_is_read_and_marked() -> None:
    digits = ANNEX_A[-6:-2]
    for variant, marks in (
        (digits.lower(), (Mark.CRC_LOWER,)),
        (digits[2:] + digits[:2], (Mark.CRC_SWAPPED,)),
        ((digits[2:] + digits[:2]).lower(), (Mark.CRC_LOWER, Mark.CRC_SWAPPED)),
    ):
        (frame,) = Splitter().feed(ANNEX_A[:-6] + variant + b"\r\n")
        assert isinstance(frame, Frame)
        assert frame.marks == marks


def test_long_segments_are_marked_and_too_long_ones_refused() -> None:
    long, longer = b"x" * 1025, b"x" * 3000
    found = Splitter(limit=2000).feed(encode(long) + encode(longer) + FRAME)
    assert isinstance(found[0], Frame)
    assert found[0].marks == (Mark.LONG,)
    assert isinstance(found[1], Broken)
    assert found[1].fault is Fault.OVERSIZE
    assert found[1].segment == longer
    assert isinstance(found[2], Frame)


def test_recorded_frames() -> None:
    for row in rows("field_frames.jsonl"):
        (found,) = Splitter().feed(row["frame"].encode() + b"\r\n")
        assert isinstance(found, Frame) == row["crc_ok"]


def test_frames_without_line_ends() -> None:
    assert frames(Splitter().feed(FRAME[:-2] * 3)) == [SEGMENT.encode()] * 3
