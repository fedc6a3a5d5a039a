"""The directory follows the register, whole or by what changed, while connections go on."""

from uuid import UUID, uuid4

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, DeviceLink


def entry(identity: str, device: UUID, word: str = "open") -> DirectoryEntry:
    return DirectoryEntry(device, identity, word, "", 600, False)


def directory(version: int, *entries: DirectoryEntry, gone: frozenset[UUID] | None = None) -> Directory:
    devices = {one.identity: one for one in entries}
    return Directory("hj212", version, devices, partial=gone is not None, gone=gone or frozenset())


def test_what_changed_leaves_the_others_as_they_are() -> None:
    book, one, two = DeviceBook(DeviceLink), uuid4(), uuid4()
    book.renew(directory(1, entry("A", one), entry("B", two)), 0.0)
    first, second = book.get("A"), book.get("B")
    renewed = book.renew(directory(2, entry("B", two, "other"), gone=frozenset()), 1.0)
    assert (renewed.gone, renewed.rekeyed) == ((), (second,))
    assert (book.get("A"), book.get("B"), book.version) == (first, second, 2)
    assert second is not None
    assert second.secret == b"other"


def test_a_device_that_is_gone_is_let_go_and_another_may_bear_its_identity() -> None:
    book, one, two = DeviceBook(DeviceLink), uuid4(), uuid4()
    book.renew(directory(1, entry("A", one)), 0.0)
    before = book.get("A")
    assert book.renew(directory(2, entry("A", two), gone=frozenset({one})), 1.0).gone == (before,)
    after = book.get("A")
    assert after is not None
    assert after.entry.device_id == two
    assert book.renew(directory(3, gone=frozenset({two})), 2.0).gone == (after,)
    assert len(book) == 0


def test_a_whole_directory_lets_go_of_what_it_does_not_name() -> None:
    book, one = DeviceBook(DeviceLink), uuid4()
    book.renew(directory(1, entry("A", one)), 0.0)
    (gone,) = book.renew(directory(2), 1.0).gone
    assert gone.entry.identity == "A"
