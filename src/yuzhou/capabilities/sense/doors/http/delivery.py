"""One request on its way into the store, and how many of them become one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Delivered, IngestResult, ReadingBatch, SeriesSpec, Source, Statistic, Tally
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink
from yuzhou.capabilities.sense.doors.intake.items import Item
from yuzhou.capabilities.sense.doors.intake.store import DOOR
from yuzhou.capabilities.sense.doors.payloads.columns import Columns
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals
from yuzhou.kernel.transactions import acting_as

LIVE_WITHIN = 300 * 1_000_000
"""Readings that come later than this after their own time were kept by the device and sent again (补传)."""
CONFLICT = "conflict"


@dataclass(slots=True, eq=False)
class Delivery(Item):
    """The readings of one request. `links` are the devices of its columns; `answer` becomes the document of the answer."""

    columns: Columns | None = None
    links: tuple[DeviceLink, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)
    sender: str = ""
    key_given: str = ""
    digest: bytes = b""
    repeated: bool = False
    first: "Delivery | None" = None  # the one in the same batch that came under the same key before

    @property
    def rows(self) -> int:
        """Readings in it."""
        return 0 if self.columns is None else len(self.columns)


def store_deliveries(items: Sequence[Any], seen: Mapping[UUID, datetime]) -> IngestResult:
    """Make deliveries durable, each with the answer that its key will bring again; returns after the commit.

    A key that was met before brings the answer of then, and stores nothing; with another content, a conflict.
    """
    try:
        fresh = _without_repeats(items)
        _make_series(fresh)
        heard = {link.entry.device_id: datetime.now(UTC) for item in fresh for link in item.links}

        def keep(result: IngestResult) -> None:
            for item, tally in zip(fresh, _tallies(result, len(fresh)), strict=True):
                item.answer = answer_of(item, tally)
            api.keep_deliveries(
                deliveries=[Delivered(i.sender, i.key_given, i.digest, i.answer) for i in fresh if i.key_given and i.rows]
            )

        result = api.ingest(
            _batch_of(fresh),
            raw_frames=[item.raw for item in fresh if item.raw is not None],
            quarantined=[item.quarantined for item in fresh if item.quarantined is not None],
            seen={**seen, **heard},
            within=keep,
        )
        for item in items:
            if item.first is not None:
                item.answer = item.first.answer if item.first.digest == item.digest else CONFLICT
        return result
    except Exception:
        connection.close()
        raise


def _tallies(result: IngestResult, count: int) -> list[Tally]:
    return [*result.tallies, *[Tally()] * (count - len(result.tallies))]


def _without_repeats(items: Sequence[Delivery]) -> list[Delivery]:
    """What is new; the others get the answer of the first time. Of two in one batch the second is the repeat."""
    found = dict(api.find_deliveries(keys=[(item.sender, item.key_given) for item in items if item.key_given]))
    firsts: dict[tuple[str, str], Delivery] = {}
    fresh = []
    for item in items:
        name = (item.sender, item.key_given)
        before = found.get(name) if item.key_given else None
        item.first = firsts.get(name)
        item.repeated = before is not None or item.first is not None
        if before is not None:
            item.answer = dict(before.answer) if before.digest == item.digest else CONFLICT
        elif item.first is None:
            fresh.append(item)
            if item.key_given:
                firsts[name] = item
    return fresh


def _make_series(items: Sequence[Delivery]) -> None:
    """Give every property that is newly reported its series, in the unit that it came in where nothing else is known."""
    wanted: dict[DeviceLink, dict[str, str]] = {}
    for item in items:
        for link, name in _pairs(item):
            if (name, Statistic.RTD) not in link.series:
                wanted.setdefault(link, {})[name] = item.units.get(name, "")
    for link, names in wanted.items():
        with acting_as(DOOR):
            specs = [SeriesSpec(name, Statistic.RTD, unit) for name, unit in names.items()]
            made = api.ensure_series(device_id=link.entry.device_id, specs=specs)
        link.learn(made)


def _pairs(item: Delivery) -> list[tuple[DeviceLink, str]]:
    columns = item.columns
    if columns is None or not len(columns):
        return []
    width = max(1, len(columns.properties))
    return [(item.links[pair // width], columns.properties[pair % width]) for pair in np.unique(columns.pairs).tolist()]


def _batch_of(items: Sequence[Delivery]) -> ReadingBatch:
    """The readings of all, in their order, each with the delivery that it came with."""
    now = datetime.now(UTC)
    parts = [(number, item.columns, item) for number, item in enumerate(items) if item.columns is not None and len(item.columns)]
    if not parts:
        return ReadingBatch.empty(now)
    at = np.concatenate([columns.at for _, columns, _ in parts])
    late = at < round(now.timestamp() * 1e6) - LIVE_WITHIN
    return ReadingBatch(
        series_id=np.concatenate([_series_ids(item, columns) for _, columns, item in parts]),
        at=at,
        value=np.concatenate([columns.value for _, columns, _ in parts]),
        flag=np.concatenate([columns.flag for _, columns, _ in parts]),
        source=np.where(late, np.uint8(Source.REISSUED), np.uint8(Source.REAL_TIME)),
        received_at=now,
        origin=np.repeat([number for number, _, _ in parts], [len(columns) for _, columns, _ in parts]).astype(np.int32),
    )


def _series_ids(item: Delivery, columns: Columns) -> Any:
    """The series of each reading; one look-up for each device and property, not for each reading."""
    width = max(1, len(columns.properties))
    pairs, place = np.unique(columns.pairs, return_inverse=True)
    ids = [item.links[pair // width].series[columns.properties[pair % width], Statistic.RTD] for pair in pairs.tolist()]
    return np.array(ids, np.int32)[place]


def answer_of(item: Delivery, tally: Tally) -> dict[str, Any]:
    """What the sender is told; refusals are worded when it is sent."""
    return {
        "stored": tally.stored,
        "duplicates": tally.duplicates,
        "corrected": tally.corrected,
        "late": tally.late,
        "ignored": tally.ignored,
        "refused": item.refusals.count,
        "texts": item.columns.unnumbered if item.columns is not None else 0,
        "refusals": [
            {"code": one.code, "row": one.row, "field": one.field, "params": dict(one.params)} for one in item.refusals.kept
        ],
    }
