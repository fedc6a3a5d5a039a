"""Messages to edge nodes: be born again, write a metric (Sparkplug 3.0, 6.4.27 and 6.4.28), and our own STATE."""

import json

from yuzhou.capabilities.sense.doors.mqtt.sparkplug.metrics import DataType, put_value
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.node import EdgeNode, NotSparkplug
from yuzhou.capabilities.sense.doors.mqtt.sparkplug.payload import Payload
from yuzhou.capabilities.sense.doors.mqtt.topics import SPARKPLUG, SparkplugTopic, Word

REBIRTH = "Node Control/Rebirth"


def command_topic(identity: str) -> SparkplugTopic:
    """Where a node (`group/node`) or a device (`group/node/device`) takes commands."""
    group, node, *device = identity.split("/")
    return SparkplugTopic(group, Word.DCMD if device else Word.NCMD, node, *device)


def rebirth(*, at: int) -> bytes:
    """The request to be born again; `at` in milliseconds."""
    payload = Payload(timestamp=at)
    payload.metrics.add(name=REBIRTH, timestamp=at, datatype=DataType.BOOLEAN, boolean_value=True)
    content: bytes = payload.SerializeToString()
    return content


def write(node: EdgeNode | None, identity: str, metric: str, value: float, *, at: int) -> bytes:
    """The request to write a metric, by its alias where its birth gave one.

    Raises NotSparkplug `no-such-metric` where no birth declared it, `bad-value` where the value does not fit its type.
    """
    device = identity.split("/", 2)[2] if identity.count("/") == 2 else ""
    declared = node.born.get(device) if node is not None else None
    named = declared.by_name.get(metric) if declared is not None else None
    if named is None:
        raise NotSparkplug("no-such-metric", metric=metric)
    payload = Payload(timestamp=at)
    written = payload.metrics.add(timestamp=at)
    if named.alias is None:
        written.name = named.name
    else:
        written.alias = named.alias
    try:
        put_value(written, named.datatype, value)
    except (ValueError, OverflowError) as error:
        raise NotSparkplug("bad-value", metric=metric) from error
    content: bytes = payload.SerializeToString()
    return content


def state_topic(host_id: str) -> str:
    """Where edge nodes look whether their primary host is there."""
    return f"{SPARKPLUG}/STATE/{host_id}"


def state(*, online: bool, at: int) -> bytes:
    """Our state as Sparkplug 3.0 wants it; will and birth bear the same timestamp (milliseconds)."""
    return json.dumps({"online": online, "timestamp": at}).encode()
