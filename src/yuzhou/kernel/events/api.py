"""The door to the outbox: publish events here, and look after their delivery."""

from yuzhou.kernel.events import messages as _messages  # declares the sentences of the errors
from yuzhou.kernel.events.catalogue import EventType, Subscriber, catalogue
from yuzhou.kernel.events.contracts import DeadDelivery, DeliveryCounts, Event, ReceivedEvent
from yuzhou.kernel.events.dispatcher import Dispatcher
from yuzhou.kernel.events.events import DeliveryDied
from yuzhou.kernel.events.outbox import emit, emit_many
from yuzhou.kernel.events.repair import purge, retry, skip
from yuzhou.kernel.events.selectors import count_open, get_dead, list_dead

__all__ = [
    "DeadDelivery",
    "DeliveryCounts",
    "DeliveryDied",
    "Dispatcher",
    "Event",
    "EventType",
    "ReceivedEvent",
    "Subscriber",
    "catalogue",
    "count_open",
    "emit",
    "emit_many",
    "get_dead",
    "list_dead",
    "purge",
    "retry",
    "skip",
]
del _messages
