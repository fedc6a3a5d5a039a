"""`/healthz`: the state of each part as JSON, 200 once all are ready, else 503."""

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from yuzhou.kernel import heartbeat, registry
from yuzhou.kernel.declarations import Service
from yuzhou.kernel.jobs.api import list_workers
from yuzhou.project.processes.ports import answers, reachable

FRESH_SECONDS = 30.0


def healthz(request: HttpRequest) -> HttpResponse:
    """The state of each part, asked anew at most once a second."""
    parts = _parts(int(time.monotonic()))
    is_ready = all(part["ready"] for part in parts.values())
    body = {"status": "ready" if is_ready else "degraded", "ready": is_ready, "parts": parts}
    response = JsonResponse(body, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _parts(second: int) -> dict[str, dict[str, Any]]:
    checks: dict[str, Callable[[], dict[str, Any]]] = {
        "database": _database,
        "migrations": _migrations,
        "bus": _bus,
        "worker": _worker,
        "streams": _streams,
    }
    states = {name: _guarded(check) for name, check in checks.items()}
    for _, service in registry.every("services"):
        if not service.demo_only:
            states[service.name] = _service(service)
    for part, provider in registry.every("health"):
        states[f"{part.key}.{provider.name}"] = _guarded(registry.resolve(provider.run))
    return states


def _guarded(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return check()
    except Exception as error:
        return {"ready": False, "error": type(error).__name__}


def _database() -> dict[str, Any]:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ready": True, "milliseconds": round((time.perf_counter() - began) * 1000, 1)}


_migrated = False


def _migrations() -> dict[str, Any]:
    global _migrated  # a schema does not go back: once complete, it is not asked again
    if not _migrated:
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            return {"ready": False, "waiting": len(waiting)}
        _migrated = True
    return {"ready": True}


def _bus() -> dict[str, Any]:
    from django.conf import settings

    if not settings.NATS_URL:
        return {"ready": True, "servers": 0, "reached": 0}
    servers = [urlsplit(url.strip()) for url in settings.NATS_URL.split(",")]
    reached = [s for s in servers if answers(s.port or 4222, s.hostname or "127.0.0.1")]
    return {"ready": bool(reached), "servers": len(servers), "reached": len(reached)}


def _streams() -> dict[str, Any]:
    return _listens(os.environ.get("YUZHOU_STREAMS_PORT", "8001"))


def _service(service: Service) -> dict[str, Any]:
    """Whether it listens on all its ports, where `up` told which; else whether its heart beats."""
    ports = [port for name in service.ports if (port := os.environ.get(f"YUZHOU_{name.name.upper()}_PORT"))]
    if len(ports) < 2:
        return _listens(ports[0]) if ports else _beat(service.name)
    states = [_listens(port) for port in ports]
    return {"ready": all(state["ready"] for state in states), "ports": [state["port"] for state in states]}


def _listens(port: str) -> dict[str, Any]:
    return {"ready": answers(int(port), reachable(os.environ.get("YUZHOU_HOST", "127.0.0.1"))), "port": int(port)}


def _worker() -> dict[str, Any]:
    beats = list_workers()
    troubles = {name: text for beat in beats for name, text in beat.troubles.items()}
    return {"ready": bool(beats), "processes": len(beats), **({"troubles": troubles} if troubles else {})}


def _beat(name: str) -> dict[str, Any]:
    age = heartbeat.age(name)
    return {"ready": age is not None and age < FRESH_SECONDS, "seconds_since_heartbeat": None if age is None else round(age, 1)}
