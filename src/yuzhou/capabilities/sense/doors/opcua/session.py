"""A session with one OPC UA server: connect with the security that was agreed, browse, read, write, subscribe, read history."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from yuzhou.capabilities.sense.doors.connectors.faults import Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.reach import Network, find_address
from yuzhou.capabilities.sense.doors.connectors.settings import OpcUaSettings
from yuzhou.capabilities.sense.doors.opcua.certificate import APPLICATION_URI, Application, thumbprint
from yuzhou.capabilities.sense.doors.opcua.descriptions import (
    Child,
    Endpoint,
    child_of,
    endpoint_of,
    first_certificate,
    level_of,
)
from yuzhou.capabilities.sense.doors.opcua.guarding import guarded, node_id
from yuzhou.capabilities.sense.doors.opcua.subscribing import AT_ONCE, Subscription

MOST_CHILDREN = 1000
MOST_HISTORY = 50_000  # values of one node that fill a gap


class _PinnedClient(Client):  # type: ignore[misc]  # the library is not typed strictly
    """Connects to the address that was looked up and checked, whatever the name says by then."""

    address = ""

    async def connect_socket(self) -> None:
        await self.uaclient.connect_socket(self.address, self.server_url.port or 4840)


class Session:
    """One session. Everything that fails raises a Fault: Unreachable if the connection is of no more use, Refused if the
    server said no."""

    def __init__(
        self,
        settings: OpcUaSettings,
        application: Callable[[], Application],
        *,
        seconds: float = 4.0,
        networks: tuple[Network, ...] = (),
    ) -> None:
        self.settings = settings
        self._application = application
        self._seconds = seconds
        self._networks = networks
        self._client: _PinnedClient | None = None
        self.lost = asyncio.Event()

    # --- connecting ----------------------------------------------------------------------------------------------------

    async def endpoints(self) -> list[Endpoint]:
        """What the server offers, without a session."""
        return [endpoint_of(one) for one in await self._endpoints()]

    async def _endpoints(self) -> list[ua.EndpointDescription]:
        client = await self._new_client()
        return list(await guarded(client.connect_and_get_server_endpoints()))

    async def open(self) -> None:
        """Connect and sign in. Raises Unreachable or Refused (`opcua.untrusted-certificate`, `opcua.BadUserAccessDenied` …)."""
        client = await self._new_client()
        if self.settings.security != "None":
            await self._secure(client)
        if self.settings.user:
            client.set_user(self.settings.user)
            client.set_password(self.settings.password)
        client.connection_lost_callback = self._was_lost
        try:
            async with asyncio.timeout(self._seconds * 4):
                await guarded(client.connect())
        except TimeoutError as error:
            client.disconnect_socket()
            raise Unreachable("opcua.no-answer", endpoint=self.settings.endpoint) from error
        self._client = client
        self.lost.clear()

    async def _new_client(self) -> _PinnedClient:
        address = await find_address(self.settings.host, self.settings.port, self._networks)
        client = _PinnedClient(self.settings.endpoint, timeout=self._seconds, watchdog_intervall=self._seconds)
        client.address = address
        client.name = client.description = "Yuzhou"
        client.application_uri = client.product_uri = APPLICATION_URI
        return client

    async def _secure(self, client: _PinnedClient) -> None:
        """Signed, or signed and encrypted, with a server whose certificate an officer has taken for right."""
        mode = ua.MessageSecurityMode[self.settings.security.partition("-")[2]]
        wanted = (SecurityPolicyBasic256Sha256.URI, mode)
        offered = await self._endpoints()
        endpoint = next((one for one in offered if (one.SecurityPolicyUri, one.SecurityMode) == wanted), None)
        if endpoint is None or not endpoint.ServerCertificate:
            raise Refused("opcua.security-not-offered", security=self.settings.security)
        der = first_certificate(endpoint.ServerCertificate)
        if thumbprint(der) != self.settings.certificate:
            raise Refused("opcua.untrusted-certificate", certificate=thumbprint(der))
        own = self._application()
        await guarded(
            client.set_security(SecurityPolicyBasic256Sha256, own.certificate, own.key, server_certificate=der, mode=mode)
        )

    async def _was_lost(self, error: Exception) -> None:
        self.lost.set()

    async def close(self) -> None:
        """Sign off, if the server still listens."""
        client, self._client = self._client, None
        self.lost.set()
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(2):
                    await client.disconnect()
            client.disconnect_socket()

    @property
    def client(self) -> Client:
        """The library's client; raises Unreachable where there is no connection."""
        if self._client is None:
            raise Unreachable("opcua.no-connection", endpoint=self.settings.endpoint)
        return self._client

    # --- questions -----------------------------------------------------------------------------------------------------

    async def read(self, node: str, attribute: ua.AttributeIds = ua.AttributeIds.Value) -> ua.DataValue:
        """One attribute of a node, with its status."""
        (value,) = await guarded(self.client.uaclient.session.read_attributes([node_id(node)], attribute))
        return value

    async def server_time(self) -> datetime | None:
        """The clock of the server."""
        value = (await self.read(f"i={ua.ObjectIds.Server_ServerStatus_CurrentTime}")).Value
        return value.Value if value is not None and isinstance(value.Value, datetime) else None

    async def children(self, node: str) -> list[Child]:
        """What lies directly below a node, in the server's order."""
        parent = self.client.get_node(node_id(node))
        found = await guarded(
            parent.get_children_descriptions(nodeclassmask=ua.NodeClass.Object | ua.NodeClass.Variable | ua.NodeClass.Method)
        )
        found = found[:MOST_CHILDREN]
        variables = [one.NodeId for one in found if one.NodeClass == ua.NodeClass.Variable]
        values = await self._attributes(variables, ua.AttributeIds.Value)
        access = await self._attributes(variables, ua.AttributeIds.UserAccessLevel)
        about = dict(zip(variables, zip(values, access, strict=True), strict=True))
        return [child_of(one, *about.get(one.NodeId, (None, None))) for one in found]

    async def _attributes(self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds) -> list[ua.DataValue]:
        values: list[ua.DataValue] = []
        for start in range(0, len(nodes), AT_ONCE):
            part = list(nodes[start : start + AT_ONCE])
            values.extend(await guarded(self.client.uaclient.session.read_attributes(part, attribute)))
        return values

    async def access_levels(self, nodes: Sequence[str]) -> list[int]:
        """What we may do with each node (OPC 10000-3, 8.57): 1 read, 2 write, 4 read history."""
        values = await self._attributes([node_id(one) for one in nodes], ua.AttributeIds.UserAccessLevel)
        return [level_of(one) for one in values]

    async def write(self, node: str, value: float, index: int | None = None) -> None:
        """Write a number, once, in the type that the node has; into one place of an array where `index` names it.

        An array is read and written whole, as not every server takes a part. Raises Refused with the server's word.
        """
        held = (await self.read(node)).Value
        if held is None or held.VariantType not in CASTS or held.is_array != (index is not None):
            raise Refused("opcua.not-writable-type")
        cast = CASTS[held.VariantType]
        variant = ua.Variant(cast(value) if index is None else _with(held.Value, index, cast(value)), held.VariantType)
        parameters = ua.WriteParameters()
        parameters.NodesToWrite = [ua.WriteValue(node_id(node), ua.AttributeIds.Value, None, _bare(variant))]
        (status,) = await guarded(self.client.uaclient.session.write(parameters))
        if not status.is_good():
            raise Refused(f"opcua.{status.name}")

    async def history(self, node: str, start: datetime, end: datetime) -> list[ua.DataValue]:
        """The raw values of a node in a stretch of time, oldest first, 50,000 at most; raises Refused where there are none."""
        values = await guarded(
            self.client.get_node(node_id(node)).read_raw_history(start, end, numvalues=MOST_HISTORY, return_bounds=False)
        )
        return list(values)

    async def subscribe(
        self, nodes: Sequence[str], said: Callable[[Sequence[tuple[int, ua.DataValue]]], Awaitable[None]]
    ) -> dict[int, str]:
        """Have `said` called with what changes (see `Subscription`); returns the places that were refused, with the word."""
        return await Subscription(self.client.uaclient.session, self.settings, self.lost.set).begin(nodes, said)


WHOLE = ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64")
CASTS: dict[ua.VariantType, Callable[[float], Any]] = {
    ua.VariantType.Boolean: lambda value: bool(value),
    ua.VariantType.Float: float,
    ua.VariantType.Double: float,
    **{ua.VariantType[name]: round for name in WHOLE},
}


def _with(held: list[Any], index: int, value: Any) -> list[Any]:
    """An array with another value in one place; raises Refused where it has no such place, or holds arrays."""
    if index >= len(held) or isinstance(held[index], list):
        raise Refused("opcua.no-such-place", index=index, length=len(held))
    return [*held[:index], value, *held[index + 1 :]]


def _bare(variant: ua.Variant) -> ua.DataValue:
    """The value without times or status: many servers refuse to have those written."""
    return ua.DataValue(Value=variant, StatusCode=None)
