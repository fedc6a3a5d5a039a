"""Readings over HTTP with a client that was not written here."""

import asyncio
import gzip
import json
import time

import httpx
import numpy as np
import pyarrow as pa
import pytest

from tests.capabilities.sense.doors.http.conftest import SECRET, TESTER, ask, bearer, register, rows, running_door, stored
from yuzhou.capabilities.sense.contracts import DataFlag, Mark
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.usefixtures("stations"), pytest.mark.owner]
URL = "/v1/devices/station-1/readings"
NOW = int(time.time()) - 60


def counts(answer: httpx.Response) -> tuple[int, int, int]:
    told = answer.json()
    return told["stored"], told["duplicates"], told["refused"]


async def test_one_report_is_durable_when_answered():
    async with running_door() as (_, client):
        report = {"at": NOW, "values": {"temperature": 21.5, "pump": True, "note": "ok"}}
        answer = await client.post(URL, json=report, headers=bearer())
        assert answer.status_code == 200, answer.text
        assert counts(answer) == (2, 0, 0)
        assert answer.json()["texts"] == 1
        assert await ask(stored) == [("station-1", "pump", NOW, 1.0, 0), ("station-1", "temperature", NOW, 21.5, 0)]
        again = await client.post(URL, json=report, headers=bearer())
        assert counts(again) == (0, 2, 0)


async def test_a_text_where_the_profile_knows_a_number_is_refused_and_the_rest_stored():
    async with running_door() as (_, client):
        report = {"at": NOW, "values": {"temperature": "abc", "pump": True, "note": "ok"}}
        answer = await client.post(URL, json=report, headers=bearer())
        assert answer.status_code == 200, answer.text
        assert (counts(answer), answer.json()["texts"]) == ((1, 0, 1), 1)
        (told,) = answer.json()["refusals"]
        assert (told["code"], told["row"], told["field"]) == ("payload.not-numeric", 1, "values.temperature")
        alone = await client.post(URL, json={"values": {"temperature": "abc"}}, headers=bearer())
        assert (alone.status_code, alone.json()["errors"][0]["code"]) == (422, "payload.not-numeric")
        assert await ask(lambda: until_refused(2)) == [("payload.not-numeric", "station-1")] * 2


def until_refused(count: int) -> list[tuple]:
    for _ in range(100):
        found = rows("SELECT code, identity FROM sense_quarantine ORDER BY received_at")
        if len(found) >= count:
            break
        time.sleep(0.02)
    return found


async def test_bad_documents_and_wrong_secrets_are_kept_among_the_refused_but_no_secret_and_no_flood():
    async with running_door() as (_, client):
        broken = b'{"secret": "' + SECRET.encode() + b'", "values": {'
        headers = {**bearer(), "Content-Type": "application/json"}
        assert (await client.post(URL, content=broken, headers=headers)).status_code == 400
        for _ in range(20):
            assert (await client.post(URL, json={"values": {"a": 1}}, headers=bearer("a-guess"))).status_code == 401
        other = "/v1/devices/station%202%2F%E5%8C%97/readings"
        assert (await client.post(other, json={}, headers=bearer("a-guess"))).status_code == 401
        for number in range(20):
            assert (await client.post(f"/v1/devices/nobody-{number}/readings", headers=bearer())).status_code == 401
        await ask(lambda: until_refused(13))
        found = await ask(
            lambda: rows(
                "SELECT q.code, d.identity, convert_from(q.content, 'UTF8'), q.params::text FROM sense_quarantine q"
                " LEFT JOIN sense_device d ON d.id = q.device_id ORDER BY q.received_at"
            )
        )
        kept = [(code, identity) for code, identity, _, _ in found]
        assert kept == [
            ("payload.not-json", "station-1"),
            *[("http.wrong-credential", "station-1")] * 5,
            ("http.wrong-credential", "station 2/北"),
            *[("http.wrong-credential", None)] * 6,
        ]
        assert "***" in found[0][2]
        assert not any(SECRET in part or "a-guess" in part for row in found for part in row if part)


async def test_units_bounds_and_what_is_no_number():
    async with running_door() as (_, client):
        text = f"""[{{"at": {NOW}, "values": {{"temperature": 212}}, "units": {{"temperature": "[degF]"}}}},
            {{"at": {NOW + 1}, "values": {{"temperature": NaN}}}}, {{"at": {NOW + 2}, "values": {{"temperature": 20}},
            "units": {{"temperature": "kg"}}}}]"""
        answer = await client.post(URL, content=text, headers={**bearer(), "Content-Type": "application/json"})
        assert counts(answer) == (2, 0, 1)
        assert answer.json()["refusals"] == [
            {
                "code": "payload.unit",
                "row": 3,
                "field": "units.temperature",
                "detail": "The unit kg cannot be converted to Cel, in which the property is kept.",
            }
        ]
        flags = [flag for *_, flag in await ask(stored)]
        assert flags == [DataFlag.OVER_RANGE | Mark.SUSPECT, DataFlag.FAULT | Mark.SUSPECT]
        refused = await ask(lambda: rows("SELECT code, identity, params->>'rows' FROM sense_quarantine"))
        assert refused == [("payload.unit", "station-1", "3")]


async def test_a_unit_of_a_property_that_no_profile_describes():
    async with running_door() as (_, client):
        report = {"at": NOW, "values": {"level": 150, "flow": 3600}, "units": {"level": "cm", "flow": "m3/h"}}
        answer = await client.post("/v1/devices/plain/readings", json=report, headers=bearer())
        assert counts(answer) == (2, 0, 0)
        assert [(p, v) for _, p, _, v, _ in await ask(stored)] == [("flow", 3600.0), ("level", 1.5)]
        units = await ask(lambda: rows("SELECT property, unit FROM sense_series WHERE property = 'flow'"))
        assert units == [("flow", "m3/h")]
        later = {"at": NOW + 1, "values": {"flow": 1}, "units": {"flow": "m3/s"}}
        await asyncio.sleep(1.2)
        assert counts(await client.post("/v1/devices/plain/readings", json=later, headers=bearer())) == (1, 0, 0)
        assert [v for _, p, _, v, _ in await ask(stored) if p == "flow"] == [3600.0, 3600.0]


@pytest.mark.parametrize("packing", ["", "gzip", "zstd"])
async def test_csv_plain_and_packed(packing):
    text = f"at,temperature,pump\n{NOW},1,true\n{NOW + 1},2,\nyesterday,3,1\n".encode()
    content = {"": text, "gzip": gzip.compress(text), "zstd": pa.Codec("zstd").compress(text).to_pybytes()}[packing]
    async with running_door() as (_, client):
        headers = {**bearer(), "Content-Type": "text/csv; charset=utf-8"} | ({"Content-Encoding": packing} if packing else {})
        answer = await client.post(URL, content=content, headers=headers)
        assert counts(answer) == (3, 0, 1)
        assert [(one["code"], one["row"]) for one in answer.json()["refusals"]] == [("payload.time", 3)]


def arrow(rows: int, device: str | None = None) -> bytes:
    at = pa.array((NOW - np.arange(rows)) * 1_000_000).cast(pa.timestamp("us", "UTC"))
    columns = {"at": at, "temperature": np.linspace(0, 30, rows)}
    if device:
        columns["device"] = pa.array([device] * rows)
    sink = pa.BufferOutputStream()
    table = pa.table(columns)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


async def test_arrow_in_bulk():
    async with running_door() as (_, client):
        headers = {**bearer(), "Content-Type": "application/vnd.apache.arrow.stream"}
        answer = await client.post(URL, content=arrow(20_000), headers=headers)
        assert counts(answer) == (20_000, 0, 0)
        assert await ask(lambda: rows("SELECT count(*) FROM sense_reading")) == [(20_000,)]


async def test_identities_with_odd_signs():
    async with running_door() as (_, client):
        answer = await client.post(
            "/v1/devices/station%202%2F%E5%8C%97/readings", json={"values": {"temperature": 1}}, headers=bearer()
        )
        assert counts(answer) == (1, 0, 0)


# --- who sends --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "secret", "status", "code"),
    [
        (URL, None, 401, "http.no-credential"),
        (URL, "wrong", 401, "http.wrong-credential"),
        ("/v1/devices/nobody/readings", SECRET, 401, "http.wrong-credential"),
        ("/v1/readings", SECRET, 401, "http.wrong-credential"),
    ],
)
async def test_strangers_stay_outside(url, secret, status, code):
    async with running_door() as (_, client):
        answer = await client.post(url, json={"values": {"a": 1}}, headers=bearer(secret) if secret else {})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert await ask(stored) == []


async def test_a_device_cannot_claim_another_name():
    async with running_door() as (_, client):
        reports = [{"device": "plain", "values": {"level": 1}}, {"device": "station-1", "values": {"temperature": 1}}]
        answer = await client.post(URL, json=reports, headers=bearer())
        assert counts(answer) == (1, 0, 1)
        assert answer.json()["refusals"][0]["code"] == "payload.device-other"
        assert [identity for identity, *_ in await ask(stored)] == ["station-1"]


def token(*permissions: str) -> str:
    """The token of an officer of one district, with a device there and one elsewhere."""
    from yuzhou.kernel.access import api as access
    from yuzhou.kernel.places.api import load_carried_data, path_of

    with acting_as(TESTER):
        load_carried_data()
        near, far = path_of("500112"), path_of("500101")
        account = access.create_user(actor=TESTER, username="sender", display_name="样例平台", place_path=near)
        access.grant_role(actor=TESTER, user=account, role="environment-officer", place_path=near)
        secret = access.create_token(actor=TESTER, user=account, name="tests", permissions=frozenset(permissions)).secret
    register("near", place_path=f"{near}.001")
    register("far", place_path=far)
    return secret


async def test_a_token_writes_for_the_devices_within_its_reach_only():
    secret = await ask(lambda: token("sense.reading:write"))
    async with running_door() as (_, client):
        text = f"device,at,temperature\nnear,{NOW},1\nfar,{NOW},2\nnobody,{NOW},3\n,{NOW},4\nplain,{NOW},5\n"
        answer = await client.post("/v1/readings", content=text, headers={**bearer(secret), "Content-Type": "text/csv"})
        assert counts(answer) == (1, 0, 4)
        assert [(one["code"], one["row"]) for one in answer.json()["refusals"]] == [
            ("payload.device-missing", 4),
            ("payload.device-unknown", 2),
            ("payload.device-unknown", 3),
            ("payload.device-unknown", 5),
        ]
        assert [(identity, value) for identity, _, _, value, _ in await ask(stored)] == [("near", 1)]


async def test_a_token_without_the_permission_is_refused():
    secret = await ask(lambda: token("sense.device:read"))
    async with running_door() as (_, client):
        answer = await client.post("/v1/readings", json={"device": "near", "values": {"a": 1}}, headers=bearer(secret))
        assert (answer.status_code, answer.json()["code"]) == (403, "kernel.permission-denied")


async def test_guessing_secrets_is_slowed_down():
    async with running_door(failures_per_minute=3) as (_, client):
        codes = [(await client.post(URL, json={}, headers=bearer("guess"))).status_code for _ in range(6)]
        assert codes == [401, 401, 401, 401, 429, 429]


async def test_wrong_secrets_for_one_device_do_not_hold_up_its_neighbours_behind_one_address():
    async with running_door(failures_per_minute=3) as (_, client):
        for _ in range(6):
            await client.post("/v1/devices/station-2/readings", json={}, headers=bearer("guess"))
        answer = await client.post(URL, json={"values": {"temperature": 1}}, headers=bearer())
        assert answer.status_code == 200
        for _ in range(6):
            await client.post(URL, json={}, headers=bearer("guess"))
        held = await client.post(URL, json={"values": {"temperature": 1}}, headers=bearer())
        assert held.status_code == 429  # a guess that hits is not let in either


# --- keys -------------------------------------------------------------------------------------------------------------------


async def test_the_same_key_is_stored_once_and_answered_again():
    async with running_door() as (_, client):
        headers = {**bearer(), "Idempotency-Key": "batch-7"}
        report = {"values": {"temperature": 1}}  # without a time: a second one would be a reading of its own
        first = await client.post(URL, json=report, headers=headers)
        again = await client.post(URL, json=report, headers=headers)
        assert counts(first) == counts(again) == (1, 0, 0)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        other = await client.post(URL, json={"values": {"temperature": 2}}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "http.key-reused")
        assert len(await ask(stored)) == 1
    async with running_door() as (_, client):  # the key outlives the process
        again = await client.post(URL, json=report, headers=headers)
        assert counts(again) == (1, 0, 0)
        assert len(await ask(stored)) == 1


async def test_the_same_key_at_once_is_stored_once():
    async with running_door(batch_milliseconds=50) as (_, client):
        headers = {**bearer(), "Idempotency-Key": "at-once"}
        answers = await asyncio.gather(
            *[client.post(URL, json={"values": {"temperature": n // 6}}, headers=headers) for n in range(8)]
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes in ([200] * 6 + [422] * 2, [200] * 2 + [422] * 6)
        assert len(await ask(stored)) == 1


async def test_keys_of_two_senders_are_apart():
    async with running_door() as (_, client):
        headers = {**bearer(), "Idempotency-Key": "k"}
        for identity in ("station-1", "plain"):
            answer = await client.post(f"/v1/devices/{identity}/readings", json={"values": {"a": 1}}, headers=headers)
            assert counts(answer) == (1, 0, 0)


# --- what is refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "payload.not-json"),
        (b"", {}, 400, "payload.empty"),
        (b"x", {"Content-Type": "application/xml"}, 415, "http.media-type"),
        (b"x", {"Content-Encoding": "br"}, 415, "http.encoding"),
        (b"x", {"Content-Encoding": "gzip"}, 400, "payload.encoding"),
        (b" " * 5000, {}, 413, "payload.too-large"),
        (gzip.compress(b" " * 10_000_000), {"Content-Encoding": "gzip"}, 413, "payload.too-large"),
        (b'{"values": {"a": 1}}', {"Idempotency-Key": "x y"}, 400, "http.key"),
        (b'{"values": {"a": 1}, "at": "2020-01-01T00:00:00Z"}', {}, 422, "http.all-refused"),
        (b'[{"values": {"a": 1}}, {"values": 1}]', {"Prefer": "handling=strict"}, 422, "http.strict"),
    ],
)
async def test_refusals_are_problem_documents(content, headers, status, code):
    async with running_door(body_bytes=4000 if len(content) == 5000 else 20_000, content_bytes=100_000) as (_, client):
        answer = await client.post(URL, content=content, headers={**bearer(), "Content-Type": "application/json", **headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["detail"] != code
        assert await ask(stored) == []


async def test_the_language_of_a_refusal_is_the_reader_s():
    async with running_door() as (_, client):
        headers = {**bearer(), "Content-Type": "application/json", "Accept-Language": "zh-CN,zh;q=0.9"}
        assert (await client.post(URL, content=b"", headers=headers)).json()["detail"] == "内容为空。"


async def test_preferences():
    async with running_door() as (_, client):
        answer = await client.post(URL, json={"values": {"a": 1}}, headers={**bearer(), "Prefer": "return=minimal"})
        assert (answer.status_code, answer.content) == (204, b"")
        answer = await client.post(URL, json={"values": {"a": 1}}, headers={**bearer(), "Prefer": "handling=strict"})
        assert answer.headers["preference-applied"] == "handling=strict"


async def test_too_many_requests_of_a_device_are_told_when_to_come_back():
    await ask(lambda: register("busy", frames_per_minute=3))
    async with running_door() as (_, client):
        codes = []
        for n in range(5):
            answer = await client.post("/v1/devices/busy/readings", json={"values": {"a": n}}, headers=bearer())
            codes.append(answer.status_code)
        assert codes == [200, 200, 200, 429, 429]
        assert 1 <= int(answer.headers["retry-after"]) <= 21


async def test_a_full_queue_is_back_pressure():
    async with running_door(queue_readings=0) as (_, client):
        answer = await client.post(URL, json={"values": {"a": 1}}, headers=bearer())
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "http.full", "2")


async def test_addresses_and_methods_that_are_none():
    async with running_door() as (_, client):
        assert (await client.get("/v1/nothing")).json()["code"] == "http.nothing-here"
        answer = await client.get(URL)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/v1/openapi.json")).json()["openapi"] == "3.1.0"


async def test_a_disabled_device_is_out_within_seconds():
    from yuzhou.capabilities.sense import api

    device = await ask(lambda: register("leaving"))
    async with running_door() as (_, client):
        url = "/v1/devices/leaving/readings"
        assert (await client.post(url, json={"values": {"a": 1}}, headers=bearer())).status_code == 200

        def disable():
            with acting_as(TESTER):
                api.update_device(actor=TESTER, device_id=device.id, enabled=False)

        await ask(disable)
        await asyncio.sleep(2.2)
        assert (await client.post(url, json={"values": {"a": 1}}, headers=bearer())).status_code == 401


async def test_the_frame_is_kept_for_the_desk_and_the_device_was_heard():
    async with running_door() as (_, client):
        content = json.dumps({"values": {"temperature": 3}}).encode()
        await client.post(URL, content=content, headers={**bearer(), "Content-Type": "application/json"})
        assert await ask(lambda: rows("SELECT kind, convert_from(content, 'UTF8') FROM sense_raw_frame")) == [
            ("json", content.decode())
        ]
        seen = await ask(
            lambda: rows(
                "SELECT state FROM sense_device_status s JOIN sense_device d ON d.id = s.device_id WHERE identity = 'station-1'"
            )
        )
        assert seen == [("online",)]
