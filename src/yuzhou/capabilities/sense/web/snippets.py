"""What to enter in a device, or to type at a keyboard, so that its first reading comes in."""

import json
import os
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec
from yuzhou.capabilities.sense.contracts.protocols import Protocol, protocol_of


@dataclass(frozen=True, slots=True)
class Snippet:
    """Something to copy, with what it is."""

    title: str
    text: str


def host() -> str:
    """Where devices find the platform."""
    return urlsplit(settings.PUBLIC_URL).hostname or "127.0.0.1"


def port_of(protocol: Protocol) -> int:
    """Our port for the protocol."""
    name, default = protocol.port
    return int(os.environ.get(f"YUZHOU_{name}_PORT") or default)


def snippets(profile: Profile, identity: str, secret: str) -> list[Snippet]:
    """How to send the first reading by the profile's protocol; nothing for those that we call."""
    protocol = protocol_of(profile.protocol)
    make = {"http": _http, "mqtt": _mqtt, "sparkplug": _sparkplug, "hj212": _settings, "gb32960": _settings, "jt808": _settings}
    found = make.get(protocol.key)
    return found(profile, protocol, identity, secret) if found else []


def sample(profile: Profile, *, most: int = 10) -> dict[str, Any]:
    """A report with a plausible value for each property."""
    return {"values": {spec.name: _plausible(spec) for spec in profile.properties[:most]}}


def _plausible(spec: PropertySpec) -> float | bool:
    if spec.kind == "boolean":
        return True
    if spec.names:
        return min(spec.names)
    low, high = spec.low, spec.high
    if low is not None and high is not None:
        return round((low + high) / 2, 2)
    return low if low is not None else high if high is not None else 1


def _http(profile: Profile, protocol: Protocol, identity: str, secret: str) -> list[Snippet]:
    address = f"http://{host()}:{port_of(protocol)}/v1/devices/{identity}/readings"
    command = [
        "curl", "-X", "POST", address, "-H", f"Authorization: Bearer {secret}", "-H", "Content-Type: application/json",
        "-d", json.dumps(sample(profile), ensure_ascii=False),
    ]  # fmt: skip
    return [Snippet(_("Send a first reading"), shlex.join(command))]


def _mqtt(profile: Profile, protocol: Protocol, identity: str, secret: str) -> list[Snippet]:
    command = [
        "mosquitto_pub", "-h", host(), "-p", str(port_of(protocol)), "-q", "1", "-i", identity, "-u", identity, "-P", secret,
        "-t", f"yuzhou/{identity}/up/json", "-m", json.dumps(sample(profile), ensure_ascii=False),
    ]  # fmt: skip
    return [*_settings(profile, protocol, identity, secret), Snippet(_("Send a first reading"), shlex.join(command))]


def _sparkplug(profile: Profile, protocol: Protocol, identity: str, secret: str) -> list[Snippet]:
    names = ("Group ID", "Edge Node ID", "Device ID")
    lines = "\n".join(f"{name}: {part}" for name, part in zip(names, identity.split("/", 2), strict=False))
    return [*_settings(profile, protocol, identity, secret), Snippet("Sparkplug B", lines)]


def _settings(profile: Profile, protocol: Protocol, identity: str, secret: str) -> list[Snippet]:
    lines = [
        f"{_('Server')}: {host()}",
        f"{_('Port')}: {port_of(protocol)}",
        f"{protocol.identity}: {identity}",
        *([f"{_('Password')}: {secret}"] if protocol.makes_secret else []),
    ]
    return [Snippet(_("To be entered in the device"), "\n".join(lines))]
