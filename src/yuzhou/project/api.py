"""The JSON API: one document, each part's router below its key."""

from importlib.metadata import version
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.utils import check_csrf

from yuzhou.kernel import registry
from yuzhou.kernel.access.api import has_bearer
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError
from yuzhou.project.errors import PROBLEM, api_refusal, not_found, permission_denied, problem, undo_writes

SAFE = ("GET", "HEAD", "OPTIONS")
PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "A refusal by RFC 9457; `code` is stable, `field` is the member to blame, `errors` what does not fit.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "instance", "field")},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
REFUSAL = {
    "description": "Refused, or not understood",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class ForgedRequest(Exception):
    """A write from a browser without the token that proves that our page sent it."""


def authenticate(request: HttpRequest) -> Actor:
    """The actor of the middleware; a write by session needs the CSRF token, one by bearer token does not.

    Everyone passes: what an actor may do is for services and selectors to say.
    """
    if request.method not in SAFE and not has_bearer(request) and check_csrf(request):
        raise ForgedRequest
    actor: Actor = request.actor
    return actor


class DocumentedAPI(NinjaAPI):
    """An API whose document says that every refusal is a problem document, whichever operation refuses."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The document, with `4XX` at every operation."""
        document = super().get_openapi_schema(**options)
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"]["4XX"] = REFUSAL
        return document


def build_api() -> NinjaAPI:
    """The API of all installed parts."""
    api = DocumentedAPI(title="渝州 Yuzhou", version=version("yuzhou"), urls_namespace="api", auth=authenticate, docs_url="/docs")
    for part in registry.parts():
        if part.api:
            api.add_router(f"/{part.key}/", registry.resolve(part.api), tags=[part.key])
    _answer_errors(api)
    return api


def _answer_errors(api: NinjaAPI) -> None:
    api.add_exception_handler(YuzhouError, _refused)
    api.add_exception_handler(ValidationError, _unreadable)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(DataError, _unstorable)
    api.add_exception_handler(Http404, lambda request, error: not_found(request))
    api.add_exception_handler(DjangoPermissionDenied, lambda request, error: permission_denied(request))
    api.add_exception_handler(ForgedRequest, _forged)


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    undo_writes()
    return api_refusal(request, error)


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    undo_writes()
    faults = [{"location": list(e["loc"]), "message": e["msg"], "type": e["type"]} for e in error.errors]
    return problem(request, 422, code="kernel.invalid", detail="The request does not fit its schema.", errors=faults)


def _unstorable(request: HttpRequest, error: Any) -> HttpResponse:
    """A text with a NUL character, which PostgreSQL does not take; any other error of data is our own."""
    if "NUL" not in str(error):
        raise error
    undo_writes()
    return problem(request, 422, code="kernel.invalid", detail="A text holds a NUL character.")


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    undo_writes()
    return problem(request, error.status_code, code="kernel.refused", detail=str(error))


def _forged(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(request, 403, code="kernel.csrf", detail="A write by session needs the CSRF token (X-CSRFToken).")


api = build_api()
