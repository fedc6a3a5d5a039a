"""What events and their deliveries look like to producers, subscribers and pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

SUBJECT_LENGTH = 200

E = TypeVar("E", bound="Event")


class Event(BaseModel):
    """A past-tense fact that a part publishes.

    A subclass names itself `part.NounVerbed@version` in `name`; its fields are the published schema, so a change that an old
    reader would not understand takes a new version. `subject` is the thing that it happened to: deliveries of one subject
    reach each subscriber in the order of their emission.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    subject: str = Field(min_length=1, max_length=SUBJECT_LENGTH)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event as a handler gets it; `payload` holds JSON values that the producer's schema admits.

    The same event may come more than once: a handler is idempotent on `id`.
    """

    id: UUID
    name: str
    subject: str
    payload: dict[str, Any]
    occurred_at: datetime

    def read(self, kind: type[E]) -> E:
        """The event as the producer's class, for a subscriber that may import it."""
        return kind.model_validate(self.payload)


class DeliveryState(StrEnum):
    """Where a delivery stands; only the first open one of a subscriber and subject is ever `ready` or `dead`."""

    WAITING = "waiting"
    READY = "ready"
    DEAD = "dead"
    DONE = "done"
    SKIPPED = "skipped"


OPEN = (DeliveryState.WAITING, DeliveryState.READY, DeliveryState.DEAD)


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """A delivery that ran out of attempts, with how many it holds back."""

    id: int
    event_id: UUID
    event_name: str
    subject: str
    subscriber: str
    attempts: int
    error: str
    occurred_at: datetime
    died_at: datetime | None
    held_back: int


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How many deliveries wait, are due, and are dead; age in seconds of the oldest due one."""

    waiting: int
    ready: int
    dead: int
    oldest_seconds: float
