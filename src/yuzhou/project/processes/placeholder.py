"""Answers on the web's port while the web is not there: 503, with the progress as JSON or as a page."""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable
from html import escape
from typing import Any

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>正在启动 · Starting</title></head>
<body><main><h1>渝州正在启动</h1>
<p>Yuzhou is starting. 本页会自动刷新。This page refreshes by itself.</p><ol>{steps}</ol></main></body></html>
"""
SECONDS_TO_ASK = 5


def reusable_socket(host: str, port: int) -> socket.socket:
    """A listening socket beside which the web's own may already listen, so that the port never goes dark between the two."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(64)
    listener.setblocking(False)
    return listener


class Placeholder:
    """A tiny HTTP/1 server of the supervisor; `status` gives the JSON, `steps` the lines of the page."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        status: Callable[[], dict[str, Any]],
        steps: Callable[[], list[str]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port, self.status, self.steps, self.tls = host, port, status, steps, tls
        self._server: asyncio.Server | None = None

    @property
    def is_open(self) -> bool:
        """Whether it answers."""
        return self._server is not None

    async def open(self) -> None:
        """Start to answer."""
        if self._server is None:
            self._server = await asyncio.start_server(self._answer, sock=reusable_socket(self.host, self.port), ssl=self.tls)

    async def close(self) -> None:
        """Leave the port to the web."""
        if self._server is not None:
            server, self._server = self._server, None
            await asyncio.sleep(0)
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS_TO_ASK)
            writer.write(self._response(head.split(b" ", 2)[1]))
            await writer.drain()
        except (OSError, TimeoutError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _response(self, path: bytes) -> bytes:
        if path.split(b"?")[0] == b"/healthz":
            kind, body = "application/json", json.dumps(self.status(), ensure_ascii=False)
        else:
            kind, body = "text/html; charset=utf-8", PAGE.format(steps="".join(f"<li>{escape(s)}</li>" for s in self.steps()))
        content = body.encode()
        head = (
            f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
            "Cache-Control: no-store\r\nRetry-After: 2\r\nX-Yuzhou: starting\r\n"
            "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + content
