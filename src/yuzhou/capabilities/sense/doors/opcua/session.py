"""A session with one OPC UA server: connect with the security that was agreed, browse, read, write, subscribe, read history."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256, SecurityPolicyNone
from asyncua.ua.uaerrors import UaStatusCodeError

from yuzhou.capabilities.sense.doors.connectors.faults import Fault, Refused, Unreachable
from yuzhou.capabilities.sense.doors.connectors.reach import Network, find_address
from yuzhou.capabilities.sense.doors.connectors.settings import OpcUaSettings
from yuzhou.capabilities.sense.doors.opcua.certificate import APPLICATION_URI, Application, thumbprint

KEEP_ALIVE = 10.0  # seconds in which the server says something even when nothing changes
LIFETIME = 600.0  # seconds that the server keeps a subscription which we do not serve
LONGEST_QUEUE = 1000  # samples of one node that the server is asked to keep for us
AT_ONCE = 500  # nodes of one request
MOST_CHILDREN = 1000
MOST_HISTORY = 50_000  # values of one node that fill a gap
NETWORK = (OSError, TimeoutError, asyncio.IncompleteReadError, EOFError)

for _name in ("asyncua", "asyncua.client", "asyncua.common"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # what goes wrong is told by our own faults


class _PinnedClient(Client):  # type: ignore[misc]  # the library is not typed strictly
    """Connects to the address that was looked up and checked, whatever the name says by then."""

    address = ""

    async def connect_socket(self) -> None:
        await self.uaclient.connect_socket(self.address, self.server_url.port or 4840)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that a server offers."""

    security: str
    certificate: str
    anonymous: bool
    password: bool


@dataclass(frozen=True, slots=True)
class Child:
    """A node below another: `kind` is `object`, `variable` or `method`; a variable bears its type, value and access."""

    node: str
    name: str
    kind: str
    type: str = ""
    value: str = ""
    unit: str = ""
    writable: bool = False
    numeric: bool = False
    history: bool = False


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
        return [_endpoint(one) for one in await self._endpoints()]

    async def _endpoints(self) -> list[ua.EndpointDescription]:
        client = await self._new_client()
        return list(await _guarded(client.connect_and_get_server_endpoints()))

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
                await _guarded(client.connect())
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
        await _guarded(
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
        (value,) = await _guarded(self.client.uaclient.session.read_attributes([node_id(node)], attribute))
        return value

    async def server_time(self) -> datetime | None:
        """The clock of the server."""
        value = (await self.read(f"i={ua.ObjectIds.Server_ServerStatus_CurrentTime}")).Value
        return value.Value if value is not None and isinstance(value.Value, datetime) else None

    async def children(self, node: str) -> list[Child]:
        """What lies directly below a node, in the server's order."""
        parent = self.client.get_node(node_id(node))
        found = await _guarded(
            parent.get_children_descriptions(nodeclassmask=ua.NodeClass.Object | ua.NodeClass.Variable | ua.NodeClass.Method)
        )
        found = found[:MOST_CHILDREN]
        variables = [one.NodeId for one in found if one.NodeClass == ua.NodeClass.Variable]
        values = await self._attributes(variables, ua.AttributeIds.Value)
        access = await self._attributes(variables, ua.AttributeIds.UserAccessLevel)
        about = dict(zip(variables, zip(values, access, strict=True), strict=True))
        return [_child(one, *about.get(one.NodeId, (None, None))) for one in found]

    async def _attributes(self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds) -> list[ua.DataValue]:
        values: list[ua.DataValue] = []
        for start in range(0, len(nodes), AT_ONCE):
            part = list(nodes[start : start + AT_ONCE])
            values.extend(await _guarded(self.client.uaclient.session.read_attributes(part, attribute)))
        return values

    async def access_levels(self, nodes: Sequence[str]) -> list[int]:
        """What we may do with each node (OPC 10000-3, 8.57): 1 read, 2 write, 4 read history."""
        values = await self._attributes([node_id(one) for one in nodes], ua.AttributeIds.UserAccessLevel)
        return [_level(one) for one in values]

    async def write(self, node: str, value: float) -> None:
        """Write a number, once, in the type that the node has. Raises Refused with the server's word."""
        held = await self.read(node)
        if held.Value is None or held.Value.is_array or held.Value.VariantType not in CASTS:
            raise Refused("opcua.not-writable-type")
        cast = CASTS[held.Value.VariantType]
        variant = ua.Variant(cast(value), held.Value.VariantType)
        parameters = ua.WriteParameters()
        parameters.NodesToWrite = [ua.WriteValue(node_id(node), ua.AttributeIds.Value, None, _bare(variant))]
        (status,) = await _guarded(self.client.uaclient.session.write(parameters))
        if not status.is_good():
            raise Refused(f"opcua.{status.name}")

    async def history(self, node: str, start: datetime, end: datetime) -> list[ua.DataValue]:
        """The raw values of a node in a stretch of time, oldest first, 50,000 at most; raises Refused where there are none."""
        values = await _guarded(
            self.client.get_node(node_id(node)).read_raw_history(start, end, numvalues=MOST_HISTORY, return_bounds=False)
        )
        return list(values)

    # --- subscribing ---------------------------------------------------------------------------------------------------

    async def subscribe(
        self, nodes: Sequence[str], said: Callable[[Sequence[tuple[int, ua.DataValue]]], Awaitable[None]]
    ) -> dict[int, str]:
        """Have `said` called with (place in `nodes`, value) for what changes. The server is told that a message has arrived
        only when `said` returns: until then it keeps the message, and queues the values that follow.

        Returns the places that the server refused, with its word.
        """
        settings, session = self.settings, self.client.uaclient.session

        async def published(result: ua.PublishResult) -> None:
            changes: list[tuple[int, ua.DataValue]] = []
            for notification in result.NotificationMessage.NotificationData or ():
                if isinstance(notification, ua.DataChangeNotification):
                    changes.extend((item.ClientHandle, item.Value) for item in notification.MonitoredItems)
                elif isinstance(notification, ua.StatusChangeNotification):
                    self.lost.set()  # the subscription is over
            await said(changes)

        parameters = ua.CreateSubscriptionParameters()
        parameters.RequestedPublishingInterval = settings.publishing * 1000
        parameters.RequestedMaxKeepAliveCount = max(1, ceil(KEEP_ALIVE / settings.publishing))
        parameters.RequestedLifetimeCount = max(ceil(LIFETIME / settings.publishing), 3 * parameters.RequestedMaxKeepAliveCount)
        parameters.MaxNotificationsPerPublish = 10_000
        parameters.PublishingEnabled = True
        made = await _guarded(session.create_subscription(parameters, published))
        refused: dict[int, str] = {}
        for start in range(0, len(nodes), AT_ONCE):
            part = list(enumerate(nodes))[start : start + AT_ONCE]
            refused |= await self._monitor(made.SubscriptionId, part, settings.deadband)
        without = [(place, nodes[place]) for place, word in refused.items() if word in NO_DEADBAND]
        for place, _ in without:
            del refused[place]
        return refused | (await self._monitor(made.SubscriptionId, without, 0.0) if without else {})

    async def _monitor(self, subscription: int, nodes: Sequence[tuple[int, str]], deadband: float) -> dict[int, str]:
        parameters = ua.CreateMonitoredItemsParameters()
        parameters.SubscriptionId = subscription
        parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        parameters.ItemsToCreate = [self._item(place, node, deadband) for place, node in nodes]
        results = await _guarded(self.client.uaclient.session.create_monitored_items(parameters))
        pairs = zip(nodes, results, strict=True)
        return {place: result.StatusCode.name for (place, _), result in pairs if not result.StatusCode.is_good()}

    def _item(self, place: int, node: str, deadband: float) -> ua.MonitoredItemCreateRequest:
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = node_id(node)
        item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
        item.MonitoringMode = ua.MonitoringMode.Reporting
        wanted = item.RequestedParameters
        wanted.ClientHandle = place
        wanted.SamplingInterval = self.settings.sampling * 1000
        wanted.QueueSize = min(LONGEST_QUEUE, max(10, ceil(LIFETIME / self.settings.sampling)))
        wanted.DiscardOldest = True
        if deadband:
            wanted.Filter = ua.DataChangeFilter(ua.DataChangeTrigger.StatusValue, int(ua.DeadbandType.Absolute), deadband)
        return item


NO_DEADBAND = {
    "BadFilterNotAllowed",
    "BadMonitoredItemFilterUnsupported",
    "BadMonitoredItemFilterInvalid",
    "BadDeadbandFilterInvalid",
}

WHOLE = ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64")
CASTS: dict[ua.VariantType, Callable[[float], Any]] = {
    ua.VariantType.Boolean: lambda value: bool(value),
    ua.VariantType.Float: float,
    ua.VariantType.Double: float,
    **{ua.VariantType[name]: round for name in WHOLE},
}


async def _guarded(asked: Awaitable[Any]) -> Any:
    """Wait for an answer; what goes wrong becomes a Fault."""
    try:
        return await asked
    except Fault:
        raise
    except UaStatusCodeError as error:
        name = ua.StatusCode(error.code).name
        kind = Unreachable if name in GONE else Refused
        raise kind(f"opcua.{name}") from error
    except NETWORK as error:
        code = "opcua.no-answer" if isinstance(error, TimeoutError) else "opcua.no-connection"
        raise Unreachable(code) from error
    except asyncio.CancelledError:
        raise
    except Exception as error:  # the library meets garbage with whatever its parsing stumbles over
        raise Unreachable("opcua.garbage", error=type(error).__name__) from error


GONE = {
    "BadTimeout", "BadRequestTimeout", "BadConnectionClosed", "BadSessionClosed", "BadSessionIdInvalid", "BadServerHalted",
    "BadSecureChannelClosed", "BadSecureChannelIdInvalid", "BadShutdown", "BadCommunicationError", "BadNotConnected",
    "BadTcpServerTooBusy", "BadTooManySessions", "BadSessionNotActivated", "BadServerNotConnected",
}  # fmt: skip


def node_id(text: str) -> ua.NodeId:
    """A node id from its text (`ns=2;s=Line1.Temp`); raises Refused `opcua.node-id`."""
    try:
        return ua.NodeId.from_string(text)
    except (ua.UaError, ValueError, TypeError) as error:
        raise Refused("opcua.node-id", node=text[:80]) from error


def first_certificate(der: bytes) -> bytes:
    """The certificate itself, where a server sends its chain behind it."""
    return der[: int.from_bytes(der[2:4], "big") + 4]


def _endpoint(one: ua.EndpointDescription) -> Endpoint:
    policy = str(one.SecurityPolicyUri or "").partition("#")[2] or "None"
    mode = ua.MessageSecurityMode(one.SecurityMode).name.rstrip("_")
    kinds = {token.TokenType for token in one.UserIdentityTokens or ()}
    return Endpoint(
        security="None" if policy == SecurityPolicyNone.URI.partition("#")[2] else f"{policy}-{mode}",
        certificate=thumbprint(first_certificate(one.ServerCertificate)) if one.ServerCertificate else "",
        anonymous=ua.UserTokenType.Anonymous in kinds,
        password=ua.UserTokenType.UserName in kinds,
    )


def _child(one: ua.ReferenceDescription, value: ua.DataValue | None, access: ua.DataValue | None) -> Child:
    variant = value.Value if value is not None else None
    level = _level(access)
    kind = variant.VariantType.name if variant is not None and hasattr(variant.VariantType, "name") else ""
    held = variant.Value if variant is not None else None
    sample = held[0] if isinstance(held, list) and held else held
    return Child(
        node=one.NodeId.to_string(),
        name=one.DisplayName.Text or one.BrowseName.Name or "",
        kind={ua.NodeClass.Variable: "variable", ua.NodeClass.Method: "method"}.get(one.NodeClass, "object"),
        type=f"{kind}[]" if isinstance(held, list) else kind,
        value="" if held is None else str(held)[:80],
        writable=bool(level & 2),
        numeric=isinstance(sample, bool | int | float),
        history=bool(level & 4),
    )


def _level(value: ua.DataValue | None) -> int:
    held = value.Value.Value if value is not None and value.Value is not None else None
    return int(held) if isinstance(held, int) else 0


def _bare(variant: ua.Variant) -> ua.DataValue:
    """The value without times or status: many servers refuse to have those written."""
    return ua.DataValue(Value=variant, StatusCode=None)


def drift(theirs: datetime, ours: datetime) -> timedelta:
    """How far the machine's clock is ahead of ours."""
    return theirs - ours
