"""What the door tells sense when Django is ready: the requests that loggers take, and what its codes mean."""

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.hj212 import messages as _messages
from yuzhou.capabilities.sense.doors.hj212.requests import ASKINGS
from yuzhou.capabilities.sense.doors.hj212.session import PROTOCOL


def declare() -> None:
    """Make the requests of HJ 212 known to sense."""
    api.declare_command_types(protocol=PROTOCOL, types=tuple(asking.type for asking in ASKINGS.values()))


del _messages
