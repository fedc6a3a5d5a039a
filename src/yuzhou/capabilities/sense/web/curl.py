"""How to send readings of a device by hand: the command that its page shows."""

import json
import os
import shlex
from urllib.parse import quote

from django.http import HttpRequest

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.web.snippets import sample

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
    values = sample(profile, most=MOST_SHOWN)["values"] if profile is not None else {}
    body = json.dumps({"values": values or PLAIN})
    return " \\\n  ".join(
        (
            f"curl {shlex.quote(url)}",
            '-H "Authorization: Bearer $SECRET"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(body)}",
        )
    )
