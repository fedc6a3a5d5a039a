"""Commands for devices that poll, and devices that ask to be let in."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.capabilities.sense.doors.http.conftest import TESTER, WEATHER, ask, bearer, rows, running_door
from yuzhou.capabilities.sense import api
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.usefixtures("stations"), pytest.mark.owner]
URL = "/v1/devices/station-1/commands"


def request_restart() -> Any:
    with acting_as(TESTER):
        (device,) = api.list_devices(actor=TESTER, text="station-1")
        return api.request_command(actor=TESTER, device_id=device.id, name="restart", params={})


def states() -> list[tuple[Any, ...]]:
    return rows("SELECT state, answer_code, answer FROM sense_command ORDER BY requested_at")


async def test_a_command_is_given_out_once_and_confirmed_by_the_device():
    asked = await ask(request_restart)
    async with running_door() as (_, client):
        (given,) = (await client.get(URL, headers=bearer())).json()["commands"]
        assert (given["id"], given["name"], given["params"]) == (str(asked.id), "restart", {})
        assert (await client.get(URL, headers=bearer())).json() == {"commands": []}
        assert [state for state, *_ in await ask(states)] == ["sent"]
        answer = {"done": True, "code": "OK", "data": {"uptime": 3}}
        said = await client.post(f"{URL}/{asked.id}/answer", json=answer, headers=bearer())
        assert said.status_code == 204
        assert [state for state, *_ in await ask(states)] == ["done"]
        again = await client.post(f"{URL}/{asked.id}/answer", json={"done": False}, headers=bearer())
        assert again.status_code == 204
        assert [(state, code) for state, code, _ in await ask(states)] == [("done", "OK")]


async def test_who_waits_gets_a_command_as_soon_as_it_is_asked_for():
    async with running_door() as (_, client):
        waiting = asyncio.create_task(client.get(f"{URL}?wait=20", headers=bearer()))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        asked = await ask(request_restart)
        answer = await asyncio.wait_for(waiting, 5)
        assert [one["id"] for one in answer.json()["commands"]] == [str(asked.id)]


async def test_waiting_ends_in_time_and_the_device_counts_as_connected_meanwhile():
    async with running_door(poll_seconds=1.5) as (door, client):
        waiting = asyncio.create_task(client.get(f"{URL}?wait=600", headers=bearer()))
        await asyncio.sleep(0.5)
        assert len(list(door.book.connected())) == 1
        assert (await asyncio.wait_for(waiting, 5)).json() == {"commands": []}
        assert list(door.book.connected()) == []


async def test_nobody_answers_for_another_device():
    asked = await ask(request_restart)
    async with running_door() as (_, client):
        await client.get(URL, headers=bearer())
        for url, status in (
            (f"/v1/devices/plain/commands/{asked.id}/answer", 404),
            (f"{URL}/{WEATHER.key}/answer", 404),
            (f"{URL}/00000000-0000-0000-0000-000000000000/answer", 404),
        ):
            answer = await client.post(url, json={"done": True}, headers=bearer())
            assert (answer.status_code, answer.json()["code"]) == (status, "http.command-unknown")
        assert [state for state, *_ in await ask(states)] == ["sent"]
        for body in ({}, {"done": 1}, {"done": True, "code": "x" * 65}, {"done": True, "data": []}, {"done": True, "more": 1}):
            answer = await client.post(f"{URL}/{asked.id}/answer", json=body, headers=bearer())
            assert (answer.status_code, answer.json()["code"]) == (422, "http.answer")


async def test_what_expired_after_it_was_claimed_is_not_given_out(expired_when_claimed: None):
    await ask(request_restart)
    async with running_door() as (_, client):
        assert (await client.get(URL, headers=bearer())).json() == {"commands": []}
        assert (await client.get(f"{URL}?wait=2", headers=bearer())).json() == {"commands": []}
        assert [state for state, *_ in await ask(states)] == ["sending"]


def make_key(*, automatic: bool) -> str:
    with acting_as(TESTER):
        made = api.make_provision_key(
            actor=TESTER,
            title="sample",
            profile=WEATHER.key,
            place_path="50.a",
            expires_at=now() + timedelta(days=1),
            automatic=automatic,
        )
    return made.secret if hasattr(made, "secret") else made.key


def approve_all() -> None:
    with acting_as(TESTER):
        api.approve_provisioning(actor=TESTER, request_ids=[one.id for one in api.list_provision_requests(actor=TESTER)])


async def test_a_device_is_let_in_by_a_person_and_then_reports():
    key = await ask(lambda: make_key(automatic=False))
    async with running_door() as (_, client):
        asked = {"identity": "new-1", "key": key, "details": {"serial": "S1"}}
        answer = await client.post("/v1/provision", json=asked)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending"), answer.text
        assert int(answer.headers["retry-after"]) > 0
        await ask(approve_all)
        answer = await client.post("/v1/provision", json=asked)
        assert answer.status_code == 200, answer.text
        secret, url = answer.json()["secret"], answer.json()["readings"]
        await asyncio.sleep(1.3)
        stored = await client.post(url, json={"values": {"temperature": 1}}, headers=bearer(secret))
        assert stored.json()["stored"] == 1


async def test_a_wrong_key_and_a_wrong_question_are_refused():
    async with running_door() as (_, client):
        answer = await client.post("/v1/provision", json={"identity": "new-2", "key": "guess"})
        assert (answer.status_code, answer.json()["code"]) == (403, "sense.provision-key")
        for body in ({}, {"identity": 3}, {"identity": "a", "key": "b", "more": 1}, {"identity": "a", "key": "\0"}):
            assert (await client.post("/v1/provision", json=body)).status_code == 422
        assert (await client.post("/v1/provision", content=b"[")).status_code == 400
