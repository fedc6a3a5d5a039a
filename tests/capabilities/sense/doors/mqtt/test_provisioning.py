"""Devices that ask for themselves over MQTT, and devices that an edge node speaks for, over the real bus and database."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import aiomqtt
import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Profile, PropertySpec, ProvisionStatus
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import DataType
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import Payload
from yuzhou.kernel.clock import now
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

from .conftest import SECRET, TESTER, RunningBus, ask, client, codes, register, rows, running_door, state, until, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
PUMP = Profile("sample-pump", Text("样例水泵", "Sample pump"), "mqtt", (PropertySpec("flow", Text("流量", "Flow"), "m3/h"),))


def make_key(**more: Any) -> str:
    """A key under which pumps may ask."""
    with acting_as(TESTER):
        api.define_profile(actor=TESTER, profile=PUMP)
        until_then = now() + timedelta(days=1)
        made = api.make_provision_key(
            actor=TESTER, title="sample", profile=PUMP.key, place_path="50.a", expires_at=until_then, **more
        )
        return made.secret


def waiting() -> list[Any]:
    with acting_as(TESTER):
        return list(api.list_provision_requests(actor=TESTER))


def approve() -> int:
    with acting_as(TESTER):
        return api.approve_provisioning(actor=TESTER, request_ids=[one.id for one in api.list_provision_requests(actor=TESTER)])


async def question(applicant: aiomqtt.Client, topic: str, key: str, **more: Any) -> dict[str, Any]:
    """Ask to be let in; returns the answer."""
    await applicant.publish(topic, json.dumps({"key": key, **more}), qos=1)
    message = await asyncio.wait_for(anext(applicant.messages), 10)
    assert str(message.topic) == f"{topic}/answer"
    return dict(json.loads(message.payload))


async def test_a_device_asks_is_let_in_and_reports(bus: RunningBus, empty_store: None) -> None:
    key = await ask(make_key)
    topic = "yuzhou/pump-7/provision/w0rd"
    async with running_door(bus):
        async with client(bus, "pump-7", password=key, identifier="w0rd") as applicant:
            await applicant.subscribe(f"{topic}/answer", qos=1)
            said = await question(applicant, topic, key, details={"serial": "S7"}, claim="mine")
            assert (said["status"], said["profile"]) == ("pending", "sample-pump")
            assert said["retry_after"] > 0
            (request,) = await ask(waiting)
            assert (request.identity, request.details, request.peer) == ("pump-7", {"serial": "S7"}, "127.0.0.1")
            assert await ask(approve) == 1
            said = await question(applicant, topic, key, claim="mine")
        assert said["status"] == "approved"
        await asyncio.sleep(1.5)  # the door follows the directory
        async with client(bus, "pump-7", password=said["secret"], identifier="w0rd") as pump:
            await pump.publish("yuzhou/pump-7/up/json", json.dumps({"values": {"flow": 3}}), qos=1)
            assert await until(lambda: values("flow") == [3.0])
        assert await until(lambda: state("pump-7") == "offline")


async def test_who_asks_may_do_nothing_else(bus: RunningBus, empty_store: None) -> None:
    key = await ask(make_key)
    await ask(lambda: register("pump-1"))
    async with running_door(bus), client(bus, "pump-1") as pump:
        await pump.subscribe("yuzhou/pump-1/down/#", qos=1)
        async with client(bus, "pump-8", password=key, identifier="word") as applicant:
            for topic in ("yuzhou/pump-8/down/#", "yuzhou/pump-8/provision/other/answer", "yuzhou/+/provision/+/answer"):
                (granted,) = await applicant.subscribe(topic, qos=1)
                assert granted.value >= 128, topic
            for topic in ("yuzhou/pump-8/up/json", "yuzhou/pump-1/up/json"):
                await applicant.publish(topic, json.dumps({"values": {"stolen": 1}}), qos=1)
            await applicant.subscribe("yuzhou/pump-8/provision/word/answer")
            said = await question(applicant, "yuzhou/pump-8/provision/word", "guess")
            assert (said["status"], said["code"]) == ("refused", "sense.provision-key")
            said = await question(applicant, "yuzhou/pump-8/provision/word", key, more=1)
            assert said["code"] == "mqtt.provision"
        for identifier in ("pump-1", "a/b"):  # the name of a device, and what cannot be a level
            with pytest.raises(aiomqtt.MqttError):
                async with client(bus, "pump-8", password=key, identifier=identifier):
                    pass
        with pytest.raises(aiomqtt.MqttError):
            async with client(bus, "pump-8", password="yzp-no-such-key"):
                pass
        async with client(bus, "pump-1", password=key, identifier="thief") as thief:  # a device's name under a good key
            await thief.subscribe("yuzhou/pump-1/provision/thief/answer")
            said = await question(thief, "yuzhou/pump-1/provision/thief", key)
            assert said["code"] == "sense.provision-taken"
        await pump.publish("yuzhou/pump-1/up/json", json.dumps({"values": {"own": 1}}), qos=1)
        assert await until(lambda: values() == [1.0])
        assert {"mqtt.provision", "mqtt.client-taken", "mqtt.unknown-device"} <= await ask(codes)
        contents = await ask(lambda: rows("SELECT content FROM sense_quarantine"))
        assert not any(key.encode() in bytes(content) for (content,) in contents)


def birth(seq: int, *metrics: tuple[str, float], bd_seq: int | None = None) -> bytes:
    payload = Payload(timestamp=int(now().timestamp() * 1000), seq=seq)
    if bd_seq is not None:
        payload.metrics.add(name="bdSeq", datatype=DataType.INT64, long_value=bd_seq)
    for name, value in metrics:
        metric = payload.metrics.add(name=name, datatype=DataType.DOUBLE, double_value=value)
        metric.properties.keys.append("engUnit")
        metric.properties.values.add(type=DataType.STRING, string_value="Cel" if "Temp" in name else "no unit")
    payload.metrics.add(name="label", datatype=DataType.STRING, string_value="x")
    return bytes(payload.SerializeToString())


async def test_an_unknown_device_of_a_node_is_proposed_with_its_metrics(bus: RunningBus, empty_store: None) -> None:
    await ask(lambda: register("plant/edge-3", "sparkplug"))
    root = "spBv1.0/plant"
    async with running_door(bus), client(bus, "plant/edge-3", identifier="e3", password=SECRET) as edge:
        await edge.subscribe(f"{root}/NCMD/edge-3/#", qos=1)
        await edge.publish(f"{root}/NBIRTH/edge-3", birth(0, bd_seq=1), qos=1)
        oven = birth(1, ("Inputs/Temp", 180.0), ("Device Control/Rebirth", 0.0), ("door open", 0.0))
        await edge.publish(f"{root}/DBIRTH/edge-3/oven", oven, qos=1)
        (request,) = await until(waiting)
        assert (request.protocol, request.identity, request.place_path) == ("sparkplug", "plant/edge-3/oven", "50.a")
        assert request.details == {"metrics": "Inputs/Temp [Cel], door_open"}
        assert (request.peer, request.key_title) == ("plant/edge-3", "")
        assert await until(lambda: codes() == {"sparkplug.unknown-device"})
        assert await ask(approve) == 1
        units = (
            "SELECT property, unit FROM sense_series s JOIN sense_device d ON d.id = s.device_id WHERE d.identity LIKE '%%oven'"
        )
        assert sorted(await ask(lambda: rows(units))) == [("Inputs/Temp", "Cel"), ("door_open", "")]
        asked = await asyncio.wait_for(anext(edge.messages), 10)  # to be born again, so that its values come in
        assert Payload.FromString(asked.payload).metrics[0].name == "Node Control/Rebirth"
        await edge.publish(f"{root}/NBIRTH/edge-3", birth(0, bd_seq=1), qos=1)
        await edge.publish(f"{root}/DBIRTH/edge-3/oven", birth(1, ("Inputs/Temp", 181.0), ("door open", 1.0)), qos=1)
        assert await until(lambda: values("Inputs/Temp") == [181.0] and values("door_open") == [1.0])
        assert await until(lambda: state("plant/edge-3/oven") == "online")


async def test_a_refused_proposal_stays_refused(bus: RunningBus, empty_store: None) -> None:
    node = await ask(lambda: register("plant/edge-3", "sparkplug"))

    def propose() -> bool:
        return api.propose_device(protocol="sparkplug", identity="plant/edge-3/oven", speaker_id=node.id, properties=())

    def refuse() -> None:
        with acting_as(TESTER):
            ids = [one.id for one in api.list_provision_requests(actor=TESTER)]
            api.refuse_provisioning(actor=TESTER, request_ids=ids, reason="not ours")

    assert await ask(propose)
    assert await ask(propose)  # told again: still one
    assert len(await ask(waiting)) == 1
    await ask(refuse)
    assert not await ask(propose)

    def refused() -> list[Any]:
        with acting_as(TESTER):
            return list(api.list_provision_requests(actor=TESTER, statuses=[ProvisionStatus.REFUSED]))

    assert [one.times for one in await ask(refused)] == [3]
    await ask(lambda: register("plant/edge-3/oven", "sparkplug"))
    assert not await ask(propose)
