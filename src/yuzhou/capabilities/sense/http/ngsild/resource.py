"""A resource with its operations: who asks, in which form, and what becomes of every error."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from ninja.utils import check_csrf

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.http.ngsild.answers import answer, context_link, refuse, told_in
from yuzhou.capabilities.sense.http.ngsild.negotiation import (
    JSON_OR_LD,
    Media,
    Refused,
    choose_answer,
    linked_context,
    sent_type,
    source_of,
)
from yuzhou.capabilities.sense.http.ngsild.parameters import Parameters
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, bad_request
from yuzhou.capabilities.sense.rules.ngsild.representation import with_context
from yuzhou.kernel.access.api import has_bearer
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError

SAFE = ("GET", "HEAD", "OPTIONS")
TENANT = "NGSILD-Tenant"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a method does: the parameters that it knows, and the forms in which it can answer."""

    run: Callable[..., HttpResponse]
    parameters: frozenset[str] = frozenset()
    offers: tuple[Media, ...] = ()


class Call:
    """A request as the standard reads it."""

    def __init__(self, request: HttpRequest, operation: Operation) -> None:
        self.request = request
        self.actor: Actor = request.actor
        self.accept = (
            choose_answer(request.headers.get("Accept"), operation.offers or JSON_OR_LD) if operation.offers else Media.JSON
        )
        self.given = Parameters.of(request.GET, operation.parameters)

    @cached_property
    def tenant(self) -> UUID | None:
        """The organisation that the header names."""
        name = self.request.headers.get(TENANT)
        return api.find_tenant(actor=self.actor, name=name) if name else None

    @cached_property
    def context(self) -> Context:
        """The @context of the Link header; of the body where that was read and has one."""
        return api.context_for(linked_context(self.request.headers.get("Link")))

    def body(self) -> Any:
        """The JSON of the body without its @context, which becomes `context`; raises Problem, Refused."""
        media = sent_type(self.request)
        body = self._parsed()
        self.context = api.context_for(source_of(body, media, linked_context(self.request.headers.get("Link"))))
        return {name: value for name, value in body.items() if name != "@context"} if isinstance(body, dict) else body

    def bodies(self) -> Iterator[tuple[Any, Context | Problem]]:
        """Each object of an array with its own @context, or what is wrong with that; raises Problem, Refused."""
        media, link = sent_type(self.request), linked_context(self.request.headers.get("Link"))
        array = self._parsed()
        if not isinstance(array, list) or not array:
            raise bad_data("batch-form")
        for one in array:
            try:
                yield one, api.context_for(source_of(one, media, link))
            except Problem as problem:
                yield one, problem

    def json(self) -> Any:
        """The JSON of a body whose @context is the matter itself; raises Problem, Refused."""
        sent_type(self.request)
        return self._parsed()

    def _parsed(self) -> Any:
        try:
            return orjson.loads(self.request.body)
        except orjson.JSONDecodeError as error:
            raise bad_request("json") from error

    def tell(self, body: Any, **more: Any) -> HttpResponse:
        """An object, or an array of objects, with its @context in the body or in a header."""
        if self.accept is Media.LD:
            source = self.context
            whole = [with_context(one, source) for one in body] if isinstance(body, list) else with_context(body, source)
            return answer(whole, media=Media.LD, **more)
        links = [context_link(self.told), *more.pop("links", ())]
        return answer(body, links=links, **more)

    @property
    def told(self) -> Context:
        """The context that names are answered in."""
        return self.context if self.accept is Media.LD else told_in(self.context)


def resource(**operations: Operation) -> Callable[..., HttpResponse]:
    """The view of a resource: one operation a method."""
    allow = ", ".join(sorted({*operations, "OPTIONS", *(("HEAD",) if "GET" in operations else ())}))

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            response = _run(request, operations, allow, path)
        except Exception as error:
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            response = refuse(request, _refusal(error))
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                response["Allow"] = allow
        if request.headers.get(TENANT) and TENANT not in response and response.status_code < 300:
            response[TENANT] = request.headers[TENANT]
        return response

    return view


def _run(request: HttpRequest, operations: dict[str, Operation], allow: str, path: dict[str, str]) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=200, headers={"Allow": allow, "Accept-Patch": ", ".join((*JSON_OR_LD, Media.MERGE))})
    operation = operations.get("GET" if request.method == "HEAD" else str(request.method))
    if operation is None:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "method", method=str(request.method)[:20])
    if request.method not in SAFE and not has_bearer(request) and check_csrf(request):
        raise Refused(HTTPStatus.FORBIDDEN, "csrf")
    return operation.run(Call(request, operation), **path)


def _refusal(error: Exception) -> YuzhouError:
    """What an error is to the client; what nobody foresaw is an InternalError, and recorded."""
    if isinstance(error, YuzhouError):
        return error
    if isinstance(error, RequestDataTooBig):
        return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large")
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return bad_request("unreadable")
    if isinstance(error, DataError):
        return bad_data("unstorable")
    if isinstance(error, OperationalError) and "statement timeout" in str(error):
        return Problem(ProblemKind.TOO_COMPLEX_QUERY, "timeout")
    log.exception("NGSI-LD request failed", exc_info=error)
    return Problem(ProblemKind.INTERNAL_ERROR, "fault")
