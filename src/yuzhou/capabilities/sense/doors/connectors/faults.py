"""What can go wrong between us and a machine."""

from yuzhou.kernel.errors import YuzhouError


class Fault(YuzhouError):
    """A machine, or the way to it, failed. `code` is worded on the desk: `modbus.no-answer`, `opcua.refused` …"""


class Unreachable(Fault):
    """No connection, or no answer: asking again soon would be in vain."""


class Refused(Fault):
    """The machine answered, and said no to this request; others may go well."""
