"""What becomes of each frame of GB/T 32960, by the standard."""

from functools import reduce
from operator import xor
from typing import Any

import pytest

from yuzhou.capabilities.sense.contracts import Source
from yuzhou.capabilities.sense.doors.gb32960.book import VehicleLink
from yuzhou.capabilities.sense.doors.gb32960.decoding import Decoder
from yuzhou.capabilities.sense.doors.gb32960.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.gb32960.session import Session
from yuzhou.capabilities.sense.doors.gb32960.words import Command, Encryption, Reply, Version
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.items import Reply as AtOnce
from yuzhou.capabilities.sense.doors.vehicles.talk import Farewell, Word
from yuzhou.capabilities.sense.doors.vehicles.times import read_clock, write_clock

from .vehicles import (
    ICCID,
    OTHER_VIN,
    PLATFORM,
    PLATFORM_SECRET,
    VIN,
    directory,
    entry,
    frame,
    later,
    login,
    logout,
    platform_login,
    position_item,
    report,
)


class Nobody:
    """A receiver that is never told."""

    def stored(self, items: list[Item]) -> None:
        raise AssertionError


@pytest.fixture
def session() -> Session:
    book = DeviceBook(VehicleLink)
    entries = (
        entry(),
        entry(OTHER_VIN, secret=ICCID, number=2),
        entry(PLATFORM, secret=PLATFORM_SECRET, number=3),
    )
    book.renew(directory(*entries), 0.0)
    return Session(book, Decoder(), Nobody(), "192.0.2.1:4000")


def take(session: Session, stream: bytes) -> list[Any]:
    return [outcome for found in Splitter(4000).feed(stream) for outcome in session.take(found, 0.0)]


def only(session: Session, stream: bytes) -> Any:
    (outcome,) = take(session, stream)
    return outcome


def parsed(answer: bytes) -> Frame:
    (found,) = Splitter().feed(answer)
    assert isinstance(found, Frame)
    return found


def refusal(session: Session, stream: bytes) -> tuple[str, int]:
    """The code of the quarantine, and the reply flag of the answer (0: none)."""
    item = only(session, stream)
    assert item.quarantined is not None
    assert item.raw is None
    assert item.readings is None
    code = item.quarantined.code
    assert code.startswith("gb32960.")
    return code.removeprefix("gb32960."), parsed(item.answer).reply if item.answer else 0


def test_login_then_data_each_answered_with_its_own_time(session: Session) -> None:
    at = later(-3)
    logged_in = only(session, login(at=at))
    answer = parsed(logged_in.answer)
    assert (answer.command, answer.reply, answer.vin, answer.data) == (Command.LOGIN, Reply.OK, VIN, write_clock(at))
    assert session.heard
    taken = only(session, report(at=at, items=position_item()))
    assert taken.readings.rows == 18
    assert taken.readings.at == read_clock(write_clock(at))
    assert (taken.source, taken.raw.kind, taken.raw.quirks) == (Source.REAL_TIME, "02", ())
    answer = parsed(taken.answer)
    assert (answer.command, answer.reply, answer.data) == (Command.REAL_TIME, Reply.OK, write_clock(at))


def test_reissued_and_old_data_say_so(session: Session) -> None:
    take(session, login())
    assert only(session, report(command=Command.REISSUE, at=later(-60))).source == Source.REISSUED
    assert only(session, report(at=later(-3600))).source == Source.REISSUED


def test_the_same_frame_again_is_answered_and_stored_once(session: Session) -> None:
    take(session, login())
    wire = report()
    first, second = only(session, wire), only(session, wire)
    assert (first.rows, second.rows, second.raw) == (15, 0, None)
    assert second.answer == first.answer


def test_heartbeat_and_clock_are_answered_at_once(session: Session) -> None:
    assert parsed(only(session, frame(Command.CLOCK)).frame).reply == Reply.OK  # before any login: its clock may be wrong
    take(session, login())
    beat = only(session, frame(Command.HEARTBEAT))
    assert isinstance(beat, AtOnce)
    assert (parsed(beat.frame).reply, parsed(beat.frame).data) == (Reply.OK, b"")
    clock = parsed(only(session, frame(Command.CLOCK)).frame)
    assert abs(read_clock(clock.data) - read_clock(write_clock(later(0)))) < 5_000_000


def test_logout_ends_what_may_be_said(session: Session) -> None:
    take(session, login())
    taken, farewell = take(session, logout())
    assert isinstance(farewell, Farewell)
    assert parsed(taken.answer).reply == Reply.OK
    assert refusal(session, report()) == ("no-login", Reply.ERROR)


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (login("LSTRANGER00000001"), "unknown-device"),
        (report(OTHER_VIN), "other-vin"),
        (login(OTHER_VIN, iccid="00000000000000000000"), "other-vin"),
        (report(at=later(3600)), "future-time"),
        (report(at=later(-500 * 86_400)), "past-time"),
        (frame(Command.REAL_TIME, b"\x1a"), "malformed"),
        (frame(Command.REAL_TIME, bytes(6)), "malformed"),
        (frame(0x55), "unknown-command"),
        (frame(Command.REAL_TIME, b"secret", encryption=Encryption.AES128), "encrypted"),
        (report()[:-1] + b"\x00", "check"),
        (frame(Command.REAL_TIME, bytes(5000)), "oversize"),
        (platform_login("nobody"), "unknown-platform"),
        (platform_login(password="wrong"), "wrong-password"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,  # they bear the time
)
def test_refusals(session: Session, wire: bytes, code: str) -> None:
    take(session, login())
    expected = Reply.DUPLICATE_VIN if code == "other-vin" and wire[2] == Command.LOGIN else Reply.ERROR
    found = take(session, wire)
    assert found[0].quarantined.code == f"gb32960.{code}"
    assert parsed(found[0].answer).reply == expected


def test_the_edition_of_2025_says_more(session: Session) -> None:
    assert refusal(session, login("LSTRANGER00000001", version=Version.V2025)) == ("unknown-device", Reply.UNKNOWN_VIN)
    wire = frame(Command.REAL_TIME, b"secret", encryption=Encryption.SM4, version=Version.V2025)
    assert refusal(session, wire) == ("encrypted", Reply.NOT_DECRYPTED)
    take(session, login(version=Version.V2025))
    assert refusal(session, frame(Command.REAL_TIME, bytes(6), version=Version.V2025)) == ("malformed", Reply.WRONG_STRUCTURE)


def test_data_before_any_login(session: Session) -> None:
    assert refusal(session, report()) == ("no-login", Reply.ERROR)


def test_a_wrong_check_of_a_stranger_gets_no_answer(session: Session) -> None:
    assert refusal(session, report()[:-1] + b"\x00") == ("check", 0)
    assert refusal(session, b"hello?") == ("garbage", 0)


def test_an_iccid_that_is_registered_must_be_the_one(session: Session) -> None:
    assert refusal(session, login(OTHER_VIN, iccid="00000000000000000000")) == ("wrong-iccid", Reply.ERROR)
    odd = login(OTHER_VIN).replace(ICCID.encode(), b"\xff" * 20)
    odd = odd[:-1] + bytes([reduce(xor, odd[2:-1])])
    assert refusal(session, odd) == ("wrong-iccid", Reply.ERROR)
    assert parsed(only(session, login(OTHER_VIN)).answer).reply == Reply.OK


def test_a_platform_speaks_for_its_vehicles(session: Session) -> None:
    logged_in = only(session, platform_login())
    assert parsed(logged_in.answer).reply == Reply.OK
    assert PLATFORM_SECRET.encode() not in logged_in.raw.content
    assert only(session, report()).rows == 15
    assert refusal(session, report(OTHER_VIN)) == ("other-vin", Reply.ERROR)  # its SIM card is registered: it must log in
    take(session, login(OTHER_VIN))
    assert only(session, report(OTHER_VIN)).rows == 15
    assert isinstance(only(session, frame(Command.HEARTBEAT, vin="PLATFORM000000001")), AtOnce)
    data = write_clock(later(0)) + b"\0\1"
    taken, *farewells = take(session, frame(Command.PLATFORM_LOGOUT, data, vin="PLATFORM000000001"))
    assert parsed(taken.answer).reply == Reply.OK
    assert len(farewells) == 3
    assert refusal(session, report()) == ("no-login", Reply.ERROR)


def test_a_refused_password_is_not_kept(session: Session) -> None:
    item = only(session, platform_login(password="wrong-password"))
    assert b"wrong-password" not in item.quarantined.content


def test_what_a_vehicle_says_about_a_command(session: Session) -> None:
    take(session, login())
    kept, word = take(session, frame(Command.CONTROL, write_clock(later(0)), reply=Reply.ERROR))
    assert kept.answer == b""
    assert isinstance(word, Word)
    assert (word.reference, word.done, word.code) == ("82", False, "reply=2")
    parameters = write_clock(later(0)) + b"\x03\x02\x00\x0a\x04\x03\x05abc"
    _, word = take(session, frame(Command.QUERY, parameters, reply=Reply.OK))
    assert (word.done, word.answer) == (True, {"report_period": 10, "platform_length": 3, "platform": "abc"})
    assert refusal(session, frame(Command.HEARTBEAT, reply=Reply.OK)) == ("unexpected-reply", 0)


def test_too_many_series(session: Session) -> None:
    take(session, login())
    (link,) = session.links
    link.series = {(f"old.{number}", "rtd"): number for number in range(2040)}  # type: ignore[misc]  # only their number counts
    assert refusal(session, report()) == ("too-many-series", Reply.ERROR)


def test_no_encryption_and_a_vendors_item_are_marked(session: Session) -> None:
    take(session, login())
    taken = only(session, frame(Command.REAL_TIME, write_clock(later(0)) + position_item() + b"\x0aown", encryption=0))
    assert taken.raw.quirks == ("encryption-0", "unknown-item")


def test_a_frame_that_never_ended(session: Session) -> None:
    item = session.incomplete(report()[:30])
    assert item.quarantined is not None
    assert item.quarantined.code == "gb32960.incomplete"
