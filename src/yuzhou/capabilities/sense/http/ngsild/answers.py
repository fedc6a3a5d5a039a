"""Answers: problem details by RFC 9457 with the standard's types, entities with their @context, links of pages."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.http import HttpRequest, HttpResponse

from yuzhou.capabilities.sense.http.ngsild.negotiation import CONTEXT_RELATION, Media
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.kernel.errors import YuzhouError, message_for

PROBLEM = "application/problem+json"
ROOT = "/ngsi-ld/v1/"
_BY_STATUS = {
    HTTPStatus.NOT_FOUND: ProblemKind.RESOURCE_NOT_FOUND,
    HTTPStatus.CONFLICT: ProblemKind.ALREADY_EXISTS,
    HTTPStatus.UNPROCESSABLE_ENTITY: ProblemKind.BAD_REQUEST_DATA,
    HTTPStatus.BAD_REQUEST: ProblemKind.BAD_REQUEST_DATA,
}


def details(error: YuzhouError) -> dict[str, Any]:
    """The members of a problem; what the standard has no type for is `about:blank` with HTTP's own title."""
    kind = error.kind if isinstance(error, Problem) else _BY_STATUS.get(HTTPStatus(error.status))
    status = kind.status if kind else int(error.status)
    return {
        "type": kind.uri if kind else "about:blank",
        "title": kind.title if kind else HTTPStatus(status).phrase,
        "status": status,
        "detail": message_for(error),
        "code": error.code,
    }


def refuse(request: HttpRequest, error: YuzhouError, **headers: str) -> HttpResponse:
    """The answer to a refusal; one whom we do not know is asked to say who they are."""
    body = {**details(error), "instance": request.path}
    if body["status"] == HTTPStatus.FORBIDDEN and not isinstance(error, Problem) and not request.actor.is_signed_in:
        body |= {"status": int(HTTPStatus.UNAUTHORIZED), "title": HTTPStatus.UNAUTHORIZED.phrase}
        headers["WWW-Authenticate"] = 'Bearer realm="yuzhou"'
    return HttpResponse(orjson.dumps(body), status=body["status"], content_type=PROBLEM, headers=headers)


def answer(body: Any, *, status: int = 200, media: str = Media.JSON, links: Iterable[str] = (), **headers: Any) -> HttpResponse:
    """JSON with its links."""
    told = ", ".join(links)
    return HttpResponse(
        orjson.dumps(body), status=status, content_type=media, headers={**headers, **({"Link": told} if told else {})}
    )


def nothing(**headers: str) -> HttpResponse:
    """204."""
    response = HttpResponse(status=204, headers=headers)
    del response["Content-Type"]
    return response


def created(*path: str) -> HttpResponse:
    """201 with the address of what was made."""
    response = HttpResponse(status=201, headers={"Location": address(*path)})
    del response["Content-Type"]
    return response


def address(*path: str) -> str:
    """The address of a resource."""
    return ROOT + "/".join(quote(part, safe=":") for part in path)


def told_in(context: Context) -> Context:
    """The context that an answer is in: one that has no address of its own cannot be named in a header, so the core then."""
    return context if context.url is not None else CORE_CONTEXT


def context_link(context: Context) -> str:
    """The Link of a @context."""
    url = quote(context.url or "", safe=":/?#[]@!$&'()*+,;=%~-._")
    return f'<{url}>; rel="{CONTEXT_RELATION}"; type="{Media.LD}"'


def page_links(request: HttpRequest, *, offset: int, limit: int, after: str | None = None, is_more: bool = False) -> list[str]:
    """The Links to the pages before and behind; that behind by its cursor where there is one."""
    plain = {name: value for name, value in request.GET.items() if name not in ("after", "offset")}
    links = []
    if offset > 0:
        before = {**plain, "offset": max(0, offset - limit)} if offset > limit else plain
        links.append(_link(request.path, before, "prev"))
    if after is not None or is_more:
        cursor = {"after": after} if after is not None else {}
        links.append(_link(request.path, {**plain, "offset": offset + limit, **cursor}, "next"))
    return links


def _link(path: str, query: Mapping[str, Any], relation: str) -> str:
    return f'<{quote(path, safe="/:")}?{urlencode(query)}>; rel="{relation}"; type="{Media.LD}"'
