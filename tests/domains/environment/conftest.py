"""People and outlets for the tests of the environment."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from yuzhou.capabilities.sense.contracts import ReadingBatch, Statistic
from yuzhou.capabilities.sense.services.engine import forget_engine
from yuzhou.capabilities.sense.services.partitions import forget_partitions
from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, Outlet, OutletEntry
from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.transactions import acting_as

YUBEI = "500112"
WANZHOU = "500101"
SYSTEM = Actor.system("test")


def person(role: str, *, place_path: str | None = None, organisation: UUID | None = None) -> Actor:
    """Someone who holds a declared role."""
    grant = Grant(role, frozenset(registry.roles()[role].permissions), place_path=place_path, organisation=organisation)
    return Actor(kind=ActorKind.PERSON, name="样例人员", id=uuid4(), organisation=organisation, grants=(grant,))


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    """Each test's database starts afresh, so must the copies that sense keeps in memory."""
    forget_engine()
    forget_partitions()
    yield
    forget_engine()
    forget_partitions()


@pytest.fixture
def yubei(places: None) -> str:
    """The path of the district Yubei."""
    from yuzhou.kernel.places.api import path_of

    return path_of(YUBEI)


@pytest.fixture
def wanzhou(places: None) -> str:
    """The path of the district Wanzhou."""
    from yuzhou.kernel.places.api import path_of

    return path_of(WANZHOU)


@pytest.fixture
def firm(yubei: str) -> UUID:
    """A sample firm."""
    return make_firm(yubei, "MAYL9001", "样例水务九厂")


def make_firm(place_path: str, code: str, name: str) -> UUID:
    """Register a sample firm."""
    from yuzhou.kernel.parties.api import OrganisationKind, complete_credit_code, register_organisation

    with acting_as(SYSTEM):
        return register_organisation(
            actor=SYSTEM,
            uscc=complete_credit_code("91500112", code).text,
            name=name,
            kind=OrganisationKind.ENTERPRISE,
            place_path=place_path,
        ).id


@pytest.fixture
def officer(yubei: str) -> Actor:
    """The environment officer of Yubei."""
    return person("environment-officer", place_path=yubei)


@pytest.fixture
def entry(yubei: str, firm: UUID) -> OutletEntry:
    """A sound registration: two factors, one with a limit."""
    return OutletEntry(
        name="样例水务九厂 总排口",
        place_path=yubei,
        lon=106.63,
        lat=29.72,
        operator=firm,
        medium=Medium.WATER,
        mn="DE50011200000000000000F1",
        password="123456",
        system_type="32",
        factors=(
            FactorEntry("w00000"),
            FactorEntry("w01018", limits=(LimitEntry(100.0, basis="样例许可"),)),
        ),
    )


@pytest.fixture
def register(entry: OutletEntry) -> Callable[..., Outlet]:
    """Registers an outlet as somebody, with some of the entry changed."""
    from yuzhou.domains.environment.services.outlets import register_outlet

    def make(actor: Actor, **changes: Any) -> Outlet:
        with acting_as(actor):
            return register_outlet(actor=actor, entry=replace(entry, **changes))

    return make


@pytest.fixture
def outlet(register: Callable[..., Outlet], officer: Actor) -> Outlet:
    """A registered outlet of Yubei."""
    return register(officer)


@pytest.fixture
def store() -> Callable[..., None]:
    """Puts hourly values of an outlet into the store, as the gateway would."""

    def put(
        outlet: Outlet,
        code: str,
        start: datetime,
        values: list[float],
        *,
        statistic: Statistic = Statistic.HOUR_AVG,
        flag: Any = 0,
        step: timedelta = timedelta(hours=1),
    ) -> None:
        from django.db import connection

        from yuzhou.capabilities.sense import api as sense
        from yuzhou.kernel.row_security import WEB_ROLE

        with acting_as(SYSTEM):
            series = {(s.property, s.statistic): s.id for s in sense.list_series(actor=SYSTEM, device_ids=[outlet.device_id])}
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        moments = [int((start + index * step).timestamp() * 1_000_000) for index in range(len(values))]
        sense.ingest(
            ReadingBatch.of(
                series_id=[series[code, statistic]] * len(values),
                at=moments,
                value=values,
                flag=flag,
                received_at=start + len(values) * step + timedelta(minutes=1),
            )
        )
        with connection.cursor() as cursor:
            cursor.execute(f'SET ROLE "{WEB_ROLE}"')

    return put
