"""The queue before the store: order, answers after the commit, retries, and the one bad frame."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, OperationalError

from yuzhou.capabilities.sense.contracts import RawFrame
from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.settings import GatewaySettings
from yuzhou.capabilities.sense.doors.intake import batcher as module
from yuzhou.capabilities.sense.doors.intake.batcher import Batcher
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.columns import build_batch
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket

from .loggers import entry

SETTINGS = GatewaySettings(batch_readings=100, batch_milliseconds=5, queue_readings=1000)


class Receiver:
    def __init__(self) -> None:
        self.answers: list[bytes] = []

    def stored(self, items: list[Item]) -> None:
        self.answers += [item.answer for item in items]


def make(receiver: Receiver, name: bytes) -> Item:
    link = DeviceLink(entry(), 0.0)
    readings = Decoder().decode("2011", "DataTime=20260801090000;w01018-Rtd=1;w21003-Rtd=2,w21003-Flag=D")
    raw = RawFrame(UUID(int=1), datetime.now(UTC), name, "2011")
    return Item(receiver, 100, link, readings, raw=raw, answer=name)


class Store:
    """Stores in memory; fails as told."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.refused: list[str] = []
        self.failures = 0
        self.threads: set[str] = set()

    def __call__(self, items: Sequence[Item], seen: dict[UUID, datetime]) -> Any:
        self.threads.add(threading.current_thread().name)
        if self.failures:
            self.failures -= 1
            raise OperationalError("away")
        contents = [item.raw.content for item in items if item.raw]
        if b"bad" in contents:
            raise DataError("no such value")
        self.frames += contents
        self.refused += [item.quarantined.code for item in items if item.quarantined]


async def settled(batcher: Batcher, work: "asyncio.Task[None]") -> None:
    await batcher.close()
    await asyncio.wait_for(work, 5)


@pytest.fixture
def store() -> Store:
    return Store()


async def test_answers_follow_the_commit_in_order(store: Store) -> None:
    batcher, receiver = Batcher(store, SETTINGS, "hj212"), Receiver()
    work = asyncio.create_task(batcher.run())
    names = [b"%d" % number for number in range(500)]
    for name in names:
        batcher.add(make(receiver, name))
    assert receiver.answers == []
    await settled(batcher, work)
    assert receiver.answers == store.frames == names
    assert batcher.readings == batcher.bytes == 0
    assert {name.startswith("hj212-writer") for name in store.threads} == {True}


async def test_a_store_that_is_away_loses_nothing(store: Store) -> None:
    batcher, receiver = Batcher(store, SETTINGS, "hj212"), Receiver()
    store.failures = 3
    work = asyncio.create_task(batcher.run())
    batcher.add(make(receiver, b"a"))
    await asyncio.sleep(0.02)
    assert receiver.answers == []
    await settled(batcher, work)
    assert store.frames == receiver.answers == [b"a"]


async def test_one_bad_frame_goes_to_the_quarantine_alone(store: Store) -> None:
    batcher, receiver = Batcher(store, SETTINGS, "hj212"), Receiver()
    work = asyncio.create_task(batcher.run())
    names = [b"%d" % number for number in range(7)]
    for name in [*names[:3], b"bad", *names[3:]]:
        batcher.add(make(receiver, name))
    await settled(batcher, work)
    assert sorted(store.frames) == sorted(names)
    assert store.refused == ["hj212.store-refused"]
    assert b"bad" not in receiver.answers
    assert set(names) <= set(receiver.answers)
    assert batcher.readings == batcher.bytes == 0


@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_a_frame_that_repeats_a_refused_one_is_not_acknowledged_either(store: Store, in_one_batch: bool) -> None:
    batcher, receiver = Batcher(store, SETTINGS, "hj212"), Receiver()
    work = asyncio.create_task(batcher.run())
    original, good = make(receiver, b"bad"), make(receiver, b"good")
    link = original.link
    assert link is not None
    assert not link.remembers(7)
    original.key, original.fate = 7, link.fate(7)
    assert link.remembers(7)
    repeat = Item(receiver, 100, link, answer=b"bad", fate=link.fate(7))
    for item in (original, good, repeat):
        batcher.add(item)
        if not in_one_batch:
            await asyncio.sleep(0.02)
    await settled(batcher, work)
    assert (repeat.answer, repeat.refused) == (b"", True)
    assert [answer for answer in receiver.answers if answer] == [b"good"]
    assert not link.remembers(7)  # it may come again


async def test_a_frame_that_breaks_the_store_itself_does_not_jam_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(module.DOUBTFUL_PAUSES) >= 10  # what may pass by itself gets the time to
    monkeypatch.setattr(module, "DOUBTFUL_PAUSES", (0.01, 0.01))

    def broken(items: Sequence[Item], seen: dict[UUID, datetime]) -> Any:
        if any(item.raw and item.raw.content == b"worse" for item in items):
            raise RuntimeError("a fault of our own")
        return store(items, seen)

    batcher, receiver = Batcher(broken, SETTINGS, "hj212"), Receiver()
    work = asyncio.create_task(batcher.run())
    for name in (b"1", b"worse", b"2"):
        batcher.add(make(receiver, name))
    await settled(batcher, work)
    assert store.frames == [b"1", b"2"]
    assert store.refused == ["hj212.store-refused"]


async def test_the_queue_says_when_it_is_full(store: Store) -> None:
    batcher, receiver = Batcher(store, SETTINGS, "hj212"), Receiver()
    told = []
    batcher.on_room = lambda: told.append(True)
    for number in range(500):
        assert not batcher.is_full
        batcher.add(make(receiver, b"%d" % number))
    assert batcher.is_full
    work = asyncio.create_task(batcher.run())
    await settled(batcher, work)
    assert told
    assert batcher.has_room


def test_columns() -> None:
    receiver = Receiver()
    batch = build_batch([make(receiver, b"a"), make(receiver, b"b"), Item(receiver, 1)])
    assert batch.series_id.tolist() == [1, 2, 1, 2]
    assert batch.value.tolist() == [1.0, 2.0, 1.0, 2.0]
    assert batch.flag.tolist() == [0, 4, 0, 4]
    assert len(set(batch.at.tolist())) == 1
    assert len(build_batch([])) == 0


def test_the_bucket_goes_into_debt_and_tells_how_long() -> None:
    bucket = TokenBucket.full(10, 20, now=0)
    assert [bucket.charge(1, 0) for _ in range(20)] == [0.0] * 20
    assert bucket.charge(1, 0) == pytest.approx(0.1)
    assert bucket.charge(4, 0) == pytest.approx(0.5)
    assert bucket.charge(0, 1.0) == 0.0
    assert bucket.charge(21, 100) == pytest.approx(0.1)
