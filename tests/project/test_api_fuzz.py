"""Odd requests to every operation of the API: answers that the schema describes, problem details, and never a fault."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.transactions import acting_as
from yuzhou.project.api import api

CITY = "50"
ROLES = ("city-administrator", "environment-city")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SYSTEM = Actor.system("tests")
CONFIG = {"phases": {"coverage": {"enabled": False}}}


def build_schema() -> Any:
    """The document of the API, with the application that answers to it."""
    from yuzhou.project.wsgi import application

    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(), config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = application
    return schema


schema = build_schema()
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
few = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    """Each test's database starts afresh, so must the copies that sense keeps in memory."""
    from yuzhou.capabilities.sense.services.engine import forget_engine
    from yuzhou.capabilities.sense.services.partitions import forget_partitions

    forget_engine()
    forget_partitions()
    yield
    forget_engine()
    forget_partitions()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request does not close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret() -> str:
    """The token of someone who administers the city and watches its environment."""
    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.registry import roles

    with acting_as(SYSTEM):
        account = access.create_user(actor=SYSTEM, username="odd-requests", display_name="样例人员", place_path=CITY)
        for role in ROLES:
            access.grant_role(actor=SYSTEM, user=account, role=role, place_path=CITY)
        permissions = {key for role in ROLES for key in roles()[role].permissions}
        return access.create_token(actor=SYSTEM, user=account, name="tests", permissions=permissions).secret


@pytest.fixture
def known() -> dict[str, Any]:
    """Names of things that exist, by the path parameter that takes them."""
    from yuzhou.domains.environment.contracts import FactorEntry, OutletEntry
    from yuzhou.domains.environment.rules.factors import Medium
    from yuzhou.domains.environment.services.outlets import register_outlet
    from yuzhou.kernel.parties import api as parties
    from yuzhou.kernel.places.api import path_of

    district = path_of("500112")
    grant = Grant("environment-city", frozenset({"environment.outlet:register"}), place_path=CITY)
    officer = Actor(kind=ActorKind.SYSTEM, name="tests", grants=SYSTEM.grants or (grant,))
    with acting_as(SYSTEM):
        code = parties.complete_credit_code("91500112", "MAYL9001").text
        firm = parties.register_organisation(
            actor=SYSTEM, uscc=code, name="样例水务九厂", kind=parties.OrganisationKind.ENTERPRISE, place_path=district
        )
        outlet = register_outlet(
            actor=officer,
            entry=OutletEntry(
                name="样例水务九厂 总排口",
                place_path=district,
                lon=106.63,
                lat=29.72,
                operator=firm.id,
                medium=Medium.WATER,
                mn="DE50011200000000000000F1",
                password="123456",
                system_type="32",
                factors=(FactorEntry("w00000"), FactorEntry("w01018")),
            ),
        )
    today = datetime.now(UTC).date().isoformat()
    return {
        "outlet": str(outlet.id),
        "device_id": str(outlet.device_id),
        "uscc": code,
        "path": district,
        "day": today,
        "code": "w01018",
    }


@schema.parametrize()
@few
def test_odd_requests_of_an_officer_are_answered_by_the_schema(case: Any, secret: str, known: dict[str, Any]) -> None:
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}"}
    case.call_and_validate(checks=CHECKS)
    if named := {name: known[name] for name in case.path_parameters or {} if name in known}:
        case.path_parameters = {**case.path_parameters, **named}
        case.call_and_validate(checks=CHECKS)


@schema.parametrize()
@few
def test_odd_requests_of_strangers_are_answered_by_the_schema(case: Any) -> None:
    case.call_and_validate(checks=CHECKS)


def test_the_officer_of_the_odd_requests_reaches_what_exists(client: Client, secret: str, known: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    grants = client.get("/api/v1/kernel/access/whoami", headers=headers).json()["grants"]
    assert "environment.outlet:read" in {key for grant in grants for key in grant["permissions"]}
    for path in ("environment/outlets/{outlet}", "sense/devices/{device_id}", "kernel/parties/{uscc}", "kernel/places/{path}"):
        assert client.get("/api/v1/" + path.format(**known), headers=headers).status_code == 200, path
