"""What the door tells sense when Django is ready: the commands that devices take, and what its codes mean."""

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import CommandField, CommandGroup, CommandType
from yuzhou.capabilities.sense.doors.mqtt import messages as _messages
from yuzhou.capabilities.sense.doors.mqtt.commands import REBIRTH, WRITE
from yuzhou.kernel.text import Text

OWN = (
    CommandType(
        "set",
        Text("设定属性值", "Set a property"),
        (
            CommandField("property", Text("属性", "Property"), "text"),
            CommandField("value", Text("数值", "Value"), "number"),
        ),
        group=CommandGroup.CONTROL,
    ),
    CommandType("report", Text("立即上报", "Report now"), group=CommandGroup.READ),
    CommandType("restart", Text("重新启动", "Restart"), group=CommandGroup.CONTROL),
)
SPARKPLUG = (
    CommandType(
        WRITE,
        Text("写入指标值", "Write a metric"),
        (
            CommandField("metric", Text("指标", "Metric"), "text"),
            CommandField("value", Text("数值", "Value"), "number"),
        ),
        group=CommandGroup.CONTROL,
    ),
    CommandType(REBIRTH, Text("重新上报全部指标", "Report all metrics anew"), may_repeat=True, group=CommandGroup.READ),
)


def declare() -> None:
    """Make both lists known to sense."""
    api.declare_command_types(protocol="mqtt", types=OWN)
    api.declare_command_types(protocol="sparkplug", types=SPARKPLUG)


del _messages
