"""What the dispatcher itself has to say."""

from typing import ClassVar
from uuid import UUID

from yuzhou.kernel.events.contracts import Event


class DeliveryDied(Event):
    """A delivery ran out of attempts and holds back its subject until someone retries or skips it."""

    name: ClassVar[str] = "kernel.DeliveryDied@1"

    delivery: int
    event: UUID
    event_name: str
    subscriber: str
    error: str
