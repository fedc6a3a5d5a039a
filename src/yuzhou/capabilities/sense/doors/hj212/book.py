"""The loggers that the gateway knows: one link for each MN, with what it remembers of them while it runs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import numpy as np

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry, SeriesKey
from yuzhou.capabilities.sense.doors.hj212.decoding import Shape
from yuzhou.capabilities.sense.doors.hj212.limits import TokenBucket

MOST_SERIES = 512
REMEMBERED_FRAMES = 512


class DeviceLink:
    """A logger: its entry in the directory, the series ids of its shapes, the frames it sent lately, its connection."""

    __slots__ = (
        "_columns",
        "_recent",
        "asked",
        "bucket",
        "connection",
        "entry",
        "password_field",
        "secret",
        "series",
        "st",
        "version",
    )

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        self.entry = entry
        self._take_on(entry)
        self.asked = 0  # requests to it that are under way
        self.connection: Any = None
        self.st = ""
        self.version = 1
        self.bucket = self._new_bucket(now)
        self._columns: dict[Shape, bytes] = {}
        self._recent: dict[int, None] = {}

    def _new_bucket(self, now: float) -> TokenBucket:
        per_minute = max(1, self.entry.frames_per_minute)
        return TokenBucket.full(per_minute / 60, per_minute, now)

    def renew(self, entry: DirectoryEntry, now: float) -> None:
        """Take on a changed entry."""
        before, self.entry = self.entry, entry
        if entry.frames_per_minute != before.frames_per_minute:
            self.bucket = self._new_bucket(now)
        self._take_on(entry)
        self._columns = {}

    def _take_on(self, entry: DirectoryEntry) -> None:
        self.secret = entry.secret.encode()
        self.password_field = b"PW=" + self.secret
        self.series: dict[SeriesKey, int] = dict(entry.series)

    def lacks(self, shape: Shape) -> list[SeriesKey]:
        """The keys of a shape for which there is no series yet."""
        return [] if shape in self._columns else [key for key in shape.keys if key not in self.series]

    def learn(self, series: Mapping[SeriesKey, int]) -> None:
        """Note series that were made."""
        self.series.update(series)

    def column(self, shape: Shape) -> bytes:
        """The series ids of a shape as the bytes of an int32 array; every key must have its series."""
        column = self._columns.get(shape)
        if column is None:
            column = np.array([self.series[key] for key in shape.keys], dtype=np.int32).tobytes()
            self._columns[shape] = column
        return column

    def remembers(self, key: int) -> bool:
        """Whether this very frame came lately; remembers it from now on."""
        if key in self._recent:
            return True
        if len(self._recent) >= REMEMBERED_FRAMES:
            del self._recent[next(iter(self._recent))]
        self._recent[key] = None
        return False

    def forget(self, key: int) -> None:
        """Forget a frame that could not be stored."""
        self._recent.pop(key, None)


class DeviceBook:
    """All links by MN; renewed from the directory while connections go on."""

    def __init__(self) -> None:
        self.version = -1
        self._links: dict[str, DeviceLink] = {}

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[DeviceLink]:
        return iter(self._links.values())

    def get(self, mn: str) -> DeviceLink | None:
        """The link of an MN, if the device is known and enabled."""
        return self._links.get(mn)

    def renew(self, directory: Directory, now: float) -> list[DeviceLink]:
        """Take on a new directory; returns the links of devices that are gone or disabled."""
        links: dict[str, DeviceLink] = {}
        for mn, entry in directory.devices.items():
            link = self._links.get(mn)
            if link is None or link.entry.device_id != entry.device_id:
                link = DeviceLink(entry, now)
            else:
                link.renew(entry, now)
            links[mn] = link
        gone = [link for mn, link in self._links.items() if links.get(mn) is not link]
        self._links = links
        self.version = directory.version
        return gone

    def connected(self) -> Iterable[UUID]:
        """The devices that have a connection now."""
        return [link.entry.device_id for link in self._links.values() if link.connection is not None]
