"""`/metrics` for Prometheus: the counters of all processes of this machine, put together."""

import hmac
import os

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from yuzhou.kernel import heartbeat

REQUESTS = Counter("yuzhou_http_requests_total", "Answers of the web", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("yuzhou_http_request_seconds", "Time to answer", ["route"])
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for this machine itself or for whoever shows `YUZHOU_METRICS_TOKEN` as bearer token."""
    if not may_read(request):
        return HttpResponseForbidden("metrics are for this machine, or need the metrics token\n", content_type="text/plain")
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library is not typed
    return HttpResponse(generate_latest(registry) + _heartbeats(), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Whether the request comes from this machine, through no proxy, or shows the token."""
    token = os.environ.get("YUZHOU_METRICS_TOKEN", "")
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(shown.encode(), token.encode()):
        return True
    is_forwarded = any(header in request.META for header in FORWARDED)
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not is_forwarded


def _heartbeats() -> bytes:
    lines = [
        "# HELP yuzhou_heartbeat_age_seconds Since a process last said that it works",
        "# TYPE yuzhou_heartbeat_age_seconds gauge",
    ]
    for name in heartbeat.names():
        lines.append(f'yuzhou_heartbeat_age_seconds{{process="{name}"}} {heartbeat.age(name) or 0:.1f}')
    return "\n".join([*lines, ""]).encode()
