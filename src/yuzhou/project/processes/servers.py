"""The two HTTP servers: pages by WSGI, streams by ASGI, both on granian."""

import os
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from yuzhou.project.logs import logging_settings
from yuzhou.project.processes.parts import WEB_THREADS

KILL_AFTER = 5


def _tls() -> dict[str, Any]:
    certificate, key = os.environ.get("YUZHOU_TLS_CERT"), os.environ.get("YUZHOU_TLS_KEY")
    return {"ssl_cert": Path(certificate), "ssl_key": Path(key)} if certificate and key else {}


def serve_web() -> None:
    """Serve the pages and the API until told to stop."""
    Granian(
        "yuzhou.project.wsgi:application",
        address=os.environ.get("YUZHOU_HOST", "127.0.0.1"),
        port=int(os.environ.get("YUZHOU_PORT", "8000")),
        interface=Interfaces.WSGI,
        blocking_threads=WEB_THREADS,
        backlog=2048,
        log_level=LogLevels.warning,
        log_dictconfig=logging_settings("json", "WARNING", os.environ.get("YUZHOU_PART", "")),
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
        **_tls(),
    ).serve()


def serve_streams() -> None:
    """Serve the event streams until told to stop."""
    Granian(
        "yuzhou.project.asgi:application",
        address=os.environ.get("YUZHOU_HOST", "127.0.0.1"),
        port=int(os.environ.get("YUZHOU_STREAMS_PORT", "8001")),
        interface=Interfaces.ASGINL,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging_settings("json", "WARNING", os.environ.get("YUZHOU_PART", "")),
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
        **_tls(),
    ).serve()
