"""OPC UA servers end to end: an asyncua server, the connector, the database."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from tests.conftest import free_port
from yuzhou.capabilities.sense.contracts import ConnectionState, DataFlag, Mark, Source
from yuzhou.capabilities.sense.doors.connectors.faults import Unreachable
from yuzhou.capabilities.sense.doors.opcua.door import OpcUaDoor
from yuzhou.capabilities.sense.doors.opcua.session import Session

from .conftest import SAMPLE, ask, command, define, latest, note, readings, register, request, rows, running, state, until
from .machines import broken_server
from .opcua_server import named, opcua_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]
SUSPECT = int(Mark.SUSPECT)
NO_LINK = int(DataFlag.LINK_FAULT) | SUSPECT


def opcua(port: int, nodes: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    quick = {"sampling": 0.1, "publishing": 0.1, "nodes": nodes or []}
    return {"endpoint": f"opc.tcp://127.0.0.1:{port}/plant", **quick, **more}


async def test_chosen_nodes_become_readings(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        nodes = named(plant, "temperature", "speed", "running", "mode", "label", "zones")
        device = await ask(lambda: register("opcua", "P1", opcua(port, nodes), ""))
        async with running(OpcUaDoor):
            await until(lambda: len(latest(device)) == 7)
            values = await ask(lambda: latest(device))
            zones = {"zones[0]": 1, "zones[1]": 2, "zones[2]": 3}
            assert values == {"temperature": 21.5, "speed": 1200, "running": 1, "mode": 1, **zones}
            assert await until(lambda: state(device) == "online")
            said = await until(
                lambda: (n := note(device)) and n.state is ConnectionState.CONNECTED and n.details.get("text") and n
            )
            assert said.details["text"] == ["label"]
            assert await until(lambda: rows("SELECT content FROM sense_raw_frame WHERE kind = 'text'"))
            moment = datetime.now(UTC) - timedelta(seconds=2)
            await plant.set("temperature", 30.25, at=moment)
            await until(lambda: 30.25 in {value for value, _, _ in readings(device, "temperature")})
            ((at,),) = await ask(lambda: rows("SELECT at FROM sense_reading WHERE value = 30.25"))
            assert at == moment
        assert await ask(lambda: state(device)) == "offline"


async def test_status_codes_are_flags(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature")), ""))
        async with running(OpcUaDoor):
            await until(lambda: latest(device))
            for value, status in (
                (22.0, ua.StatusCodes.UncertainSubNormal),
                (23.0, ua.StatusCodes.BadOutOfService),
                (math.nan, ua.StatusCodes.Good),
                (24.0, ua.StatusCodes.Good),
            ):
                before = len(await ask(lambda: readings(device, "temperature")))
                await plant.set("temperature", value, status)
                await until(lambda n=before: len(readings(device, "temperature")) > n)
            found = await ask(lambda: readings(device, "temperature"))
            fault = int(DataFlag.FAULT) | SUSPECT
            assert [flag for _, flag, _ in found] == [0, fault, int(DataFlag.STOPPED) | SUSPECT, fault, 0]


async def test_nodes_of_a_profile_with_bounds(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        sources = {"speed": {"node": plant.ids["speed"], "high": 1000}, "gone": {"node": "ns=2;s=Nothing"}}
        await ask(lambda: define("press", "opcua", sources))
        device = await ask(lambda: register("opcua", "P1", opcua(port), "press"))
        async with running(OpcUaDoor):
            await until(lambda: readings(device, "speed"))
            assert (await ask(lambda: readings(device, "speed")))[0][:2] == (1200, int(DataFlag.OVER_RANGE) | SUSPECT)
            said = await until(lambda: (n := note(device)) and n.details.get("refused") and n)
            assert said.details["refused"] == {"gone": "opcua.BadNodeIdUnknown"}
            assert await until(lambda: rows("SELECT code FROM sense_quarantine")) == [("opcua.refused-node",)]


async def test_a_server_that_restarts_is_asked_for_its_history(afresh: None, tmp_path: Path) -> None:
    port = free_port()
    async with opcua_server(port, history=True) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature", "speed")), ""))
        async with running(OpcUaDoor) as door:
            await until(lambda: latest(device).get("speed"))
            (machine,) = [machine for _, machine in door._machines.values()]
            machine._session.client.uaclient.protocol.transport.abort()  # the cable is pulled
            for n in range(3):
                await plant.set("temperature", 40.0 + n)
                await asyncio.sleep(0.05)
            await until(lambda: {40.0, 41.0, 42.0} <= {value for value, _, _ in readings(device, "temperature")}, 15)
            found = await ask(lambda: readings(device, "temperature"))
            assert {source for value, _, source in found if value in (40.0, 41.0)} == {Source.REISSUED}
            assert any(math.isnan(value) and flag & 0x8F == NO_LINK for value, flag, _ in found)
            await until(lambda: state(device) == "online")


async def test_a_gap_whose_filling_broke_off_is_filled_the_next_time(afresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    port, asked = free_port(), []
    fetch = Session.history

    async def lost_once(session: Session, node: str, start: datetime, end: datetime) -> list[ua.DataValue]:
        asked.append(node)
        if len(asked) == 1:
            raise Unreachable("opcua.lost", endpoint="")
        return await fetch(session, node, start, end)

    async with opcua_server(port, history=True) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature")), ""))
        async with running(OpcUaDoor) as door:
            await until(lambda: latest(device).get("temperature"))
            monkeypatch.setattr(Session, "history", lost_once)
            (machine,) = [machine for _, machine in door._machines.values()]
            machine._session.client.uaclient.protocol.transport.abort()
            await plant.set("temperature", 40.0)
            await asyncio.sleep(0.05)
            await plant.set("temperature", 41.0)  # the new session begins with this one
            await until(lambda: 40.0 in {value for value, _, _ in readings(device, "temperature")}, 20)
            assert len(asked) >= 2


async def test_a_dead_server_leaves_a_mark_and_comes_back(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "speed")), ""))
    async with running(OpcUaDoor):
        await until(lambda: (n := note(device)) and n.state is ConnectionState.FAILED)
        async with opcua_server(port):
            await until(lambda: readings(device, "speed"), 15)
        await until(lambda: state(device) == "offline", 15)
        *_, (value, flag, _) = await ask(lambda: readings(device, "speed"))
        assert (math.isnan(value), flag) == (True, NO_LINK)
        async with opcua_server(port):
            await until(lambda: state(device) == "online", 15)
            await until(lambda: readings(device, "speed")[-1][0] == 1200)


@pytest.mark.parametrize(("kind", "codes"), [
    ("deaf", {"opcua.no-answer"}),
    ("garbage", {"opcua.garbage", "opcua.no-answer", "opcua.no-connection"}),
    ("rude", {"opcua.no-connection", "opcua.no-answer", "opcua.garbage"}),
])  # fmt: skip
async def test_servers_that_are_none(afresh: None, kind: str, codes: set[str]) -> None:
    async with broken_server(kind) as port:
        device = await ask(lambda: register("opcua", "P1", opcua(port, [{"name": "x", "node": "i=2258"}]), ""))
        async with running(OpcUaDoor):
            said = await until(lambda: (n := note(device)) and n.state is ConnectionState.FAILED and n, 15)
            assert said.code in codes


async def test_values_are_written_in_the_type_of_the_node(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        nodes = [
            *named(plant, "speed", "running", "single", write=True),
            *named(plant, "mode", write=True),
            *named(plant, "zones"),
        ]
        device = await ask(lambda: register("opcua", "P1", opcua(port, nodes), ""))
        async with running(OpcUaDoor):
            await until(lambda: state(device) == "online")
            for name, value, outcome, code in (
                ("speed", 900, "done", ""),
                ("running", 0, "done", ""),
                ("single", 2.25, "done", ""),
                ("mode", 0, "failed", "opcua.BadUserAccessDenied"),
                ("zones", 0, "failed", "connectors.not-writable"),
            ):
                await ask(lambda n=name, v=value: request(device, "write", property=n, value=v))
                done = await until(lambda: (c := command(device)).finished_at and c)
                assert (done.state.value, done.answer_code) == (outcome, code), done
                if outcome == "done":
                    assert done.answer == {name: value}
                    assert await plant.nodes[name].read_value() == value
            assert (await plant.nodes["speed"].read_data_type_as_variant_type()) is ua.VariantType.Int32


async def test_a_place_of_an_array_is_read_and_written(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        await plant.nodes["zones"].set_writable()
        zones = plant.ids["zones"]
        sources = {"second": {"node": zones, "index": 1, "write": True, "high": 50}, "beyond": {"node": zones, "index": 9}}
        await ask(lambda: define("oven", "opcua", sources))
        chosen = [{"name": "third", "node": zones, "index": 2}, {"name": "no-array", "node": plant.ids["speed"], "index": 0}]
        device = await ask(lambda: register("opcua", "P1", opcua(port, chosen), "oven"))
        async with running(OpcUaDoor):
            await until(lambda: latest(device).get("second") == 2.0 and latest(device).get("third") == 3.0)
            for nothing in ("beyond", "no-array"):
                ((value, flag, _),) = await ask(lambda name=nothing: readings(device, name))
                assert (math.isnan(value), flag) == (True, int(DataFlag.FAULT) | SUSPECT)
            await ask(lambda: request(device, "write", property="second", value=7.5))
            done = await until(lambda: (c := command(device)).finished_at and c)
            assert (done.state.value, done.answer) == ("done", {"second": 7.5})
            assert await plant.nodes["zones"].read_value() == [1.0, 7.5, 3.0]
            await until(lambda: latest(device)["second"] == 7.5)
            assert (await ask(lambda: readings(device, "third")))[-1][0] == 3.0


async def test_what_expired_after_it_was_claimed_is_not_written(afresh: None, expired_when_claimed: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "speed", write=True)), ""))
        async with running(OpcUaDoor):
            await until(lambda: state(device) == "online")
            await ask(lambda: request(device, "write", property="speed", value=900))
            await until(lambda: command(device).state.value == "sending")
            await asyncio.sleep(1)
            assert await plant.nodes["speed"].read_value() == 1200


async def test_encrypted_with_a_certificate_that_was_accepted(afresh: None, tmp_path: Path) -> None:
    port = free_port()
    async with opcua_server(port, security=tmp_path, user=True) as plant:
        secret = {"security": "Basic256Sha256-SignAndEncrypt", "user": "operator", "password": "right"}
        nodes = named(plant, "temperature")
        device = await ask(lambda: register("opcua", "P1", opcua(port, nodes, **secret), ""))
        async with running(OpcUaDoor):
            said = await until(lambda: (n := note(device)) and n.state is ConnectionState.FAILED and n, 15)
            assert said.code == "opcua.untrusted-certificate"
            await ask(lambda: change(device, opcua(port, nodes, **secret, certificate=said.params["certificate"])))
            await until(lambda: latest(device), 15)
            await ask(
                lambda: change(
                    device, opcua(port, nodes, **{**secret, "password": "wrong"}, certificate=said.params["certificate"])
                )
            )
            denied = {"opcua.BadUserAccessDenied", "opcua.BadIdentityTokenRejected"}
            await until(lambda: (n := note(device)) and n.code in denied, 15)


def change(device: Any, connection: dict[str, Any]) -> None:
    from yuzhou.capabilities.sense import api
    from yuzhou.kernel.transactions import acting_as

    from .conftest import TESTER

    with acting_as(TESTER):
        api.update_device(actor=TESTER, device_id=device, connection=connection)


async def test_a_deadband_and_types_that_change(afresh: None) -> None:
    port = free_port()
    async with opcua_server(port) as plant:
        device = await ask(lambda: register("opcua", "P1", opcua(port, named(plant, "temperature", "label"), deadband=5.0), ""))
        async with running(OpcUaDoor):
            await until(lambda: latest(device))
            await plant.set("temperature", 22.0)
            await asyncio.sleep(0.4)
            await plant.set("temperature", 40.0)
            await until(lambda: latest(device)["temperature"] == 40.0)
            assert [value for value, _, _ in await ask(lambda: readings(device, "temperature"))] == [21.5, 40.0]
    assert SAMPLE.en == "Sample"
