"""Actors for tests of the kernel, and a record of their acts."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor, ActorKind, Grant


class Acts:
    """A sink that keeps the acts."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, *, actor: Actor, act: str, subject: str, details: Any) -> None:
        self.kept.append((act, subject, dict(details)))

    @property
    def names(self) -> list[str]:
        """The acts, in order."""
        return [act for act, _, _ in self.kept]


@pytest.fixture
def kept_acts() -> Iterator[Acts]:
    """The acts recorded in the test."""
    sink = Acts()
    before = acts.set_sink(sink)
    yield sink
    acts.set_sink(before)


@pytest.fixture(scope="session")
def officer() -> Callable[..., Actor]:
    """Makes a person with permissions in a place: `officer("50.0112", "x.y:do")`."""

    def make(path: str, *permissions: str) -> Actor:
        grant = Grant("officer", frozenset(permissions), place_path=path)
        return Actor(kind=ActorKind.PERSON, name="样例人员", id=uuid4(), grants=(grant,))

    return make


@pytest.fixture(scope="session")
def member() -> Callable[..., Actor]:
    """Makes a person with permissions for an organisation: `member(organisation.id, "x.y:do")`."""

    def make(organisation: UUID, *permissions: str) -> Actor:
        grant = Grant("member", frozenset(permissions), organisation=organisation)
        return Actor(kind=ActorKind.PERSON, name="样例人员", id=uuid4(), organisation=organisation, grants=(grant,))

    return make
