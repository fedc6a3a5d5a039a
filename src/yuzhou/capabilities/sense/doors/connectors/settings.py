"""How machines are reached, from the connection settings of their devices, and what the process itself may set."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from yuzhou.capabilities.sense.doors.connectors.reach import Network, read_networks
from yuzhou.capabilities.sense.doors.intake.settings import IntakeSettings
from yuzhou.kernel.errors import Invalid

SHORTEST, LONGEST = 0.1, 86_400.0  # seconds between two polls or samples
LONGEST_HOST = 253
MOST_NODES = 2000
LONGEST_ARRAY = 65_536


@dataclass(frozen=True, slots=True)
class ConnectorSettings(IntakeSettings):
    """Each is `YUZHOU_CONNECTORS_<NAME>`. `networks`: the only ones that machines may be in (empty: all but link-local)."""

    networks: str = ""
    answer_seconds: float = 3  # for a machine to answer a question
    longest_pause: float = 300  # between two tries to reach a dead machine
    dials: int = 64  # connections that are being made at once

    def allowed(self) -> tuple[Network, ...]:
        """The networks; raises ValueError."""
        return read_networks(self.networks)


@dataclass(frozen=True, slots=True)
class ModbusSettings:
    """A Modbus device: `interval` seconds between polls, `gap` unasked words that one request may read over."""

    host: str
    port: int = 502
    unit: int = 1
    interval: float = 5.0
    gap: int = 8
    keep_frames: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """A variable of an OPC UA server and the property that it is; `index`: only that place of its array, from 0."""

    property: str
    node: str
    write: bool = False
    index: int | None = None


@dataclass(frozen=True, slots=True)
class OpcUaSettings:
    """An OPC UA server. `certificate`: the SHA-256 of the server's certificate that an officer took for right.

    `sampling` and `publishing` are seconds; `deadband` is in the unit of the value; `clock` says whose time a reading has.
    """

    endpoint: str
    security: str = "None"
    user: str = ""
    password: str = ""
    certificate: str = ""
    sampling: float = 1.0
    publishing: float = 1.0
    deadband: float = 0.0
    history: bool = True
    clock: str = "source"
    nodes: tuple[Node, ...] = ()

    @property
    def host(self) -> str:
        """The host of the endpoint."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def port(self) -> int:
        """Its port, 4840 where none is named."""
        return urlsplit(self.endpoint).port or 4840


SECURITIES = ("None", "Basic256Sha256-Sign", "Basic256Sha256-SignAndEncrypt")
CLOCKS = ("source", "received")


def read_modbus(connection: Mapping[str, Any]) -> ModbusSettings:
    """From the connection of a device; raises Invalid `connectors.setting` with the field that is wrong."""
    plain = ModbusSettings(host="")
    return ModbusSettings(
        host=_host(connection.get("host")),
        port=_whole(connection, "port", plain.port, 1, 65535),
        unit=_whole(connection, "unit", plain.unit, 0, 255),
        interval=_seconds(connection, "interval", plain.interval),
        gap=_whole(connection, "gap", plain.gap, 0, 124),
        keep_frames=bool(connection.get("keep_frames", plain.keep_frames)),
    )


def read_opcua(connection: Mapping[str, Any]) -> OpcUaSettings:
    """From the connection of a device; raises Invalid `connectors.setting` with the field that is wrong."""
    plain = OpcUaSettings(endpoint="")
    return OpcUaSettings(
        endpoint=_endpoint(connection.get("endpoint")),
        security=_choice(connection, "security", SECURITIES),
        user=str(connection.get("user") or ""),
        password=str(connection.get("password") or ""),
        certificate=str(connection.get("certificate") or "").replace(":", "").lower(),
        sampling=_seconds(connection, "sampling", plain.sampling),
        publishing=_seconds(connection, "publishing", plain.publishing),
        deadband=_number(connection, "deadband", plain.deadband, 0, 1e12),
        history=bool(connection.get("history", plain.history)),
        clock=_choice(connection, "clock", CLOCKS),
        nodes=read_nodes(connection.get("nodes") or ()),
    )


def read_nodes(listed: Any) -> tuple[Node, ...]:
    """Chosen nodes: `[{"name": "temperature", "node": "ns=2;s=Line1.Temp", "write": true}, …]`."""
    if not isinstance(listed, list | tuple) or len(listed) > MOST_NODES:
        raise Invalid("connectors.setting", field="nodes")
    nodes = []
    for one in listed:
        if not isinstance(one, Mapping) or not str(one.get("name") or "") or not str(one.get("node") or ""):
            raise Invalid("connectors.setting", field="nodes")
        index = place_in_array(one.get("index"))
        nodes.append(Node(str(one["name"])[:64], str(one["node"])[:512], bool(one.get("write")), index))
    return tuple(nodes)


def place_in_array(value: Any) -> int | None:
    """The place in an array that a source names (`"index": 2`); raises Invalid `connectors.setting`."""
    if value is None or value == "":
        return None
    return _whole({"index": value}, "index", 0, 0, LONGEST_ARRAY - 1)


def _host(value: Any) -> str:
    host = str(value or "").strip()
    if not host or len(host) > LONGEST_HOST or any(sign in host for sign in " /@?#\\") or not host.isprintable():
        raise Invalid("connectors.setting", field="host")
    return host


def _endpoint(value: Any) -> str:
    text = str(value or "").strip()
    try:
        parts = urlsplit(text)
        port = parts.port or 4840
    except ValueError as error:
        raise Invalid("connectors.setting", field="endpoint") from error
    if parts.scheme != "opc.tcp" or not parts.hostname or parts.username is not None or not port or len(text) > 500:
        raise Invalid("connectors.setting", field="endpoint")
    _host(parts.hostname)
    return text


def _choice(connection: Mapping[str, Any], field: str, choices: tuple[str, ...]) -> str:
    value = str(connection.get(field) or choices[0])
    if value not in choices:
        raise Invalid("connectors.setting", field=field)
    return value


def _whole(connection: Mapping[str, Any], field: str, default: int, low: int, high: int) -> int:
    number = _number(connection, field, default, low, high)
    if number != int(number):
        raise Invalid("connectors.setting", field=field)
    return int(number)


def _seconds(connection: Mapping[str, Any], field: str, default: float) -> float:
    return _number(connection, field, default, SHORTEST, LONGEST)


def _number(connection: Mapping[str, Any], field: str, default: float, low: float, high: float) -> float:
    value = connection.get(field)
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise Invalid("connectors.setting", field=field) from error
    if not isfinite(number) or not low <= number <= high:
        raise Invalid("connectors.setting", field=field)
    return number
