"""The devices that a door knows: one link for each identity, with what it remembers of them while it runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import numpy as np

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry, Profile, SeriesKey
from yuzhou.capabilities.sense.doors.intake.limits import TokenBucket

MOST_SERIES = 512
REMEMBERED_FRAMES = 512


class HasKeys(Protocol):
    """A layout of readings."""

    @property
    def keys(self) -> tuple[SeriesKey, ...]:
        """The series that it holds, in order."""


class Fate:
    """What became of a frame, for those that repeat it: the store may refuse it after its repeat came."""

    __slots__ = ("refused",)

    def __init__(self) -> None:
        self.refused = False


class DeviceLink:
    """A device: its entry in the directory, the series ids of its shapes, the frames it sent lately, its connection."""

    __slots__ = ("_columns", "_recent", "bucket", "connection", "entry", "secret", "series")

    def __init__(self, entry: DirectoryEntry, now: float) -> None:
        self.entry = entry
        self.take_on(entry)
        self.connection: Any = None
        self.bucket = self._new_bucket(now)
        self._columns: dict[HasKeys, bytes] = {}
        self._recent: dict[int, Fate] = {}

    def _new_bucket(self, now: float) -> TokenBucket:
        per_minute = max(1, self.entry.frames_per_minute)
        return TokenBucket.full(per_minute / 60, per_minute, now)

    def renew(self, entry: DirectoryEntry, now: float) -> None:
        """Take on a changed entry."""
        before, self.entry = self.entry, entry
        if entry.frames_per_minute != before.frames_per_minute:
            self.bucket = self._new_bucket(now)
        self.take_on(entry)
        self._columns = {}

    def take_on(self, entry: DirectoryEntry) -> None:
        """What follows from the entry; a door's own link adds to it."""
        self.secret = entry.secret.encode()
        self.series: dict[SeriesKey, int] = dict(entry.series)

    def lacks(self, shape: HasKeys) -> list[SeriesKey]:
        """The keys of a shape for which there is no series yet."""
        return [] if shape in self._columns else [key for key in shape.keys if key not in self.series]

    def unit_of(self, name: str) -> str:
        """The unit in which a property first came, where nothing else tells it; a door whose devices say units adds to it."""
        return ""

    def learn(self, series: Mapping[SeriesKey, int]) -> None:
        """Note series that were made."""
        self.series.update(series)

    def column(self, shape: HasKeys) -> bytes:
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
        self._recent[key] = Fate()
        return False

    def fate(self, key: int) -> Fate | None:
        """What becomes of a frame that is remembered; shared by it and its repeats."""
        return self._recent.get(key)

    def forget(self, key: int) -> None:
        """Forget a frame that could not be stored."""
        self._recent.pop(key, None)


LinkT = TypeVar("LinkT", bound=DeviceLink)


@dataclass(frozen=True, slots=True)
class Renewed(Generic[LinkT]):
    """What a new directory ended: devices gone or disabled, and devices that have another secret."""

    gone: tuple[LinkT, ...] = ()
    rekeyed: tuple[LinkT, ...] = ()


class DeviceBook(Generic[LinkT]):
    """All links by identity; renewed from the directory while connections go on."""

    def __init__(self, make_link: Callable[[DirectoryEntry, float], LinkT]) -> None:
        self.version = -1
        self.profiles: Mapping[str, Profile] = {}
        self._make_link = make_link
        self._links: dict[str, LinkT] = {}

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[LinkT]:
        return iter(self._links.values())

    def get(self, identity: str) -> LinkT | None:
        """The link of an identity, if the device is known and enabled."""
        return self._links.get(identity)

    def renew(self, directory: Directory, now: float) -> Renewed[LinkT]:
        """Take on a new directory, or what changed of it."""
        before = self._links
        stay = {} if not directory.partial else {i: k for i, k in before.items() if k.entry.device_id not in directory.gone}
        links: dict[str, LinkT] = stay
        rekeyed = []
        for identity, entry in directory.devices.items():
            link = before.get(identity)
            if link is None or link.entry.device_id != entry.device_id:
                link = self._make_link(entry, now)
            else:
                secret = link.entry.secret
                link.renew(entry, now)
                if entry.secret != secret:
                    rekeyed.append(link)
            links[identity] = link
        gone = tuple(link for identity, link in before.items() if links.get(identity) is not link)
        self._links = links
        self.profiles = directory.profiles
        self.version = directory.version
        return Renewed(gone, tuple(rekeyed))

    def connected(self) -> Iterable[UUID]:
        """The devices that have a connection now."""
        return [link.entry.device_id for link in self._links.values() if link.connection is not None]
