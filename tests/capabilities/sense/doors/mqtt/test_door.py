"""Own topics over the real bus and the real database."""

import asyncio
import json
import math
import time

import aiomqtt
import cbor2
import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.mqtt.violations import ViolationLog
from yuzhou.kernel.transactions import acting_as

from .conftest import SECRET, TESTER, RunningBus, ask, client, codes, register, rows, running_door, state, until, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]


@pytest.fixture
def two_devices(empty_store: None) -> None:
    for identity in ("pump-1", "pump-2"):
        register(identity)


def milliseconds(ago: float = 0) -> int:
    return int((time.time() - ago) * 1000)


def report(value: float, **more: object) -> str:
    return json.dumps({"at": milliseconds(), "values": {"temperature": value, "pump": True}, **more})


async def test_what_is_published_is_stored_in_every_form(bus: RunningBus, two_devices: None) -> None:
    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.publish("yuzhou/pump-1/up/json", report(20.5), qos=1)
        await pump.publish("yuzhou/pump-1/up/json", json.dumps({"values": {"level": 1.5}}), qos=0)
        compact = {1: milliseconds(60), 5: ["flow"], 6: [[0, 1.0], [500, 2.0]]}
        await pump.publish("yuzhou/pump-1/up/cbor", cbor2.dumps(compact), qos=1)
        assert await until(lambda: len(values()) == 5)
        assert await ask(lambda: values("temperature")) == [20.5]
        assert await ask(lambda: values("flow")) == [1.0, 2.0]
        assert await ask(lambda: values("level")) == [1.5]
        assert await until(lambda: state("pump-1") == "online")
        assert await ask(lambda: values("link")) == [1.0]
        kinds = await ask(lambda: rows("SELECT kind FROM sense_raw_frame ORDER BY kind"))
        assert kinds == [("cbor",), ("json",), ("json",)]


async def test_strangers_and_wrong_passwords_stay_outside(bus: RunningBus, two_devices: None) -> None:
    async with running_door(bus):
        for identity, password in (("nobody", SECRET), ("pump-1", "wrong"), ("yuzhou", "a-password"), ("pump-1", "")):
            with pytest.raises(aiomqtt.MqttError):
                async with client(bus, identity, password=password):
                    pass
        with pytest.raises(aiomqtt.MqttError):
            async with client(bus, "pump-1", identifier="pump-2"):
                pass
        wanted = {"mqtt.unknown-device", "mqtt.wrong-password", "mqtt.client-taken"}
        assert await until(lambda: wanted <= codes())
        contents = await ask(lambda: rows("SELECT content FROM sense_quarantine"))
        assert not any(SECRET.encode() in bytes(content) for (content,) in contents)


async def test_a_device_that_claims_anothers_name_gets_nothing_through(bus: RunningBus, two_devices: None) -> None:
    async with running_door(bus) as door, client(bus, "pump-1", identifier="a-client") as pump:
        door.violations = ViolationLog(bus.bus.folder / "log")
        await pump.publish("yuzhou/pump-2/up/json", report(1.0), qos=1)
        await pump.publish("yuzhou/pump-2/state", "offline", qos=1)
        (granted,) = await pump.subscribe("yuzhou/pump-2/down/#", qos=1)
        assert granted.value >= 128
        await pump.publish("yuzhou/pump-1/up/json", report(2.0, device="pump-2"), qos=1)
        await pump.publish("yuzhou/pump-1/up/json", report(3.0), qos=1)
        assert await until(lambda: values("temperature") == [3.0])
        assert "payload.device-other" in await ask(codes)
        query = "SELECT identity, params->>'topic' FROM sense_quarantine WHERE code = 'mqtt.not-its-own'"
        assert await until(lambda: {("pump-1", "yuzhou/pump-2/up/json"), ("pump-1", "yuzhou/pump-2/state")} <= set(rows(query)))


async def test_bad_input_has_its_answer_and_disturbs_nobody(bus: RunningBus, two_devices: None) -> None:
    future, past = milliseconds(-3600), milliseconds(500 * 86400)
    bad = {
        "payload.not-json": ("up/json", b"{"),
        "payload.empty": ("up/json", b" "),
        "payload.not-utf8": ("up/json", b'{"values": {"\xff\xfe": 1}}'),
        "payload.not-cbor": ("up/cbor", cbor2.dumps({2: {"t": 1}})[:-1]),
        "payload.future-time": ("up/json", json.dumps({"at": future, "values": {"t": 1}})),
        "payload.past-time": ("up/json", json.dumps({"at": past, "values": {"t": 1}})),
        "payload.property": ("up/json", json.dumps({"values": {"a b": 1}})),
        "mqtt.state": ("state", b"perhaps"),
        "mqtt.answer": ("down/7/answer", b"{}"),
        "payload.too-large": ("up/json", b" " * 3000 + b"1"),
    }
    async with running_door(bus, max_payload=2000) as door, client(bus, "pump-1") as pump:
        door.gate._max_payload = -1
        for topic, content in bad.values():
            await pump.publish(f"yuzhou/pump-1/{topic}", content, qos=1)
        await pump.publish("yuzhou/pump-1/up/json", '{"values": {"nothing": NaN, "text": "x", "t": 4, "bad name": 1}}', qos=1)
        await until(lambda: values("t") == [4.0])
        assert await ask(lambda: values("t")) == [4.0]
        assert set(bad) <= await ask(codes)
        assert await ask(
            lambda: rows("SELECT flag FROM sense_reading r JOIN sense_series s ON s.id = series_id WHERE property = 'nothing'")
        ) == [(0x84,)]
        ((quirks,),) = await ask(lambda: rows("SELECT quirks FROM sense_raw_frame WHERE position('NaN'::bytea IN content) > 0"))
        assert quirks == "not-numeric refused-in-part"


async def test_units_of_a_device_without_a_profile_are_checked_and_converted(bus: RunningBus, two_devices: None) -> None:
    def said(value: float, unit: str) -> str:
        return json.dumps({"at": milliseconds(), "values": {"t": value}, "units": {"t": unit}})

    units = "SELECT unit FROM sense_series WHERE property = 't'"
    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.publish("yuzhou/pump-1/up/json", said(20, "Cel"), qos=1)
        await pump.publish("yuzhou/pump-1/up/json", said(86, "[degF]"), qos=1)
        assert await until(lambda: values("t") == [20.0, 30.0])
        assert await ask(lambda: rows(units)) == [("Cel",)]
        await asyncio.sleep(1.5)  # the series that was made has changed the directory
        for value, unit in ((104, "[degF]"), (5, "kg"), (6, "furlongs")):
            await pump.publish("yuzhou/pump-1/up/json", said(value, unit), qos=1)
        assert await until(lambda: {"payload.unit", "payload.unit-unknown"} <= codes() or None)
        assert await ask(lambda: values("t")) == [20.0, 30.0, 40.0]
    async with running_door(bus), client(bus, "pump-1") as pump:  # one that starts anew knows what the store has
        await pump.publish("yuzhou/pump-1/up/json", said(273.15, "K"), qos=1)
        assert await until(lambda: values("t") == [20.0, 30.0, 40.0, 0.0])
        assert await ask(lambda: rows(units)) == [("Cel",)]


async def test_giant_payloads_are_refused_and_harm_nobody_else(bus: RunningBus, two_devices: None) -> None:
    """Beyond the door's limit a report is kept in part and refused; beyond the bus's own the bus hangs up."""
    async with running_door(bus), client(bus, "pump-2") as other:
        async with client(bus, "pump-1") as pump:
            await pump.publish("yuzhou/pump-1/up/json", '{"values": {"t": ' + " " * 300_000 + "1}}", qos=1)
            assert await until(lambda: codes() == {"payload.too-large"})
            assert await ask(lambda: rows("SELECT length(content) FROM sense_quarantine")) == [(8192,)]
            await pump.publish("yuzhou/pump-1/up/json", json.dumps({"values": {"t": 1}}), qos=1)
            assert await until(lambda: values("t") == [1.0])
            with pytest.raises(aiomqtt.MqttError):
                await pump.publish("yuzhou/pump-1/up/json", " " * 3_000_000, qos=1)
        await other.publish("yuzhou/pump-2/up/json", report(5.0), qos=1)
        assert await until(lambda: values("temperature") == [5.0])
        async with client(bus, "pump-1") as pump:  # it may come again, with less
            await pump.publish("yuzhou/pump-1/up/json", json.dumps({"values": {"t": 2}}), qos=1)
            assert await until(lambda: values("t") == [1.0, 2.0])


async def test_a_last_will_raises_an_alarm_that_ends_with_the_return(bus: RunningBus, two_devices: None) -> None:
    will = aiomqtt.Will("yuzhou/pump-1/state", "offline", qos=1, retain=True)
    async with running_door(bus):
        await asyncio.sleep(1.5)  # the rule is made when the directory is read
        pump = client(bus, "pump-1", will=will)
        await pump.__aenter__()
        await pump.publish("yuzhou/pump-1/state", "online", qos=1, retain=True)
        assert await until(lambda: state("pump-1") == "online")
        pump._client._sock_close()
        assert await until(lambda: state("pump-1") == "offline")
        alarms = "SELECT r.title_en, a.state FROM sense_alarm a JOIN sense_rule r ON r.id = a.rule_id"
        assert await until(lambda: rows(alarms)) == [("Device offline", "raised")]
        events = "SELECT count(*) FROM kernel_events_event WHERE name = 'sense.DeviceOffline@1'"
        assert await until(lambda: rows(events)[0][0] == 1)
        async with client(bus, "pump-1"):
            assert await until(lambda: state("pump-1") == "online")
            assert await until(lambda: rows(alarms)[0][1] == "cleared")
            assert await ask(lambda: values("link")) == [1.0, 0.0, 1.0]


async def test_a_command_goes_down_once_and_its_answer_comes_up(bus: RunningBus, two_devices: None) -> None:
    def request(name: str, **params: object) -> str:
        ((device,),) = rows("SELECT id FROM sense_device WHERE identity = 'pump-1'")
        with acting_as(TESTER):
            return str(api.request_command(actor=TESTER, device_id=device, name=name, params=params).id)

    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.subscribe("yuzhou/pump-1/down/#", qos=0)
        wanted = await ask(lambda: request("set", property="speed", value=40))
        message = await asyncio.wait_for(anext(pump.messages), 10)
        said = json.loads(message.payload)
        assert str(message.topic) == "yuzhou/pump-1/down/set"
        assert (said["id"], said["params"]) == (wanted, {"property": "speed", "value": 40.0})
        for answer in ({"state": "accepted"}, {"state": "done", "code": "ok\0", "result": {"speed": math.inf}}):
            await pump.publish(f"yuzhou/pump-1/down/{wanted}/answer", json.dumps(answer), qos=1)
        query = "SELECT state, answer_code, answer->>'speed' FROM sense_command"
        assert await until(lambda: rows(query) == [("done", "ok\ufffd", "inf")])
        refused = await ask(lambda: request("restart"))
        async with asyncio.timeout(10):
            while str(message.topic) != "yuzhou/pump-1/down/restart":  # its own answers come by as well
                message = await anext(pump.messages)
        await pump.publish(f"yuzhou/pump-1/down/{refused}/answer", cbor2.dumps({"state": "failed", "code": "busy"}), qos=1)
        assert await until(lambda: ("failed", "busy") in rows("SELECT state, answer_code FROM sense_command"))


async def test_what_expired_after_it_was_claimed_is_not_published(
    bus: RunningBus, two_devices: None, expired_when_claimed: None
) -> None:
    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.subscribe("yuzhou/pump-1/down/#", qos=0)

        def request() -> None:
            ((device,),) = rows("SELECT id FROM sense_device WHERE identity = 'pump-1'")
            with acting_as(TESTER):
                api.request_command(actor=TESTER, device_id=device, name="report", params={})

        await ask(request)
        assert await until(lambda: rows("SELECT state FROM sense_command") == [("sending",)])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(pump.messages), 1.5)


async def test_a_new_device_comes_in_without_a_restart_and_a_disabled_one_is_sent_away(
    bus: RunningBus, two_devices: None
) -> None:
    async with running_door(bus), client(bus, "pump-1") as pump:
        made = await ask(lambda: register("pump-3"))
        await asyncio.sleep(1.5)
        async with client(bus, "pump-3") as third:
            await third.publish("yuzhou/pump-3/up/json", report(7.0), qos=1)
            assert await until(lambda: values("temperature") == [7.0])

            def disable() -> None:
                with acting_as(TESTER):
                    api.update_device(actor=TESTER, device_id=made.id, enabled=False)

            await ask(disable)
            with pytest.raises(aiomqtt.MqttError):
                await asyncio.wait_for(anext(third.messages), 10)
        await pump.publish("yuzhou/pump-1/up/json", report(8.0), qos=1)
        assert await until(lambda: 8.0 in values("temperature"))


async def test_a_session_ends_with_the_secret_that_opened_it(bus: RunningBus, two_devices: None) -> None:
    def rotate() -> object:
        ((device,),) = rows("SELECT id FROM sense_device WHERE identity = 'pump-1'")
        with acting_as(TESTER):
            return api.rotate_secret(actor=TESTER, device_id=device)

    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.publish("yuzhou/pump-1/up/json", report(1.0), qos=1)
        assert await until(lambda: values("temperature") == [1.0])
        await ask(rotate)
        with pytest.raises(aiomqtt.MqttError):
            await asyncio.wait_for(anext(pump.messages), 10)


async def test_a_flood_is_sent_away_and_loses_nothing_acknowledged(bus: RunningBus, two_devices: None) -> None:
    await ask(lambda: rows("UPDATE sense_device SET frames_per_minute = 60 WHERE identity = 'pump-1' RETURNING 1"))
    sent = 0

    async def flood() -> None:
        nonlocal sent
        async with client(bus, "pump-1") as pump:
            while sent < 2000:
                said = json.dumps({"at": milliseconds(sent), "values": {"n": sent}})
                await pump.publish("yuzhou/pump-1/up/json", said, qos=1)
                sent += 1

    async with running_door(bus, flood_seconds=20), client(bus, "pump-2") as other:
        with pytest.raises(aiomqtt.MqttError):
            await flood()
        with pytest.raises(aiomqtt.MqttError):
            async with client(bus, "pump-1"):
                pass
        await other.publish("yuzhou/pump-2/up/json", report(5.0), qos=1)
        assert await until(lambda: values("temperature") == [5.0])
        assert await until(lambda: len(values("n")) >= sent)
        assert "mqtt.too-many-frames" in await ask(codes)
