"""What the door hands to the store: items that know their message on the bus, and what follows once they are durable."""

from collections.abc import Callable
from dataclasses import dataclass

from yuzhou.capabilities.sense.doors.intake.items import Item


@dataclass(slots=True, eq=False)
class BusItem(Item):
    """An item of a message. The last one of a message bears `reply` and `number`; `after` is called after the commit."""

    reply: str = ""
    number: int = 0
    after: Callable[[], None] | None = None
