"""Text messages: the interface of a gateway, one that writes to a file, and one that any HTTP gateway fits."""

import json
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

from yuzhou.kernel.clock import now

TIMEOUT_SECONDS = 10


class SmsGateway(Protocol):
    """Sends a text to a phone number; raises OSError when it could not."""

    def send(self, phone: str, text: str) -> None: ...


class FileGateway:
    """Writes what would be sent to `sms.jsonl` of the data folder: for trials and tests."""

    def send(self, phone: str, text: str) -> None:
        """Append one line."""
        path = Path(settings.DATA_FOLDER) / "sms.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": now().isoformat(), "phone": phone, "text": text}, ensure_ascii=False) + "\n")


class HttpGateway:
    """POSTs `{"phone": …, "text": …}` to the operator's own gateway, with its token as bearer."""

    def __init__(self, url: str, token: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("YUZHOU_SMS_URL is neither `file:` nor an http address")
        self.url = url
        self.token = token

    def send(self, phone: str, text: str) -> None:
        """Send one message."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        body = json.dumps({"phone": phone, "text": text}, ensure_ascii=False).encode()
        with urlopen(Request(self.url, body, headers), timeout=TIMEOUT_SECONDS):  # noqa: S310  # the scheme was checked
            pass


def gateway() -> SmsGateway | None:
    """The gateway of the settings (`YUZHOU_SMS_URL`: `file:` or an address); None where there is none."""
    url: str = getattr(settings, "YUZHOU_SMS_URL", "")
    if not url:
        return None
    return FileGateway() if url.startswith("file:") else HttpGateway(url, getattr(settings, "YUZHOU_SMS_TOKEN", ""))
