"""Testing an OPC UA connection in words, and looking into a server's tree."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from yuzhou.capabilities.sense.contracts import ClaimedErrand, Profile
from yuzhou.capabilities.sense.doors.connectors.errands import Steps
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings, read_opcua
from yuzhou.capabilities.sense.doors.opcua.certificate import application
from yuzhou.capabilities.sense.doors.opcua.nodes import nodes_of
from yuzhou.capabilities.sense.doors.opcua.session import Session
from yuzhou.capabilities.sense.doors.opcua.values import held_in, numbers_of

OBJECTS = "i=85"
MOST_DRIFT = 60.0  # seconds that a machine's clock may be off before the desk is told
SHOWN = 200


def _session(errand: ClaimedErrand, settings: ConnectorSettings) -> Session:
    return Session(
        read_opcua(errand.connection), application, seconds=max(2.0, settings.answer_seconds), networks=settings.allowed()
    )


async def test_connection(
    errand: ClaimedErrand, steps: Steps, settings: ConnectorSettings, profile: Profile | None
) -> Mapping[str, Any]:
    """List the endpoints, sign in, look at the clock, and read every chosen node once."""
    session = _session(errand, settings)
    endpoints = await session.endpoints()
    await steps.tell("opcua.found-server", securities=", ".join(dict.fromkeys(one.security for one in endpoints)))
    offered = next((one for one in endpoints if one.security == session.settings.security), None)
    if offered is not None and offered.certificate and session.settings.security != "None":
        await steps.tell(
            "opcua.found-certificate", good=offered.certificate == session.settings.certificate, certificate=offered.certificate
        )
    try:
        await session.open()
        await steps.tell("opcua.found-session", user=session.settings.user or "-")
        theirs = await session.server_time()
        if theirs is not None:
            ahead = round((theirs.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds(), 1)
            await steps.tell("opcua.found-clock", good=abs(ahead) < MOST_DRIFT, seconds=ahead)
        return {"values": await _read_all(session, steps, profile)}
    finally:
        await session.close()


async def _read_all(session: Session, steps: Steps, profile: Profile | None) -> list[list[Any]]:
    nodes = nodes_of(session.settings, profile)
    if not nodes:
        await steps.tell("opcua.no-nodes", good=False)
    found: list[list[Any]] = []
    for node in nodes[:SHOWN]:
        value = await session.read(node.node)
        numbers = list(numbers_of(node.property, held_in(value, node.index)))
        found.extend([name, number if number == number else None] for name, number in numbers)
        status = value.StatusCode
        if status is not None and not status.is_good():
            await steps.tell("opcua.refused-node", good=False, property=node.property, status=status.name)
        elif not numbers:
            await steps.tell("opcua.found-text", good=False, property=node.property)
    if found:
        await steps.tell("opcua.found-values", number=len(found))
    return found[:SHOWN]


async def browse(errand: ClaimedErrand, settings: ConnectorSettings) -> Mapping[str, Any]:
    """What lies directly below a node of the server."""
    session = _session(errand, settings)
    await session.open()
    try:
        node = str(errand.errand.params.get("node") or OBJECTS)[:512]
        return {"node": node, "children": [asdict(child) for child in await session.children(node)]}
    finally:
        await session.close()
