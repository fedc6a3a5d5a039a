"""A subscription to nodes of a server: what it monitors, and how its messages are taken."""

from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Any

from asyncua import ua

from yuzhou.capabilities.sense.doors.connectors.settings import OpcUaSettings
from yuzhou.capabilities.sense.doors.opcua.guarding import guarded, node_id

KEEP_ALIVE = 10.0  # seconds in which the server says something even when nothing changes
LIFETIME = 600.0  # seconds that the server keeps a subscription which we do not serve
LONGEST_QUEUE = 1000  # samples of one node that the server is asked to keep for us
AT_ONCE = 500  # nodes of one request

NO_DEADBAND = {
    "BadFilterNotAllowed",
    "BadMonitoredItemFilterUnsupported",
    "BadMonitoredItemFilterInvalid",
    "BadDeadbandFilterInvalid",
}


class Subscription:
    """One subscription of a session of the library; `over` is called when the server ends it."""

    def __init__(self, session: Any, settings: OpcUaSettings, over: Callable[[], None]) -> None:
        self._session = session
        self._settings = settings
        self._over = over

    async def begin(
        self, nodes: Sequence[str], said: Callable[[Sequence[tuple[int, ua.DataValue]]], Awaitable[None]]
    ) -> dict[int, str]:
        """Have `said` called with (place in `nodes`, value) for what changes. The server is told that a message has arrived
        only when `said` returns: until then it keeps the message, and queues the values that follow.

        Returns the places that the server refused, with its word.
        """
        settings = self._settings

        async def published(result: ua.PublishResult) -> None:
            changes: list[tuple[int, ua.DataValue]] = []
            for notification in result.NotificationMessage.NotificationData or ():
                if isinstance(notification, ua.DataChangeNotification):
                    changes.extend((item.ClientHandle, item.Value) for item in notification.MonitoredItems)
                elif isinstance(notification, ua.StatusChangeNotification):
                    self._over()  # the subscription is over
            await said(changes)

        made = await guarded(self._session.create_subscription(self._parameters(), published))
        refused: dict[int, str] = {}
        for start in range(0, len(nodes), AT_ONCE):
            part = list(enumerate(nodes))[start : start + AT_ONCE]
            refused |= await self._monitor(made.SubscriptionId, part, settings.deadband)
        without = [(place, nodes[place]) for place, word in refused.items() if word in NO_DEADBAND]
        for place, _ in without:
            del refused[place]
        return refused | (await self._monitor(made.SubscriptionId, without, 0.0) if without else {})

    def _parameters(self) -> ua.CreateSubscriptionParameters:
        settings = self._settings
        parameters = ua.CreateSubscriptionParameters()
        parameters.RequestedPublishingInterval = settings.publishing * 1000
        parameters.RequestedMaxKeepAliveCount = max(1, ceil(KEEP_ALIVE / settings.publishing))
        parameters.RequestedLifetimeCount = max(ceil(LIFETIME / settings.publishing), 3 * parameters.RequestedMaxKeepAliveCount)
        parameters.MaxNotificationsPerPublish = 10_000
        parameters.PublishingEnabled = True
        return parameters

    async def _monitor(self, subscription: int, nodes: Sequence[tuple[int, str]], deadband: float) -> dict[int, str]:
        parameters = ua.CreateMonitoredItemsParameters()
        parameters.SubscriptionId = subscription
        parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        parameters.ItemsToCreate = [self._item(place, node, deadband) for place, node in nodes]
        results = await guarded(self._session.create_monitored_items(parameters))
        pairs = zip(nodes, results, strict=True)
        return {place: result.StatusCode.name for (place, _), result in pairs if not result.StatusCode.is_good()}

    def _item(self, place: int, node: str, deadband: float) -> ua.MonitoredItemCreateRequest:
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = node_id(node)
        item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
        item.MonitoringMode = ua.MonitoringMode.Reporting
        wanted = item.RequestedParameters
        wanted.ClientHandle = place
        wanted.SamplingInterval = self._settings.sampling * 1000
        wanted.QueueSize = min(LONGEST_QUEUE, max(10, ceil(LIFETIME / self._settings.sampling)))
        wanted.DiscardOldest = True
        if deadband:
            wanted.Filter = ua.DataChangeFilter(ua.DataChangeTrigger.StatusValue, int(ua.DeadbandType.Absolute), deadband)
        return item
