"""A request as the door reads it, from ASGI: headers, a body that is bounded on the wire and unpacked, and the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson
import pyarrow as pa
from django.utils import translation

from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.settings import HttpSettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ENCODINGS = ("gzip", "zstd")
LANGUAGES = ("zh-hans", "en")


@dataclass(slots=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, document: Any, status: int = 200, **headers: str) -> "Answer":
        """A JSON document; underscores in names of headers are dashes."""
        return cls(status, orjson.dumps(document, default=str), headers={k.replace("_", "-"): v for k, v in headers.items()})


class Request:
    """One request."""

    def __init__(self, scope: Scope, receive: Receive, settings: HttpSettings) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: Mapping[str, list[str]] = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.peer: str = (scope.get("client") or ("", 0))[0]
        self._receive = receive
        self._settings = settings

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    @property
    def language(self) -> str:
        """The language to word refusals in."""
        wanted = self.headers.get("accept-language", "")
        for part in wanted.split(","):
            tag = part.split(";", 1)[0].strip().lower()
            if tag.startswith("zh"):
                return LANGUAGES[0]
            if tag.startswith("en"):
                return LANGUAGES[1]
        return translation.get_language() or LANGUAGES[0]

    @property
    def bearer(self) -> str:
        """The bearer token, or nothing."""
        scheme, _, secret = self.headers.get("authorization", "").partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""

    @property
    def preferences(self) -> frozenset[str]:
        """What the sender would like (RFC 7240)."""
        return frozenset(part.strip().lower() for part in self.headers.get("prefer", "").split(","))

    async def body(self) -> bytes:
        """The body, unpacked. Raises Problem: 413, 415, 408, 400."""
        content = await self._read()
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return content
        if encoding not in ENCODINGS:
            raise Problem(
                415,
                "http.encoding",
                params={"given": encoding[:32], "taken": ", ".join(ENCODINGS)},
                headers={"Accept-Encoding": ", ".join(ENCODINGS)},
            )
        return await asyncio.to_thread(_unpack, content, encoding, self._settings.content_bytes)

    async def _read(self) -> bytes:
        most = self._settings.body_bytes
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            raise Problem(413, "payload.too-large", params={"most": most})
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._settings.upload_seconds):
                while True:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        raise ConnectionResetError
                    part = message.get("body", b"")
                    size += len(part)
                    if size > most:
                        raise Problem(413, "payload.too-large", params={"most": most})
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Problem(408, "http.slow") from None


def _unpack(content: bytes, encoding: str, most: int) -> bytes:
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), encoding) as packed:
            unpacked: bytes = packed.read(most + 1)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Problem(400, "payload.encoding", params={"problem": str(error)[:200]}) from None
    if len(unpacked) > most:
        raise Problem(413, "payload.too-large", params={"most": most})
    return unpacked
