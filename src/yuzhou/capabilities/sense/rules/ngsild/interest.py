"""Who may want to hear of a change: a coarse and quick look, which passes over nobody who does (clause 5.8.6)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any


class Happened(IntEnum):
    """What became of an entity or of an attribute."""

    CREATED = 0
    UPDATED = 1
    DELETED = 2


ATTRIBUTE_TRIGGERS = {
    "attributeCreated": {Happened.CREATED},
    "attributeUpdated": {Happened.UPDATED},
    "attributeDeleted": {Happened.DELETED},
    "entityUpdated": {Happened.CREATED, Happened.UPDATED, Happened.DELETED},
}
ENTITY_TRIGGERS = {"entityCreated": Happened.CREATED, "entityDeleted": Happened.DELETED}


@dataclass(frozen=True, slots=True)
class Selector:
    """Entities by id, by a pattern of it, by types (those that its type selection names); what is missing selects all."""

    id: str = ""
    pattern: str = ""
    types: frozenset[str] = frozenset()

    def fits(self, urn: str, types: Iterable[str]) -> bool:
        """Whether the entity may be meant."""
        if self.id and self.id != urn:
            return False
        if self.types and self.types.isdisjoint(types):
            return False
        return not self.pattern or pattern_of(self.pattern).search(urn) is not None


@dataclass(frozen=True, slots=True)
class Watch:
    """What one subscription looks at."""

    selectors: tuple[Selector, ...]
    attributes: frozenset[str]
    entity_events: frozenset[Happened]
    attribute_events: frozenset[Happened]
    shows_changes: bool = False

    def wants(self, urn: str, types: Iterable[str], event: Happened, attributes: Iterable[tuple[str, Happened]]) -> bool:
        """Whether a change may be one to tell of."""
        if self.selectors and not any(selector.fits(urn, types) for selector in self.selectors):
            return False
        return event in self.entity_events or self.hears(attributes)

    def hears(self, attributes: Iterable[tuple[str, Happened]]) -> bool:
        """Whether one of the changes of attributes is of those that count."""
        return any(
            event in self.attribute_events and (not self.attributes or name in self.attributes) for name, event in attributes
        )


def watch_of(entities: Iterable[Mapping[str, Any]], watched: Iterable[str], triggers: Iterable[str], shows: bool) -> Watch:
    """From what a subscription says."""
    named = set(triggers)
    events = [ATTRIBUTE_TRIGGERS[name] for name in named if name in ATTRIBUTE_TRIGGERS]
    return Watch(
        tuple(Selector(e.get("id", ""), e.get("idPattern", ""), frozenset(e.get("types", ()))) for e in entities),
        frozenset(watched),
        frozenset(ENTITY_TRIGGERS[name] for name in named if name in ENTITY_TRIGGERS),
        frozenset().union(*events),
        shows,
    )


@lru_cache(1024)
def pattern_of(text: str) -> re.Pattern[str]:
    """An idPattern, compiled; it was checked when the subscription was made."""
    return re.compile(text)


@dataclass
class Interest:
    """All that is watched, found by id, by type and by attribute."""

    by_id: dict[str, list[Watch]] = field(default_factory=dict)
    by_type: dict[str, list[Watch]] = field(default_factory=dict)
    others: list[Watch] = field(default_factory=list)
    shows_changes: bool = False

    @classmethod
    def of(cls, watches: Iterable[Watch]) -> "Interest":
        """Lay out watches."""
        made = cls()
        for watch in watches:
            made._add(watch)
        return made

    def _add(self, watch: Watch) -> None:
        self.shows_changes |= watch.shows_changes
        for selector in watch.selectors:
            if selector.id:
                self.by_id.setdefault(selector.id, []).append(watch)
            elif selector.types:
                for name in selector.types:
                    self.by_type.setdefault(name, []).append(watch)
            else:
                self.others.append(watch)
        if not watch.selectors:
            self.others.append(watch)

    @property
    def is_empty(self) -> bool:
        """Whether nobody watches anything."""
        return not (self.by_id or self.by_type or self.others)

    def wants(self, urn: str, types: Iterable[str], event: Happened, attributes: Iterable[tuple[str, Happened]]) -> bool:
        """Whether anybody may want to hear of a change."""
        told = list(attributes)
        return any(watch.wants(urn, types, event, told) for watch in self.candidates(urn, types))

    def candidates(self, urn: str, types: Iterable[str]) -> Iterator[Watch]:
        """Who may mean the entity; the same one perhaps twice."""
        for group in (self.by_id.get(urn, ()), self.others, *(self.by_type.get(name, ()) for name in types)):
            yield from group
