"""What the talks of both protocols of vehicles have in common: who is here, what is refused, what is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic

from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame, Source
from yuzhou.capabilities.sense.doors.intake.book import DeviceBook, DeviceLink, LinkT
from yuzhou.capabilities.sense.doors.intake.items import Item, Readings, Receiver
from yuzhou.capabilities.sense.doors.intake.refusing import AHEAD, BEHIND, SECOND, Refusal, microseconds_now

LIVE = 300 * SECOND
"""Data that come later than this after their time were kept and sent again (补发)."""
MOST_SERIES = 2048
"""A vehicle tells of each cell of its battery."""


@dataclass(slots=True)
class Word:
    """A vehicle's word about a command. `done` None: it took it on, and more will come."""

    link: DeviceLink
    reference: str
    done: bool | None
    code: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Farewell:
    """A vehicle logged out: its connection may go on for others."""

    link: DeviceLink


class VehicleTalk(Generic[LinkT]):
    """One connection's talk, without a socket."""

    protocol: ClassVar[str]

    def __init__(
        self, book: DeviceBook[LinkT], receiver: Receiver, peer: str, clock: Callable[[], int] = microseconds_now
    ) -> None:
        self.links: set[LinkT] = set()
        self.heard = False
        self._book = book
        self._receiver = receiver
        self._peer = peer
        self._clock = clock
        self._received_at = datetime.now(UTC)

    def incomplete(self, raw: bytes) -> Item:
        """A frame that was begun and never ended."""
        return self._quarantine(Refusal("incomplete"), raw, "", None)

    def _forget(self, link: LinkT) -> Farewell:
        self.links.discard(link)
        return Farewell(link)

    # --- what may be taken ----------------------------------------------------------------------------------------------

    def _check_time(self, at: int) -> None:
        """Raise Refusal for a moment that no honest clock tells."""
        now = self._clock()
        if at > now + AHEAD:
            raise Refusal("future-time", seconds=(at - now) // SECOND)
        if at < now - BEHIND:
            raise Refusal("past-time", days=(now - at) // SECOND // 86400)

    @staticmethod
    def _check_series(link: LinkT, readings: Readings) -> None:
        lacking = link.lacks(readings.shape)
        if lacking and len(link.series) + len(lacking) > MOST_SERIES:
            raise Refusal("too-many-series", most=MOST_SERIES)

    def _source(self, at: int, *, reissued: bool) -> int:
        return Source.REISSUED if reissued or self._clock() - at > LIVE else Source.REAL_TIME

    # --- what is kept ---------------------------------------------------------------------------------------------------

    def _kept(
        self,
        link: LinkT,
        raw: bytes,
        kind: str,
        answer: bytes,
        *,
        readings: Readings | None = None,
        source: int = Source.REAL_TIME,
        quirks: tuple[str, ...] = (),
    ) -> Item:
        """The item of a frame that is taken; for a frame sent again only its answer, which waits its turn all the same."""
        key = hash(raw)
        item = Item(self._receiver, len(raw), link, answer=answer)
        if not link.remembers(key):
            item.key, item.readings, item.source = key, readings, source
            marks = quirks + (readings.marks if readings is not None else ())
            item.raw = RawFrame(link.entry.device_id, self._received_at, self._shown(raw), kind, quirks=marks)
        return item

    def _quarantine(self, refusal: Refusal, raw: bytes, identity: str, link: LinkT | None, answer: bytes = b"") -> Item:
        link = link or self._book.get(identity) or (next(iter(self.links)) if len(self.links) == 1 else None)
        frame = QuarantinedFrame(
            protocol=self.protocol,
            code=f"{self.protocol}.{refusal.code}",
            content=self._shown(raw),
            received_at=self._received_at,
            peer=self._peer,
            identity=identity,
            device_id=link.entry.device_id if link else None,
            params=refusal.params,
        )
        return Item(self._receiver, len(raw) + 200, link, quarantined=frame, answer=answer)

    def _shown(self, raw: bytes) -> bytes:
        """The frame as it may be kept: without passwords."""
        return raw
