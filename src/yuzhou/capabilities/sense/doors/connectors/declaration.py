"""What the connectors tell sense when Django is ready: what can be written to machines, and what their codes mean."""

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.doors.connectors import messages as _messages
from yuzhou.capabilities.sense.doors.connectors.writing import WRITE_COMMAND


def declare() -> None:
    """Make the writing of values known for both protocols."""
    for protocol in ("modbus", "opcua"):
        api.declare_command_types(protocol=protocol, types=(WRITE_COMMAND,))


del _messages
