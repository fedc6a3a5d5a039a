"""Messages in several packets."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.hj212.packets import PacketBook
from yuzhou.capabilities.sense.doors.hj212.segment import Segment

TIME = "20260801090000"


def packet(pno: int, pnum: int = 3, qn: str = "1", cn: str = "2061") -> Segment:
    return Segment(cn, "A", qn, "32", "1", 7, pnum, pno)


def test_packets_with_a_time_of_their_own_are_taken_at_once() -> None:
    book: PacketBook[int] = PacketBook()
    for pno in (2, 1, 3):
        (ready,) = book.add(packet(pno, qn=str(pno)), pno, data_time=TIME, now=0)
        assert (ready.packet, ready.data_time) == (pno, TIME)
    assert len(book) == 0


def test_packets_without_a_time_wait_for_it_in_any_order() -> None:
    for order in permutations((1, 2, 3)):
        book: PacketBook[int] = PacketBook()
        ready = []
        for pno in order:
            ready += book.add(packet(pno), pno, data_time=TIME if pno == 1 else "", now=0)
        assert sorted(item.packet for item in ready) == [1, 2, 3]
        assert {item.data_time for item in ready} == {TIME}
        assert len(book) == 0


def test_a_message_that_stands_still_is_given_up() -> None:
    book: PacketBook[int] = PacketBook(patience=60)
    book.add(packet(1), 1, data_time=TIME, now=0)
    assert book.expire(60) == []
    (message,) = book.expire(61)
    assert message.missing == [2, 3]
    assert len(book) == 0


def test_a_packet_sent_again_does_not_complete_a_message() -> None:
    book: PacketBook[int] = PacketBook()
    for _ in range(2):
        book.add(packet(1, 2), 1, data_time=TIME, now=0)
    assert len(book) == 1


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(2, 5), st.text("12", max_size=1), st.sampled_from(["", TIME])), max_size=80)
)
def test_holds_little_and_loses_nothing(packets: list[tuple[int, int, str, str]]) -> None:
    book: PacketBook[int] = PacketBook()
    ready, held = [], []
    for number, (pno, pnum, qn, time) in enumerate(packets):
        ready += [item.packet for item in book.add(packet(pno, pnum, qn), number, data_time=time, now=number)]
        held += [waiting for message in book.expire(number) for waiting in message.held]
        assert len(book) <= 16
    held += [waiting for message in book.expire(10_000) for waiting in message.held]
    assert sorted(ready + held) == list(range(len(packets)))


def test_two_loggers_on_one_line_keep_their_messages_apart() -> None:
    book: PacketBook[str] = PacketBook()
    book.add(packet(1, 2, qn="1"), "first of A", data_time=TIME, now=0)
    other = Segment("2061", "B", "2", "32", "1", 7, 2, 2)
    assert book.add(other, "second of B", data_time="", now=0) == []
    assert len(book) == 2
