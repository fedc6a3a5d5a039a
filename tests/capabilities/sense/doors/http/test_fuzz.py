"""Odd requests to every operation of the door's own description: answers that it describes, and never a fault."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.capabilities.sense.doors.http.conftest import SECRET, ask, running_door
from tests.capabilities.sense.doors.http.test_readings import token
from yuzhou.capabilities.sense.doors.http.description import describe

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def operations() -> list[Any]:
    config = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
    schema = schemathesis.openapi.from_dict(describe(), config=config)
    return [found.ok() for found in schema.get_all_operations()]


def send_odd(operation: Any, base: str, secret: str) -> None:
    @few
    @given(case=operation.as_strategy())
    def odd(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}"}
        if "identity" in (case.path_parameters or {}) and len(case.path_parameters["identity"]) % 2:
            case.path_parameters["identity"] = "station-1"
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        case.call_and_validate(base_url=base, checks=CHECKS)

    odd()


@pytest.mark.owner
@pytest.mark.usefixtures("stations")
@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one.method} {one.path}")
async def test_odd_requests_are_answered_by_the_description(operation: Any) -> None:
    secret = await ask(lambda: token("sense.reading:write")) if operation.path == "/v1/readings" else SECRET
    async with running_door(failures_per_minute=1_000_000) as (door, _):
        await asyncio.to_thread(send_odd, operation, f"http://127.0.0.1:{door.settings.port}", secret)
