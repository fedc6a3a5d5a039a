"""How to send readings of a device by hand: the command that its page shows."""

import json
import os
import shlex
from urllib.parse import quote

from django.http import HttpRequest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device

EXAMPLE = {"boolean": True, "enumeration": 1, "counter": 1}
PLAIN = {"temperature": 21.5}
MOST_SHOWN = 3


def curl_of(request: HttpRequest, device: Device) -> str:
    """The command for a device of the HTTP door, with properties of its profile; nothing for others."""
    if device.protocol != "http":
        return ""
    host = request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
    port = os.environ.get("YUZHOU_HTTPDOOR_PORT", "9280")
    url = f"{request.scheme}://{host}:{port}/v1/devices/{quote(device.identity, safe='')}/readings"
    profile = api.find_profiles(keys=[device.profile]).get(device.profile) if device.profile else None
    specs = profile.properties[:MOST_SHOWN] if profile is not None else ()
    values = {spec.name: EXAMPLE.get(spec.kind, 21.5) for spec in specs} or PLAIN
    body = json.dumps({"values": values})
    return " \\\n  ".join(
        (
            f"curl {shlex.quote(url)}",
            '-H "Authorization: Bearer $SECRET"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(body)}",
        )
    )
