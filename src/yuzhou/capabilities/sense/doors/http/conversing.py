"""Commands for devices that only poll, and devices that ask to be let in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils import translation

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Command
from yuzhou.capabilities.sense.doors.http.core import PROTOCOL, HttpCore
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.requests import Answer, Request
from yuzhou.capabilities.sense.doors.intake.provisioning import read_asking
from yuzhou.capabilities.sense.doors.intake.store import DOOR
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.transactions import acting_as

LONGEST_CODE = 64
OF_ANSWER = {"done", "code", "data"}


async def give_commands(core: HttpCore, request: Request, identity: str) -> Answer:
    """`GET /v1/devices/{identity}/commands?wait=`: what the device is to do, each once."""
    link = core.device(request, identity)
    commands = await core.commands_for(link, min(_number(request, "wait", 0.0), core.settings.poll_seconds))
    return Answer.json({"commands": [_shown(command) for command in commands]}, Cache_Control="no-store")


def _shown(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "name": command.name,
        "params": dict(command.params),
        "requested_at": command.requested_at,
        "expires_at": command.expires_at,
    }


async def take_answer(core: HttpCore, request: Request, identity: str, command: str) -> Answer:
    """`POST /v1/devices/{identity}/commands/{id}/answer`: the device's word on a command. A second word changes nothing."""
    link = core.device(request, identity)
    said = _document(await request.body(), "http.answer")
    done, code, data = said.get("done"), said.get("code", ""), said.get("data", {})
    is_well = isinstance(done, bool) and isinstance(code, str) and isinstance(data, dict) and said.keys() <= OF_ANSWER
    if not is_well or len(code) > LONGEST_CODE:
        raise Problem(422, "http.answer")
    try:
        identifier = UUID(command)
    except ValueError:
        raise Problem(404, "http.command-unknown") from None
    if not await core.run(_finish, link.entry.device_id, identifier, done, code, data):
        raise Problem(404, "http.command-unknown")
    return Answer(204)


def _finish(device: UUID, command: UUID, done: bool, code: str, data: dict[str, Any]) -> bool:
    """Note the word of a device on one of its own commands; returns whether there is such a one."""
    try:
        with acting_as(DOOR):
            found = api.get_command(actor=DOOR, command_id=command)
    except NotFound:
        return False
    if found.device_id != device or found.sent_at is None:
        return False
    api.mark_command_finished(command_id=command, done=done, answer_code=code, at=datetime.now(UTC), answer=data or None)
    return True


async def provision(core: HttpCore, request: Request) -> Answer:
    """`POST /v1/provision`: a device asks to be let in, or asks again."""
    asking = read_asking(_document(await request.body(), "http.provision"))
    if asking is None:
        raise Problem(422, "http.provision")
    state = await core.run(asking.bound(PROTOCOL, request.peer))
    return _of_state(request, state)


def _of_state(request: Request, state: Any) -> Answer:
    status = str(state.status)
    if state.code:
        often = state.code.endswith(("-often", "-full"))
        headers = {"Retry-After": str(state.retry_after_seconds)} if often else {}
        raise Problem(429 if often else 403, state.code, params=state.params, headers=headers)
    with translation.override(request.language):
        body = {"status": status, "identity": state.identity, "profile": state.profile}
    if state.secret:
        body["secret"] = state.secret
    if state.device_id:
        body["readings"] = f"/v1/devices/{state.identity}/readings"
        return Answer.json(body, 200, Cache_Control="no-store")
    return Answer.json(body, 202, Retry_After=str(state.retry_after_seconds), Cache_Control="no-store")


def _document(content: bytes, code: str) -> dict[str, Any]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "payload.not-json", params={"problem": error.msg}) from None
    if not isinstance(document, dict):
        raise Problem(422, code)
    return document


def _number(request: Request, name: str, default: float) -> float:
    given = request.query.get(name)
    if given is None:
        return default
    try:
        number = float(given[-1])
    except ValueError:
        raise Problem(422, "http.parameter", params={"name": name}) from None
    if not 0 <= number <= 3600:
        raise Problem(422, "http.parameter", params={"name": name})
    return number
