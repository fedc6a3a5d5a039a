"""Turns errors into answers: pages for people, problem details (RFC 9457) for machines."""

from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from yuzhou.kernel.errors import Invalid, YuzhouError, message_for
from yuzhou.ui import errors as pages

API_PREFIXES = ("/api/", "/ngsi-ld/")
PROBLEM = "application/problem+json"


def problem(
    request: HttpRequest, status: int, *, code: str, detail: str, field: str | None = None, **members: Any
) -> JsonResponse:
    """An answer in the form of RFC 9457: `type` is a URN of our stable code, `field` the JSON member to blame."""
    body = {
        "type": f"urn:yuzhou:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.path,
        **({"field": field} if field else {}),
        **members,
    }
    response = JsonResponse(body, status=status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="yuzhou"'
    return response


def respond(request: HttpRequest, error: YuzhouError) -> HttpResponse:
    """The answer to a refusal, in the form that the caller reads."""
    if request.path.startswith(API_PREFIXES):
        return api_refusal(request, error)
    return pages.response_to(request, error)


def api_refusal(request: HttpRequest, error: YuzhouError) -> HttpResponse:
    """The problem document of a refusal; one whom we do not know is asked to say who they are."""
    actor = getattr(request, "actor", None)
    is_unknown = error.status == HTTPStatus.FORBIDDEN and not (actor and actor.is_signed_in)
    status = HTTPStatus.UNAUTHORIZED if is_unknown else error.status
    field = error.field if isinstance(error, Invalid) else None
    return problem(request, status, code=error.code, detail=message_for(error), field=field)


def undo_writes() -> None:
    """Let the request's transaction roll back although an answer is given."""
    if connection.in_atomic_block:
        transaction.set_rollback(True)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIXES)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    if _is_api(request):
        return problem(request, 400, code="kernel.bad-request", detail=_("This request cannot be read."))
    return pages.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    if _is_api(request):
        return problem(request, 403, code="kernel.permission-denied", detail=_("You may not do this."))
    return pages.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    if _is_api(request):
        return problem(request, 404, code="kernel.not-found", detail=_("There is nothing here."))
    return pages.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    if _is_api(request):
        return problem(request, 500, code="kernel.fault", detail=_("Something went wrong on our side; it has been recorded."))
    return pages.server_error(request)
