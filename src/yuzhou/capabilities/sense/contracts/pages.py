"""Lists that come page by page, and the frames behind the readings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from yuzhou.capabilities.sense.contracts.readings import Direction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the rows and how many there are in all.

    `after` leads to the rows that follow, where the selector takes it; None where there are no more. Whoever walks on by it is
    told no total.
    """

    rows: Sequence[T]
    total: int = 0
    after: Any = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class RawFrameEntry:
    """A frame of a device as it was on the wire."""

    id: int
    device_id: UUID
    received_at: datetime
    direction: Direction
    kind: str
    content: str  # bytes that are no text are written as escapes
    quirks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A refused frame."""

    id: UUID
    protocol: str
    code: str
    params: Mapping[str, Any]
    received_at: datetime
    peer: str
    identity: str
    device_id: UUID | None
    content: str
    size: int
