"""The other bodies of JT/T 808, and messages in packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.jt808 import bodies
from yuzhou.capabilities.sense.doors.jt808.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.jt808.packets import ASK_AFTER, GIVE_UP_AFTER, PacketBook, TooMuch
from yuzhou.capabilities.sense.doors.jt808.positions import Malformed
from yuzhou.capabilities.sense.doors.jt808.words import Message, Result, Version

from ..vehicles.recordings import recorded_frames

PHONE = "013800000001"


def test_recorded_registrations() -> None:
    """Of 2011, 2013 and 2019: the lengths of model and terminal differ."""
    found = {}
    for row in recorded_frames("jt808"):
        for frame in Splitter().feed(bytes.fromhex(row["hex"])):
            if isinstance(frame, Frame) and frame.message == Message.REGISTER:
                read = bodies.read_registration(frame.body, frame.version)
                found[read.model] = (read.manufacturer, read.terminal, read.plate, read.province, read.colour)
    assert found["tk12345"] == ("1234", "CHI123", "粤A12345", 40, 1)
    assert found["smallchi123"] == ("1234", "CHI123", "粤A12345", 40, 1)
    assert found["smallchi123000000000"][1] == "CHI1230"


def test_authentication() -> None:
    assert bodies.read_authentication(b"code\x00", Version.V2013) == ("code", "")
    assert bodies.read_authentication(b"\x04code" + b"860000000000001" + bytes(20), Version.V2019) == ("code", "860000000000001")
    with pytest.raises(Malformed):
        bodies.read_authentication(b"\x05code", Version.V2019)


def test_recorded_attributes() -> None:
    first, second = (
        bodies.read_attributes(frame.body, frame.version)
        for row in recorded_frames("jt808")
        for frame in Splitter().feed(bytes.fromhex(row["hex"]))
        if isinstance(frame, Frame) and frame.message == Message.ATTRIBUTES
    )
    assert (first["hardware"], first["firmware"]) == ("abcdefg", "poiuytrewq")
    assert (second["manufacturer"], second["model"], second["terminal"]) == ("88888", "CK100C", "1000493")
    assert (second["hardware"], second["firmware"]) == ("HW-V2.5", "CK100C-JT-V024")


def test_answers() -> None:
    assert bodies.general_answer(0x1234, Message.POSITION, Result.OK).hex() == "1234020000"
    assert bodies.read_general_answer(bytes.fromhex("1234810301")) == (0x1234, Message.SET_PARAMETERS, 1)
    assert bodies.registration_answer(7, 0, "secret") == b"\x00\x07\x00secret"
    assert bodies.registration_answer(7, 4, "secret") == b"\x00\x07\x04"
    assert bodies.resend_request(9, [2, 3], Version.V2013).hex() == "00090200020003"
    assert bodies.resend_request(9, [2, 3], Version.V2019).hex() == "0009000200020003"


@given(st.dictionaries(st.integers(0, 2**32 - 1), st.binary(max_size=40), max_size=10))
def test_parameters(parameters: dict[int, bytes]) -> None:
    wire = bodies.write_parameters(parameters)
    assert bodies.read_parameters(b"\x00\x05" + wire) == (5, parameters)


@given(st.binary(max_size=120), st.sampled_from(Version))
def test_nothing_but_malformed_is_raised(body: bytes, version: Version) -> None:
    for read in (
        lambda: bodies.read_registration(body, version),
        lambda: bodies.read_authentication(body, version),
        lambda: bodies.read_general_answer(body),
        lambda: bodies.read_parameters(body),
        lambda: bodies.read_attributes(body, version),
    ):
        try:
            read()
        except Malformed:
            continue


def packet(number: int, of: int, body: bytes, *, first: int = 65_534) -> Frame:
    return Frame(Message.POSITIONS, PHONE, (first + number - 1) & 0xFFFF, body, packets=of, packet=number)


@given(st.permutations([1, 2, 3, 4]))
def test_packets_in_any_order(order: list[int]) -> None:
    """And over the end of the serial numbers."""
    book = PacketBook()
    messages = [book.add(packet(number, 4, bytes([number])), 0.0) for number in order]
    assert messages[:-1] == [None] * 3
    assert messages[-1] is not None
    assert messages[-1].body == bytes((1, 2, 3, 4))
    assert len(book) == 0


def test_what_is_missing_is_asked_for_once_and_then_given_up() -> None:
    book = PacketBook()
    book.add(packet(1, 3, b"a"), 0.0)
    assert not list(book.to_ask_for(ASK_AFTER))
    (message,) = book.to_ask_for(ASK_AFTER + 1)
    assert (message.first, message.missing) == (65_534, [2, 3])
    assert not list(book.to_ask_for(ASK_AFTER + 2))
    assert book.expire(GIVE_UP_AFTER + 1) == [message]
    assert len(book) == 0


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 2000)])
def test_packets_that_cannot_be(number: int, of: int) -> None:
    with pytest.raises(TooMuch):
        PacketBook().add(packet(number, of, b""), 0.0)


def test_few_messages_are_kept() -> None:
    book = PacketBook()
    for first in range(0, 2000, 100):
        book.add(packet(1, 3, b"a", first=first), 0.0)
    assert len(book) == 8
