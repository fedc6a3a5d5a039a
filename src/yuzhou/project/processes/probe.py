"""Asks the running web how it is."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any


def ask_health(local_url: str, seconds: float = 5) -> tuple[int, dict[str, Any]]:
    """Status and JSON of `/healthz`; 0 and nothing where nobody answers. A self-signed certificate is fine on this machine."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(f"{local_url}/healthz", timeout=seconds) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read())
    except (OSError, ValueError):
        return 0, {}


def _json(content: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(content))
    except ValueError:
        return {}


def is_web_up(local_url: str) -> bool:
    """Whether the web itself answers, not the page that stands in for it."""
    code, health = ask_health(local_url)
    return code != 0 and health.get("status") not in (None, "starting")
