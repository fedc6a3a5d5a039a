"""What the door tells sense when Django is ready: the commands that vehicles take, and what its codes mean."""

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.gb32960 import messages as _messages
from yuzhou.capabilities.sense.doors.gb32960.requests import TYPES
from yuzhou.capabilities.sense.doors.gb32960.session import PROTOCOL


def declare() -> None:
    """Make the commands of this protocol known to sense."""
    api.declare_command_types(protocol=PROTOCOL, types=tuple(TYPES.values()))


del _messages
