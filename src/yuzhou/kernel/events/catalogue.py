"""The events that the installed parts publish, and who listens to each."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yuzhou.kernel import registry
from yuzhou.kernel.declarations import Part
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.events.contracts import Event


@dataclass(frozen=True)
class EventType:
    """A published event."""

    name: str
    part: str
    kind: type[Event]

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema (2020-12)."""
        return self.kind.model_json_schema()


@dataclass(frozen=True)
class Subscriber:
    """A part's handler for an event, by its dotted name."""

    name: str
    event: str
    part: str


class Catalogue:
    """Everything declared about events in one set of parts."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts

    @cached_property
    def types(self) -> dict[str, EventType]:
        """Published events by name."""
        found = {}
        for part in self.parts:
            for path in part.events:
                kind = registry.resolve(path)
                found[kind.name] = EventType(kind.name, part.key, kind)
        return found

    @cached_property
    def subscribers(self) -> dict[str, list[Subscriber]]:
        """Subscribers by the event's name."""
        found: dict[str, list[Subscriber]] = {}
        for part in self.parts:
            for declared in part.subscriptions:
                found.setdefault(declared.event, []).append(Subscriber(declared.handler, declared.event, part.key))
        return found

    def subscriber(self, name: str, event: str) -> Subscriber:
        """The declared subscription of a handler to an event; raises YuzhouError where it was withdrawn."""
        for subscriber in self.subscribers.get(event, []):
            if subscriber.name == name:
                return subscriber
        raise YuzhouError("kernel.no-subscription", subscriber=name, event=event)


_catalogue = Catalogue(())


def catalogue() -> Catalogue:
    """The catalogue of the installed parts, made once."""
    global _catalogue
    parts = registry.parts()
    if _catalogue.parts is not parts:
        _catalogue = Catalogue(parts)
    return _catalogue
