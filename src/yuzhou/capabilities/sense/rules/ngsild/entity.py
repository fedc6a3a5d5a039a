"""An entity and its attributes, as the store keeps them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Instance = dict[str, Any]
Attributes = dict[str, list[Instance]]


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity in the canonical form: names are IRIs, times are `2026-11-23T08:00:00.000000Z`.

    An attribute is a list of instances, the one without a datasetId first. An instance has the members that the standard keeps
    (`type`, `value`, `object`, `observedAt` …, see terms.RESERVED) under these names, and its sub-attributes under their IRIs,
    each a list of instances again.
    """

    id: str
    types: tuple[str, ...]
    attributes: Attributes = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    created_at: str | None = None
    modified_at: str | None = None
    expires_at: str | None = None
    deleted_at: str | None = None

    def instance(self, name: str, dataset: str | None = None) -> Instance | None:
        """The instance of an attribute under a dataset (None: the default one)."""
        return find_instance(self.attributes.get(name, ()), dataset)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part of an entity, as a change brings it: what is absent is None (types: none)."""

    attributes: Attributes = field(default_factory=dict)
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    expires_at: str | None = None
    id: str | None = None


def find_instance(instances: "list[Instance] | tuple[Instance, ...]", dataset: str | None) -> Instance | None:
    """The instance under a dataset (None: the default one)."""
    return next((one for one in instances if one.get("datasetId") == dataset), None)


def sub_attributes(instance: Mapping[str, Any]) -> Iterator[tuple[str, list[Instance]]]:
    """The sub-attributes of an instance: only their names have a colon."""
    return ((name, value) for name, value in instance.items() if ":" in name)
