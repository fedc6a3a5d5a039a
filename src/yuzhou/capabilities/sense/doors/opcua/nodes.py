"""The nodes of a server that are properties: those of the profile, those chosen for the device, those that a command writes."""

from collections.abc import Mapping
from typing import Any

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.doors.connectors.settings import Node, OpcUaSettings, place_in_array
from yuzhou.kernel.errors import Invalid


def nodes_of(settings: OpcUaSettings, profile: Profile | None) -> list[Node]:
    """The nodes of the profile and those chosen for the device itself, which count where both name a property.

    Raises Invalid `connectors.setting` for a place in an array that is none.
    """
    own = {node.property: node for node in settings.nodes}
    for spec in profile.properties if profile else ():
        if "node" in spec.source and spec.name not in own:
            own[spec.name] = _node(spec.name, spec.source, write=spec.source.get("write") in (True, "true"))
    return list(own.values())


def target_of(name: str, source: Mapping[str, Any]) -> Node:
    """Where a command of the profile writes; raises Invalid."""
    if not source.get("node"):
        raise Invalid("connectors.not-writable", property=name)
    return _node(name, source, write=True)


def _node(name: str, source: Mapping[str, Any], *, write: bool) -> Node:
    return Node(name, str(source["node"]), write, place_in_array(source.get("index")))
