"""Names each request, times it, and puts its name into every log line that it causes."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from yuzhou.kernel.ids import uuid7
from yuzhou.project.metrics import REQUEST_SECONDS, REQUESTS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GIVEN = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
SECRET_PARTS = ("secret", "key", "reference")
log = structlog.get_logger("yuzhou.requests")


class RequestMiddleware:
    """`request.id` from `X-Request-Id` or new; metrics and a log line for each answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        name = given if GIVEN.match(given) else str(uuid7())
        request.id = name
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=name):
            response = self.get_response(request)
            self._note(request, response, time.perf_counter() - began)
        response["X-Request-Id"] = name
        return response

    def _note(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        route = match.route if match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)
        write = log.error if response.status_code >= 500 else log.info
        write(
            "request", method=request.method, path=_shown_path(request), status=response.status_code, ms=round(seconds * 1000, 1)
        )


def _shown_path(request: HttpRequest) -> str:
    """The path for the log, without what opens an account: links of invitations and resets, codes of applications."""
    path: str = request.path
    for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        if name in SECRET_PARTS:
            path = path.replace(str(value), "…")
    return path
