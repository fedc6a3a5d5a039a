"""What becomes of each frame, by the standard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yuzhou.capabilities.sense.contracts import Source
from yuzhou.capabilities.sense.doors.hj212.book import LoggerLink
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.frames import Splitter
from yuzhou.capabilities.sense.doors.hj212.session import FromLogger, Proven, Reply, Session
from yuzhou.capabilities.sense.doors.hj212.times import format_time
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook
from yuzhou.capabilities.sense.doors.intake.items import Item

from .loggers import AN_HOUR_AGO, MN, OTHER_MN, directory, entry, later, upload


class Nobody:
    """A receiver that is never told."""

    def stored(self, items: list[Item]) -> None:
        raise AssertionError


@pytest.fixture
def session() -> Session:
    book = DeviceBook(LoggerLink)
    book.renew(directory(entry(), entry(OTHER_MN, number=2)), 0.0)
    return Session(book, Decoder(), Nobody(), "192.0.2.1:4000")


def take(session: Session, stream: bytes, now: float = 0.0) -> list[Any]:
    return [outcome for found in Splitter(4000).feed(stream) for outcome in session.take(found, now)]


def item(session: Session, stream: bytes) -> Item:
    return next(outcome for outcome in take(session, stream) if isinstance(outcome, Item))


def refusal(session: Session, stream: bytes) -> tuple[str, bytes]:
    found = item(session, stream)
    assert found.quarantined is not None
    assert found.raw is None
    assert found.readings is None
    return found.quarantined.code, found.answer


def test_data_are_kept_and_answered_with_9014(session: Session) -> None:
    taken = item(session, upload(qn="20260801085857223"))
    assert taken.readings is not None
    assert taken.readings.values == [40.1, 2.5]
    assert taken.raw is not None
    assert taken.raw.kind == "2011"
    assert taken.answer.startswith(b"##0087QN=20260801085857223;ST=91;CN=9014;PW=100000;MN=" + MN.encode() + b";Flag=4;CP=&&&&")


def test_the_password_is_not_kept(session: Session) -> None:
    taken = item(session, upload())
    assert taken.raw is not None
    assert b"PW=******;" in taken.raw.content
    refused = item(session, upload(password="999999"))
    assert refused.quarantined is not None
    assert b"999999" not in refused.quarantined.content


def test_while_a_change_of_password_is_not_settled_both_are_good(session: Session) -> None:
    sent = replace(entry(), new_secret="1000001", new_secret_since=datetime.now(UTC))
    session._book.renew(directory(sent, entry(OTHER_MN, number=2)), 0.0)
    old = take(session, upload())
    assert [outcome for outcome in old if isinstance(outcome, Proven)] == []  # it may not have got to it yet
    new = take(session, upload(password="1000001", at=later(-60)))
    assert [outcome.password for outcome in new if isinstance(outcome, Proven)] == ["1000001"]
    kept = next(outcome for outcome in new if isinstance(outcome, Item))
    assert kept.raw is not None
    assert b"PW=******;" in kept.raw.content
    assert [outcome for outcome in take(session, upload(password="1000001", at=later(-120))) if isinstance(outcome, Proven)] == []
    assert refusal(session, upload(password="999999", at=later(-180)))[0] == "hj212.wrong-password"


def test_the_old_password_stays_with_a_logger_that_goes_on_using_it(session: Session) -> None:
    sent = replace(entry(), new_secret="654321", new_secret_since=datetime.now(UTC) - timedelta(minutes=11))
    session._book.renew(directory(sent, entry(OTHER_MN, number=2)), 0.0)
    assert [outcome.password for outcome in take(session, upload()) if isinstance(outcome, Proven)] == ["100000"]


def test_without_bit_a_there_is_no_answer(session: Session) -> None:
    for flag in (4, 0, None):
        assert item(session, upload(flag=flag, qn=f"2026080108585722{flag or 9}")).answer == b""


def test_2005_gets_its_answer_in_the_content(session: Session) -> None:
    answer = item(session, upload(flag=1, qn="20260801085857223")).answer
    assert b"ST=91;CN=9014;" in answer
    assert b"CP=&&QN=20260801085857223;CN=2011&&" in answer


def test_a_frame_sent_again_is_answered_again_and_stored_once(session: Session) -> None:
    frame = upload()
    first, second = item(session, frame), item(session, frame)
    assert first.rows == 2
    assert second.rows == 0
    assert second.raw is None
    assert second.answer == first.answer
    assert second.fate is first.fate is not None


@pytest.mark.parametrize(
    ("frame", "code", "answer"),
    [
        (upload().replace(b"40.1", b"40.2"), "hj212.crc", b""),
        (upload().replace(b"##0", b"##1"), "hj212.length", b""),
        (upload(password="000000"), "hj212.wrong-password", b"CN=9011;PW=000000"),
        (upload(mn="UNKNOWN"), "hj212.unknown-device", b"CP=&&QnRtn=4&&"),
        (upload(at=later(60)), "hj212.future-time", b"CP=&&QnRtn=2&&"),
        (upload(at=later(60), qn="20990101000000000"), "hj212.future-time", b"CP=&&QnRtn=7&&"),
        (upload(at=later(-60 * 24 * 401)), "hj212.past-time", b"CP=&&QnRtn=2&&"),
        (upload(cn="7777"), "hj212.unknown-command", b"CP=&&QnRtn=8&&"),
        (upload(content=""), "hj212.malformed", b"CP=&&QnRtn=2&&"),
        (upload(content="DataTime=20261399000000;w01018-Rtd=1"), "hj212.malformed", b"CP=&&QnRtn=2&&"),
        (upload(content="DataTime=20260801000000;" + "x" * 4500), "hj212.oversize", b"CP=&&QnRtn=2&&"),
        (b"GET / HTTP/1.1\r\n\r\n", "hj212.garbage", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # frames hold the time: xdist wants one name in all processes
)
def test_refusals(session: Session, frame: bytes, code: str, answer: bytes) -> None:
    assert refusal(session, frame)[0] == code
    given = refusal(session, frame)[1]
    assert answer in given
    assert bool(given) == bool(answer)
    without = frame.replace(b"Flag=5", b"Flag=4")
    assert without == frame or refusal(session, without)[1] == b""


def test_a_refusal_names_the_device_that_it_claims_to_be(session: Session) -> None:
    refused = item(session, upload().replace(b"40.1", b"40.2")).quarantined
    assert refused is not None
    assert refused.identity == MN
    assert refused.device_id is not None
    assert refused.peer == "192.0.2.1:4000"


def test_ten_minutes_ahead_is_near_enough(session: Session) -> None:
    assert item(session, upload(at=later(9))).rows == 2


def test_old_data_are_a_reissue(session: Session) -> None:
    assert item(session, upload()).source == Source.REAL_TIME
    assert item(session, upload(at=later(-60))).source == Source.REISSUED
    hourly = f"DataTime={format_time(later(-70))};w01018-Avg=1"
    assert item(session, upload(cn="2061", content=hourly)).source == Source.REAL_TIME
    assert item(session, upload(at=later(-60 * 24 * 390))).source == Source.REISSUED


def test_heartbeats_and_clock_requests(session: Session) -> None:
    (beat,) = take(session, upload(cn="9015", flag=9, content=""))
    assert isinstance(beat, Reply)
    assert b"CN=9013;" in beat.frame
    assert b"Flag=8;" in beat.frame
    assert take(session, upload(cn="9015", flag=8, content="")) == []
    kept, passed = take(session, upload(cn="1013", content="PolId=w01018"))
    assert isinstance(kept, Item)
    assert b"CN=9013;" in kept.answer
    assert isinstance(passed, FromLogger)


def test_a_start_is_kept_as_a_frame(session: Session) -> None:
    taken = item(session, upload(cn="2081", content="DataTime=20260801085857;RestartTime=20260801085624"))
    assert taken.raw is not None
    assert taken.raw.kind == "2081"
    assert b"CN=9014;" in taken.answer


def test_answers_go_to_the_command_desk(session: Session) -> None:
    (passed,) = take(session, upload(cn="9012", flag=4, content="ExeRtn=1"))
    assert isinstance(passed, FromLogger)
    assert passed.segment.content == "ExeRtn=1"


def test_packets_are_answered_one_by_one(session: Session) -> None:
    first = upload(cn="2061", flag=7, pnum=2, pno=1, content=f"DataTime={AN_HOUR_AGO};w01018-Avg=1")
    second = upload(cn="2061", flag=7, pnum=2, pno=2, content="w21003-Avg=2")
    early = [outcome for outcome in take(session, second) if isinstance(outcome, Item)]
    assert early == []
    items = [outcome for outcome in take(session, first) if isinstance(outcome, Item)]
    assert [one.readings.values for one in items if one.readings] == [[2.0], [1.0]]
    assert len({one.readings.at for one in items if one.readings}) == 1
    assert all(b"CN=9014" in one.answer for one in items)


def test_a_packet_that_never_comes_is_written_down(session: Session) -> None:
    take(session, upload(cn="2061", flag=6, pnum=3, pno=2, content=f"DataTime={AN_HOUR_AGO};w01018-Avg=1"), now=0)
    assert session.give_up(30) == []
    (lost,) = session.give_up(100)
    assert isinstance(lost, Item)
    assert lost.quarantined is not None
    assert lost.quarantined.code == "hj212.packets-missing"
    assert lost.quarantined.params["missing"] == [1, 3]


def test_a_packet_without_time_that_waits_in_vain_is_refused(session: Session) -> None:
    take(session, upload(cn="2061", flag=6, pnum=2, pno=2, content="w01018-Avg=1"), now=0)
    (lost,) = session.give_up(100)
    assert isinstance(lost, Item)
    assert lost.quarantined is not None
    assert lost.quarantined.code == "hj212.packet-without-time"


def test_one_connection_may_speak_for_several_loggers(session: Session) -> None:
    assert item(session, upload()).link is not item(session, upload(mn=OTHER_MN)).link
    assert len(session.links) == 2


def test_a_logger_cannot_make_series_without_end(session: Session) -> None:
    for part in range(6):
        content = f"DataTime={AN_HOUR_AGO};" + ";".join(f"x{part}{n:03d}-Rtd=1" for n in range(100))
        taken = item(session, upload(content=content))
        if taken.link is not None and taken.quarantined is None:
            taken.link.learn(dict.fromkeys(taken.link.lacks(taken.readings.shape), 9) if taken.readings else {})
    assert taken.quarantined is not None
    assert taken.quarantined.code == "hj212.too-many-series"


def test_the_line_that_is_left_takes_over_when_another_of_the_logger_ends(session: Session) -> None:
    take(session, upload())
    (link,) = session.links
    assert session.heard
    session.heard, link.connection = False, object()
    take(session, upload(qn="20260801090001000"))
    assert not session.heard
    link.connection = None
    take(session, upload(qn="20260801090002000"))
    assert session.heard
