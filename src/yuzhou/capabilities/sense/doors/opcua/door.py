"""The door of OPC UA: a machine for every server that a device stands for."""

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.doors.connectors.door import ConnectorDoor
from yuzhou.capabilities.sense.doors.connectors.links import MachineLink
from yuzhou.capabilities.sense.doors.connectors.settings import ConnectorSettings, read_opcua
from yuzhou.capabilities.sense.doors.opcua.machine import PROTOCOL, OpcUaMachine
from yuzhou.capabilities.sense.doors.opcua.nodes import nodes_of
from yuzhou.kernel.errors import Invalid


class OpcUaDoor(ConnectorDoor):
    """All OPC UA servers."""

    def __init__(self, settings: ConnectorSettings) -> None:
        super().__init__(PROTOCOL, settings)

    def make(self, link: MachineLink, profile: Profile | None) -> OpcUaMachine:
        """A server, from its connection settings and its profile; raises Invalid."""
        settings = read_opcua(link.entry.connection)
        nodes = nodes_of(settings, profile)
        if not nodes:
            raise Invalid("opcua.no-nodes")
        return OpcUaMachine(self, link, settings, profile, nodes)
