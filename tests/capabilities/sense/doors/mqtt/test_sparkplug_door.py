"""An edge node of pysparkplug over the real bus and the real database."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiomqtt
import paho.mqtt.client
import pysparkplug
import pytest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import DataType
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import Payload
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as

from .conftest import SECRET, TESTER, RunningBus, ask, client, codes, register, rows, running_door, state, until, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
DOUBLE, FLOAT, BOOLEAN = pysparkplug.DataType.DOUBLE, pysparkplug.DataType.FLOAT, pysparkplug.DataType.BOOLEAN


def now() -> int:
    return int(time.time() * 1000)


def metric(name: str, value: Any, datatype: Any = DOUBLE) -> pysparkplug.Metric:
    return pysparkplug.Metric(timestamp=now(), name=name, datatype=datatype, value=value)


@pytest.fixture(autouse=True)
def newer_paho(monkeypatch: pytest.MonkeyPatch) -> None:
    """pysparkplug still calls what paho-mqtt 2 no longer has."""
    monkeypatch.setattr(paho.mqtt.client.Client, "message_retry_set", lambda *_, **_more: None, raising=False)


@pytest.fixture
def plant(empty_store: None) -> None:
    register("plant/edge-1", "sparkplug")
    register("plant/edge-1/kiln", "sparkplug")
    register("plant/edge-2", "sparkplug")


@contextlib.asynccontextmanager
async def edge_node(bus: RunningBus, on_command: Callable[..., None] = lambda *_: None) -> AsyncIterator[Any]:
    """Edge node `plant/edge-1` with a device `kiln`."""
    wire = pysparkplug.Client(client_id="edge-1-client", username="plant/edge-1", password=SECRET)
    control = metric("Node Control/Rebirth", False, BOOLEAN)
    node = pysparkplug.EdgeNode("plant", "edge-1", [metric("load", 0.5), control], client=wire, cmd_callback=on_command)
    kiln = pysparkplug.Device("kiln", [metric("Inputs/Temp", 20.0), metric("valve", 0.0, FLOAT)], cmd_callback=on_command)
    node.register(kiln)
    await asyncio.to_thread(node.connect, "127.0.0.1", port=bus.bus.mqtt_port)
    try:
        yield node
    finally:
        await asyncio.to_thread(node.disconnect)


def tell(node: Any, metrics: list[pysparkplug.Metric]) -> None:
    """DDATA of the kiln (`EdgeNode.update_device` of this version leaves the device out of the topic)."""
    topic = pysparkplug.Topic("plant", pysparkplug.MessageType.DDATA, "edge-1", "kiln")
    payload = pysparkplug.DData(timestamp=now(), seq=node._seq, metrics=tuple(metrics))
    said = pysparkplug.Message(topic=topic, payload=payload, qos=pysparkplug.QoS.AT_MOST_ONCE, retain=False)
    node._client.publish(said, include_dtypes=True)


async def test_births_bring_values_and_presence_and_data_follow(bus: RunningBus, plant: None) -> None:
    def define() -> None:
        spec = PropertySpec("temperature", Text("温度", "Temperature"), "Cel", source={"metric": "Inputs/Temp"})
        profile = Profile("kiln", Text("窑", "Kiln"), "sparkplug", (spec,))
        with acting_as(TESTER):
            api.define_profile(actor=TESTER, profile=profile)
            ((device,),) = rows("SELECT id FROM sense_device WHERE identity = 'plant/edge-1/kiln'")
            api.update_device(actor=TESTER, device_id=device, profile="kiln")

    await ask(define)
    async with running_door(bus), edge_node(bus) as node:
        assert await until(lambda: values("temperature") == [20.0])
        tell(node, [metric("Inputs/Temp", 21.5)])
        node.update([metric("load", 0.75)])
        assert await until(lambda: values("temperature") == [20.0, 21.5] and values("load") == [0.5, 0.75])
        assert await until(lambda: state("plant/edge-1/kiln") == "online")
        kinds = {kind for (kind,) in await ask(lambda: rows("SELECT kind FROM sense_raw_frame"))}
        assert kinds == {"NBIRTH", "DBIRTH", "NDATA", "DDATA"}
        assert not await ask(codes)


async def test_a_node_that_is_gone_takes_its_devices_along(bus: RunningBus, plant: None) -> None:
    async with running_door(bus), edge_node(bus) as node:
        assert await until(lambda: state("plant/edge-1/kiln") == "online")
        await asyncio.sleep(1.5)
        node._client._client._sock_close()
        assert await until(lambda: state("plant/edge-1/kiln") == "offline" and state("plant/edge-1") == "offline")
        alarms = "SELECT count(*) FROM sense_alarm a JOIN sense_rule r ON r.id = a.rule_id WHERE r.title_en = 'Device offline'"
        assert await until(lambda: rows(alarms)[0][0] >= 2)


async def test_a_metric_is_written_and_confirmed_by_the_next_data(bus: RunningBus, plant: None) -> None:
    written: list[Any] = []

    def on_command(node: Any, message: Any) -> None:
        written.append((str(message.topic), [(one.name, one.value) for one in message.payload.metrics]))

    def request() -> None:
        ((device,),) = rows("SELECT id FROM sense_device WHERE identity = 'plant/edge-1/kiln'")
        with acting_as(TESTER):
            api.request_command(actor=TESTER, device_id=device, name="write", params={"metric": "valve", "value": 42.5})

    async with running_door(bus), edge_node(bus, on_command) as node:
        assert await until(lambda: state("plant/edge-1/kiln") == "online")
        await ask(request)
        deadline = time.monotonic() + 10
        while not written and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert written == [("spBv1.0/plant/DCMD/edge-1/kiln", [("valve", 42.5)])]
        assert await ask(lambda: rows("SELECT state FROM sense_command")) == [("sent",)]
        stale = pysparkplug.Metric(timestamp=now() - 60_000, name="valve", datatype=FLOAT, value=42.5)  # from before
        tell(node, [stale])
        assert await until(lambda: 42.5 in values("valve"))
        assert await ask(lambda: rows("SELECT state FROM sense_command")) == [("sent",)]
        tell(node, [metric("valve", 42.5, FLOAT)])
        assert await until(lambda: rows("SELECT state FROM sense_command") == [("done",)])


_last = 0


def later() -> int:
    """A moment of its own, in milliseconds: of two readings of one moment the first stays."""
    global _last
    _last = max(now(), _last + 1)
    return _last


def by_hand(seq: int | None, *, alias: int | None = None, name: str = "", value: float = 1.0, bd_seq: int | None = None) -> bytes:
    payload = Payload(timestamp=now())
    if seq is not None:
        payload.seq = seq
    if bd_seq is not None:
        payload.metrics.add(name="bdSeq", datatype=DataType.INT64, long_value=bd_seq)
    if name or alias is not None:
        metric = payload.metrics.add(timestamp=later(), double_value=value)
        if name:
            metric.name, metric.datatype = name, DataType.DOUBLE
        if alias is not None:
            metric.alias = alias
    return bytes(payload.SerializeToString())


async def test_aliases_outlive_the_door_and_a_lost_message_asks_for_a_birth(bus: RunningBus, plant: None) -> None:
    root = "spBv1.0/plant"
    async with running_door(bus), client(bus, "plant/edge-2", identifier="e2") as edge:
        await edge.publish(f"{root}/NBIRTH/edge-2", by_hand(0, alias=5, name="speed", value=1.0, bd_seq=3), qos=0)
        await edge.publish(f"{root}/NDATA/edge-2", by_hand(1, alias=5, value=2.0), qos=0)
        assert await until(lambda: values("speed") == [1.0, 2.0])
    async with running_door(bus), client(bus, "plant/edge-2", identifier="e2") as edge:
        await edge.subscribe(f"{root}/NCMD/edge-2/#", qos=1)
        await edge.publish(f"{root}/NDATA/edge-2", by_hand(7, alias=5, value=3.0), qos=1)
        assert await until(lambda: values("speed") == [1.0, 2.0, 3.0])
        asked = await asyncio.wait_for(anext(edge.messages), 10)
        assert str(asked.topic) == f"{root}/NCMD/edge-2"
        assert Payload.FromString(asked.payload).metrics[0].name == "Node Control/Rebirth"
        await edge.publish(f"{root}/NBIRTH/edge-2", by_hand(0, alias=5, name="speed", value=4.0, bd_seq=4), qos=0)
        await edge.publish(f"{root}/NDATA/edge-2", by_hand(2, alias=5, value=5.0), qos=0)
        await asyncio.wait_for(anext(edge.messages), 10)


async def test_bad_sparkplug_has_its_answer(bus: RunningBus, plant: None) -> None:
    root = "spBv1.0/plant"
    async with running_door(bus), client(bus, "plant/edge-2", identifier="e2") as edge:
        await edge.publish(f"{root}/NDATA/edge-1", by_hand(1, name="stolen"), qos=1)
        await edge.publish(f"{root}/NBIRTH/edge-2", b"\x0a\xff\xff", qos=1)
        await edge.publish(f"{root}/NDATA/edge-2", by_hand(1, alias=9), qos=1)
        await edge.publish(f"{root}/DBIRTH/edge-2/nobody", by_hand(2, name="x"), qos=1)
        wanted = {"sparkplug.not-sparkplug", "sparkplug.no-birth", "sparkplug.unknown-device"}
        assert await until(lambda: wanted <= codes())
        assert await ask(lambda: values("stolen")) == []


async def test_our_own_state_is_retained_and_ends_with_us(bus: RunningBus, plant: None) -> None:
    async def heard(edge: aiomqtt.Client, seconds: float = 10) -> dict[str, Any]:
        return dict(json.loads((await asyncio.wait_for(anext(edge.messages), seconds)).payload))

    async with running_door(bus):
        edge = client(bus, "plant/edge-2", identifier="e2")
        await edge.__aenter__()
        said: dict[str, Any] = {}
        for _ in range(5):  # who subscribes while the bus is retaining it hears it by asking again
            await edge.subscribe("spBv1.0/STATE/yuzhou", qos=1)
            with contextlib.suppress(TimeoutError):
                said = await heard(edge, 3)
                break
        assert said["online"] is True
    assert (await heard(edge))["online"] is False
    await edge.__aexit__(None, None, None)
