"""What the door tells sense when Django is ready: the commands that terminals take, and what its codes mean."""

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.jt808 import messages as _messages
from yuzhou.capabilities.sense.doors.jt808.requests import REQUESTS
from yuzhou.capabilities.sense.doors.jt808.session import PROTOCOL


def declare() -> None:
    """Make the commands of this protocol known to sense."""
    api.declare_command_types(protocol=PROTOCOL, types=tuple(request.type for request in REQUESTS.values()))


del _messages
