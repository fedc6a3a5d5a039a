"""The HTTP door as a process: granian in the same loop as the queue before the store."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from yuzhou.capabilities.sense.doors.http.app import Application
from yuzhou.capabilities.sense.doors.http.core import HttpCore
from yuzhou.capabilities.sense.doors.http.settings import DOOR, HttpSettings
from yuzhou.capabilities.sense.doors.intake.process import run_doors

log = logging.getLogger(__name__)
BACKLOG = 2048
CLOSE_SECONDS = 5.0


class HttpDoor(HttpCore):
    """The door on its port."""

    def __init__(self, settings: HttpSettings) -> None:
        super().__init__(settings)
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        """Listen."""
        self._server = Server(
            Application(self),
            address=self.settings.host,
            port=self.settings.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            backlog=BACKLOG,
            log_enabled=False,
            log_level=LogLevels.warning,
            **_tls(),
        )
        self._serving = asyncio.create_task(self._server.serve())
        log.info("http listens on %s:%s, %s devices known", self.settings.host, self.settings.port, len(self.book))

    async def closed(self) -> None:
        """All is stored and answered: stop listening."""
        if self._server is not None and self._serving is not None:
            self._server.stop()
            await asyncio.wait({self._serving}, timeout=CLOSE_SECONDS)


def _tls() -> dict[str, Any]:
    """As the web has it."""
    certificate, key = os.environ.get("YUZHOU_TLS_CERT"), os.environ.get("YUZHOU_TLS_KEY")
    return {"ssl_cert": Path(certificate), "ssl_key": Path(key)} if certificate and key else {}


def run(arguments: list[str]) -> int:
    """`yuzhou http-door`: the HTTP door as a process."""
    return run_doors([HttpDoor(HttpSettings.from_environment(DOOR))], name="http-door")
