"""A part of the tests' own: two events, and handlers that a test may replace."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import ClassVar

import pytest

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Domain, Part, Subscription
from yuzhou.kernel.events.api import Event, ReceivedEvent
from yuzhou.kernel.text import Text

MODULE = "yuzhou_events_test_part"


class ThingMoved(Event):
    """Something moved."""

    name: ClassVar[str] = "testing.ThingMoved@1"
    distance: int


class ThingLost(Event):
    """Something that nobody listens to."""

    name: ClassVar[str] = "testing.ThingLost@1"


class Subscribers:
    """Two subscribers to ThingMoved; `seen` notes what each got, `do` is what the first one does."""

    def __init__(self) -> None:
        self.seen: dict[str, list[ReceivedEvent]] = {"first": [], "second": []}
        self.do: Callable[[ReceivedEvent], None] = lambda event: None

    def first(self, event: ReceivedEvent) -> None:
        self.do(event)
        self.seen["first"].append(event)

    def second(self, event: ReceivedEvent) -> None:
        self.seen["second"].append(event)

    def distances(self, name: str = "first", subject: str = "a") -> list[int]:
        return [event.payload["distance"] for event in self.seen[name] if event.subject == subject]


@pytest.fixture
def subscribers(monkeypatch: pytest.MonkeyPatch) -> Subscribers:
    made = Subscribers()
    module = ModuleType(MODULE)
    module.ThingMoved, module.ThingLost, module.first, module.second = ThingMoved, ThingLost, made.first, made.second
    monkeypatch.setitem(sys.modules, MODULE, module)
    part = Domain(
        key="testing",
        title=Text("测试", "Testing"),
        events=(f"{MODULE}:ThingMoved", f"{MODULE}:ThingLost"),
        subscriptions=tuple(Subscription("testing.ThingMoved@1", f"{MODULE}:{name}") for name in ("first", "second")),
    )
    kernel = Part(key="kernel", title=Text("内核", "Kernel"), events=("yuzhou.kernel.events.events:DeliveryDied",))
    parts = (kernel, part)
    monkeypatch.setattr(registry, "parts", lambda: parts)
    return made
