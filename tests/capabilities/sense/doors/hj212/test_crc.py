"""The check of annex A: exact against the standard's own words, for any data."""

from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.hj212 import crc

from .samples import ANNEX_A, rows


def by_the_letter(data: bytes) -> int:
    """Annex A as it is written, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register


def modbus(data: bytes) -> int:
    """CRC-16/MODBUS, which is often taken for it."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


@given(st.binary(max_size=3000))
def test_is_annex_a(data: bytes) -> None:
    assert crc.check_word(data) == by_the_letter(data)


def test_every_length_up_to_the_longest_frame() -> None:
    data = bytes(range(256)) * 40
    for size in [*range(1, 200), 255, 256, 257, 1023, 1024, 1025, 4095, 4097, 9999]:
        assert crc.check_word(data[:size]) == by_the_letter(data[:size])


def test_the_standards_example_and_not_modbus() -> None:
    segment = ANNEX_A[6:-6]
    assert crc.check_digits(segment) == b"1C80"
    assert modbus(segment) == 0x0759


def test_recorded_frames() -> None:
    for row in rows("field_frames.jsonl"):
        assert crc.check_digits(row["frame"][6:-4].encode()).decode() == row["crc_computed"]


@given(st.binary(min_size=16, max_size=64), st.integers(0, 7))
def test_cannot_see_bytes_eight_apart_change_places(data: bytes, at: int) -> None:
    """A known weakness of the standard's check, written down so that nobody relies on more."""
    swapped = bytearray(data)
    swapped[at], swapped[at + 8] = swapped[at + 8], swapped[at]
    assert crc.check_word(bytes(swapped)) == crc.check_word(data)
