"""What becomes of each frame of JT/T 808, by the standard."""

from typing import Any

import pytest

from yuzhou.capabilities.sense.contracts import Source
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook
from yuzhou.capabilities.sense.doors.intake.items import Item, Reply
from yuzhou.capabilities.sense.doors.intake.shapes import Shapes
from yuzhou.capabilities.sense.doors.jt808.bodies import general_answer, read_general_answer, write_parameters
from yuzhou.capabilities.sense.doors.jt808.book import TerminalLink
from yuzhou.capabilities.sense.doors.jt808.frames import Frame, Splitter
from yuzhou.capabilities.sense.doors.jt808.packets import ASK_AFTER, GIVE_UP_AFTER
from yuzhou.capabilities.sense.doors.jt808.session import Session
from yuzhou.capabilities.sense.doors.jt808.words import Message, Registration, Result, Version
from yuzhou.capabilities.sense.doors.vehicles.talk import Farewell

from .terminals import (
    OTHER_PHONE,
    PHONE,
    TERMINAL,
    authenticate,
    batch,
    directory,
    entry,
    frame,
    in_packets,
    later,
    position,
    position_body,
    register,
)

CODE = "the-code"


class Nobody:
    """A receiver that is never told."""

    def stored(self, items: list[Item]) -> None:
        raise AssertionError


@pytest.fixture
def stranger() -> Session:
    book = DeviceBook(TerminalLink)
    book.renew(directory(entry(), entry(OTHER_PHONE, secret=TERMINAL, number=2)), 0.0)
    return Session(book, Shapes(), lambda link: CODE, Nobody(), "192.0.2.1:4000")


@pytest.fixture
def session(stranger: Session) -> Session:
    take(stranger, authenticate(CODE))
    return stranger


def take(session: Session, stream: bytes, now: float = 0.0) -> list[Any]:
    return [outcome for found in Splitter().feed(stream) for outcome in session.take(found, now)]


def only(session: Session, stream: bytes) -> Any:
    (outcome,) = take(session, stream)
    return outcome


def parsed(answer: bytes) -> Frame:
    (found,) = Splitter().feed(answer)
    assert isinstance(found, Frame)
    return found


def result_of(answer: bytes) -> tuple[int, int]:
    """Message and result of a general answer."""
    found = parsed(answer)
    assert found.message == Message.PLATFORM_ANSWER
    return read_general_answer(found.body)[1:]


def refusal(session: Session, stream: bytes) -> tuple[str, int | None]:
    """The code of the quarantine, and the result of the answer (None: none)."""
    item = only(session, stream)
    assert item.quarantined is not None
    assert item.raw is None
    assert item.readings is None
    return item.quarantined.code, parsed(item.answer).body[-1] if item.answer else None


@pytest.mark.parametrize("version", list(Version))
def test_registration_gives_the_code_that_authenticates(stranger: Session, version: Version) -> None:
    registered = parsed(only(stranger, register(version=version)).answer)
    assert (registered.message, registered.body[2], registered.body[3:]) == (Message.REGISTERED, Registration.OK, CODE.encode())
    assert registered.version is version
    assert not stranger.heard
    authenticated = only(stranger, authenticate(CODE, version=version))
    assert result_of(authenticated.answer) == (Message.AUTHENTICATE, Result.OK)
    assert stranger.heard


def test_a_position_is_kept_and_answered(session: Session) -> None:
    taken = only(session, position(items=b"\x01\x04\x00\x00\x00\x64"))
    values = dict(zip((name for name, _ in taken.readings.shape.keys), taken.readings.values, strict=True))
    assert values["latitude"] == 29.56301
    assert values["mileage"] == 10
    assert values["alarm.sos"] == 0  # the first report tells all bits
    assert (taken.source, taken.raw.kind) == (Source.REAL_TIME, "0200")
    assert result_of(taken.answer) == (Message.POSITION, Result.OK)
    again = only(session, position())
    names = [name for name, _ in again.readings.shape.keys]
    assert "alarm.sos" not in names
    assert {"acc", "position.valid", "alarm", "status"} < set(names)


def test_an_alarm_that_goes_is_told_once(session: Session) -> None:
    take(session, position())
    assert dict_of(only(session, position(alarm=1)))["alarm.sos"] == 1
    assert dict_of(only(session, position(alarm=0)))["alarm.sos"] == 0
    assert "alarm.sos" not in dict_of(only(session, position(alarm=0)))


def dict_of(item: Item) -> dict[str, float]:
    assert item.readings is not None
    return dict(zip((name for name, _ in item.readings.shape.keys), item.readings.values, strict=True))  # type: ignore[union-attr]  # not a block


def test_reissued_reports_do_not_disturb_what_is_live(session: Session) -> None:
    take(session, position(alarm=1))
    late = take(session, batch(position_body(at=later(-7200)), position_body(at=later(-7190), alarm=2)))
    assert [item.source for item in late] == [Source.REISSUED] * 2
    assert [bool(item.answer) for item in late] == [False, True]
    assert [item.raw is not None for item in late] == [True, False]
    assert dict_of(late[1])["alarm.overspeed"] == 1
    assert dict_of(only(session, position(alarm=0)))["alarm.sos"] == 0


def test_of_many_reports_the_good_ones_are_taken(session: Session) -> None:
    items = take(session, batch(position_body(at=later(-60)), position_body(at=later(7200)), position_body(at=later(-50))))
    assert [item.quarantined.code if item.quarantined else item.rows > 0 for item in items] == [True, True, "jt808.future-time"]
    assert refusal(session, batch(position_body(at=later(7200)))) == ("jt808.future-time", Result.WRONG)


def test_the_same_frame_again_is_answered_and_stored_once(session: Session) -> None:
    wire = position(serial=77)
    first, second = only(session, wire), only(session, wire)
    assert first.rows
    assert (second.rows, second.raw) == (0, None)
    assert result_of(second.answer) == (Message.POSITION, Result.OK)
    many = batch(position_body(), position_body(at=later(-5)))
    assert len(take(session, many)) == 2
    assert result_of(only(session, many).answer) == (Message.POSITIONS, Result.OK)


def test_heartbeat_time_and_logout(session: Session) -> None:
    beat = only(session, frame(Message.HEARTBEAT))
    assert isinstance(beat, Reply)
    assert result_of(beat.frame) == (Message.HEARTBEAT, Result.OK)
    assert len(parsed(only(session, frame(Message.ASK_TIME)).frame).body) == 6
    taken, farewell = take(session, frame(Message.LOGOUT))
    assert isinstance(farewell, Farewell)
    assert result_of(taken.answer) == (Message.LOGOUT, Result.OK)
    assert refusal(session, position()) == ("jt808.no-authentication", Result.FAILED)


@pytest.mark.parametrize(
    ("wire", "code", "result"),
    [
        (position("13900000000"), "unknown-device", Result.FAILED),
        (position(OTHER_PHONE), "other-phone", Result.FAILED),
        (authenticate(CODE, OTHER_PHONE), "other-phone", Result.FAILED),
        (register(OTHER_PHONE), "other-phone", Registration.NO_SUCH_TERMINAL),
        (authenticate("wrong"), "wrong-code", Result.FAILED),
        (position(at=later(3600)), "future-time", Result.WRONG),
        (position(at=later(-500 * 86_400)), "past-time", Result.WRONG),
        (frame(Message.POSITION, b"short"), "malformed", Result.WRONG),
        (frame(Message.POSITIONS, b"\x00\x01\x00"), "malformed", Result.WRONG),
        (frame(0x0F55), "unknown-message", Result.UNSUPPORTED),
        (frame(0x0801, bytes(40)), "unknown-message", Result.UNSUPPORTED),
        (frame(Message.POSITION, b"secret", encryption=1), "encrypted", Result.UNSUPPORTED),
        (frame(Message.POSITION, b"x", packets=3, packet=4), "packets", Result.WRONG),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,  # they bear the time
)
def test_refusals(session: Session, wire: bytes, code: str, result: int) -> None:
    assert refusal(session, wire) == (f"jt808.{code}", result)


def test_registration_is_refused_by_its_own_answer(stranger: Session) -> None:
    assert refusal(stranger, register("13900000000")) == ("jt808.unknown-device", Registration.NO_SUCH_VEHICLE)
    assert refusal(stranger, register(OTHER_PHONE, terminal="OTHER")) == ("jt808.wrong-terminal", Registration.NO_SUCH_TERMINAL)
    assert parsed(only(stranger, register(OTHER_PHONE)).answer).body[2] == Registration.OK
    assert refusal(stranger, register()[:20] + b"\x7e") == ("jt808.check", None)


def test_data_before_authentication(stranger: Session) -> None:
    assert refusal(stranger, position()) == ("jt808.no-authentication", Result.FAILED)
    assert refusal(stranger, frame(Message.POSITION, b"x", packets=3, packet=1)) == ("jt808.no-authentication", Result.FAILED)


def test_a_wrong_check_gets_no_answer_and_a_wrong_length_does(session: Session) -> None:
    damaged = bytearray(position())
    damaged[20] ^= 1
    assert refusal(session, bytes(damaged)) == ("jt808.check", None)
    short = bytearray(frame(Message.HEARTBEAT, serial=1))
    short[4] ^= 1
    short[-2] ^= 1
    assert refusal(session, bytes(short)) == ("jt808.length", Result.WRONG)


def test_a_message_in_packets(session: Session) -> None:
    body = batch_body([position_body(at=later(-seconds)) for seconds in range(40)])
    wires = in_packets(Message.POSITIONS, [body[:500], body[500:1000], body[1000:]])
    first, second = only(session, wires[2]), only(session, wires[0])
    assert [one.rows for one in (first, second)] == [0, 0]
    assert all(result_of(one.answer) == (Message.POSITIONS, Result.OK) for one in (first, second))
    items = take(session, wires[1])
    assert len(items) == 40
    assert sum(1 for item in items if item.answer) == 1
    again = only(session, wires[0])
    assert (again.raw, again.rows) == (None, 0)
    assert result_of(again.answer) == (Message.POSITIONS, Result.OK)
    assert session.give_up(ASK_AFTER + 1) == []  # what came again begins no new message
    other = batch_body([position_body(at=later(-1000 - seconds)) for seconds in range(40)])
    for wire in in_packets(Message.POSITIONS, [other[:500], other[500:1000], other[1000:]]):  # the serial numbers of before
        items = take(session, wire)
    assert len(items) == 40


def batch_body(reports: list[bytes]) -> bytes:
    return len(reports).to_bytes(2, "big") + b"\x01" + b"".join(len(one).to_bytes(2, "big") + one for one in reports)


def test_packets_that_did_not_come_are_asked_for(session: Session) -> None:
    take(session, in_packets(Message.POSITIONS, [b"a", b"b", b"c"], first=9)[0])
    (asked,) = session.give_up(ASK_AFTER + 1)
    found = parsed(asked.frame)
    assert (found.message, found.body.hex()) == (Message.RESEND, "00090200020003")
    (lost,) = session.give_up(GIVE_UP_AFTER + 1)
    assert lost.quarantined.code == "jt808.packets-missing"
    assert lost.quarantined.params == {"missing": [2, 3], "of": 3}


def test_what_a_terminal_says_about_a_command(session: Session) -> None:
    kept, word = take(session, frame(Message.TERMINAL_ANSWER, general_answer(5, Message.TEXT, Result.FAILED)))
    assert kept.answer == b""
    assert (word.reference, word.done, word.code) == ("8300/5", False, "result=1")
    _, word = take(session, frame(Message.TERMINAL_ANSWER, general_answer(6, Message.QUERY_POSITION, Result.OK)))
    assert word.done is None
    _, word = take(session, frame(Message.PARAMETERS, b"\x00\x07" + write_parameters({0x29: b"\0\0\0\x1e", 0x13: b"host"})))
    assert (word.reference, word.done, word.answer) == ("8104/7", True, {"report_period": 30, "server": "host"})
    kept, word = take(session, frame(Message.POSITION_ANSWER, b"\x00\x08" + position_body()))
    assert kept.rows > 7
    assert (word.reference, word.answer) == ("8201/8", {"latitude": 29.56301, "longitude": 106.551556})
    _, word = take(session, frame(Message.CONTROL_ANSWER, b"\x00\x09" + position_body()))
    assert (word.reference, word.done) == ("8500/9", True)


def test_kept_as_it_is(session: Session) -> None:
    taken = only(session, frame(0x0900, b"anything"))
    assert (taken.rows, taken.raw.kind) == (0, "0900")
    assert result_of(taken.answer) == (0x0900, Result.OK)


def test_2019_is_answered_in_2019(session: Session) -> None:
    take(session, authenticate(CODE, version=Version.V2019))
    answer = parsed(only(session, position(version=Version.V2019)).answer)
    assert (answer.version, answer.phone, answer.protocol) == (Version.V2019, PHONE.zfill(20), 1)


def test_a_frame_that_never_ended(session: Session) -> None:
    item = session.incomplete(position()[:30])
    assert item.quarantined is not None
    assert item.quarantined.code == "jt808.incomplete"
