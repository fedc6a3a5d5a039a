"""Answers the machines that watch us before the rest of the site is asked: a broken database still gets an answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from yuzhou.project.health import healthz
from yuzhou.project.metrics import metrics

ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/metrics": metrics}


class OperationsMiddleware:
    """The first middleware: `/healthz` and `/metrics` without host check, session, actor or transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERS.get(request.path_info)
        return answer(request) if answer else self.get_response(request)
