"""Subscriptions to entities, and the changes and notifications behind them (ETSI GS CIM 009, clauses 5.2.12 to 5.2.23, 5.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.interest import Happened as Happened


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """What became of one instance of an attribute (IRI); `before` is the instance that it was."""

    name: str
    event: Happened
    dataset: str = ""
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one write did to an entity.

    `attributes`: of a created entity all that it has; of a deleted one none. `gone`: the document (attribute IRI → instances) of
    a deleted entity, as it was. Readings that go through `ingest` are told of there.
    """

    urn: str
    types: tuple[str, ...]
    event: Happened
    place_path: str
    organisation_id: UUID | None
    at: datetime
    attributes: tuple[AttributeChange, ...] = ()
    scopes: tuple[str, ...] = ()
    created_at: datetime | None = None
    modified_at: datetime | None = None
    gone: Mapping[str, Any] | None = None


class SubscriptionStatus(StrEnum):
    """Whether notifications are made."""

    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"


class DeliveryStatus(StrEnum):
    """How the last delivery went (NotificationParams.status)."""

    OK = "ok"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as its owner sees it.

    `document` is its definition as the standard has it, names expanded to IRIs, secrets masked. `context`: the @context that the
    names were given in, by which notifications are compacted too. `waiting`: notifications not delivered yet; `dropped`: those
    that nobody took within their retention.
    """

    id: UUID
    urn: str
    name: str
    description: str
    document: Mapping[str, Any]
    context: Any
    status: SubscriptionStatus
    owner: str
    created_at: datetime
    modified_at: datetime
    expires_at: datetime | None = None
    organisation_id: UUID | None = None
    delivery: DeliveryStatus | None = None
    times_sent: int = 0
    times_failed: int = 0
    dropped: int = 0
    waiting: int = 0
    last_notification: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    failure: str = ""
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingNotification:
    """A notification on its way."""

    id: int
    urn: str
    made_at: datetime
    due_at: datetime
    attempts: int
    entities: tuple[str, ...]
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadyNotification:
    """A notification that may be sent now; `data` is what its subscriber may see now."""

    id: int
    revision: int
    urn: str
    data: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A subscription whose notifications are to be sent, in their order, by whoever claimed it (`worker`)."""

    worker: UUID
    subscription: UUID
    urn: str
    endpoint: dict[str, Any]
    accept: str
    context: Context
    tenant: str | None
    notifications: list[ReadyNotification]


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """How it went: what was delivered (id and revision), and why the next one was not, if so; `attempted` counts both."""

    delivered: Sequence[tuple[int, int]]
    attempted: int
    failure: str = ""
    first_pause: float = 1.0  # seconds until the next try, doubled by each failure up to the longest
    longest_pause: float = 300.0
