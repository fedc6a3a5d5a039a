"""What the headers say: media types, where the @context is, the tenant (clauses 6.3.4, 6.3.5, 6.3.14)."""

import re
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, bad_request
from yuzhou.kernel.errors import YuzhouError

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w!#$&+.^|~*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)')
_PARAMETER = re.compile(r';\s*([\w!#$&+.^|~*-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]+))')


class Media(StrEnum):
    """The media types of the standard."""

    JSON = "application/json"
    LD = "application/ld+json"
    GEO = "application/geo+json"
    MERGE = "application/merge-patch+json"


JSON_OR_LD = (Media.JSON, Media.LD)
WITH_GEO = (Media.JSON, Media.LD, Media.GEO)


class Refused(YuzhouError):
    """What HTTP itself refuses, without a type of the standard: a method, a media type, a size."""

    def __init__(self, status: HTTPStatus, code: str, **params: Any) -> None:
        super().__init__(f"sense.ngsild-{code}", **params)
        self.status = status


def choose_answer(header: str | None, offers: Sequence[Media]) -> Media:
    """The media type of the answer by an Accept header; raises Refused (406)."""
    if not header or not header.strip():
        return offers[0]
    found: list[tuple[float, int, int, Media]] = []
    for place, part in enumerate(header.split(",")):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = _quality(parameters)
        for rank, offer in enumerate(offers):
            if name.lower() in (offer, "application/*", "*/*"):
                loose = 0 if name.lower() == offer else 1
                found.append((quality, -loose, -place if not loose else -rank, offer))
    told = {offer: max(one for one in found if one[3] is offer and one[1] == _best(found, offer)) for offer in offers
            if any(one[3] is offer for one in found)}  # fmt: skip
    fit = [one for one in told.values() if one[0] > 0]
    if not fit:
        raise Refused(HTTPStatus.NOT_ACCEPTABLE, "not-acceptable", offers=", ".join(offers))
    return max(fit, key=lambda one: one[:3])[3]


def _best(found: list[tuple[float, int, int, Media]], offer: Media) -> int:
    """How closely an offer is named at best: what is named closest counts."""
    return max(one[1] for one in found if one[3] is offer)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def sent_type(request: HttpRequest) -> Media:
    """The media type of the body; raises Refused (415)."""
    given = (request.content_type or "").lower()
    takes = (Media.JSON, Media.LD, Media.MERGE) if request.method == "PATCH" else JSON_OR_LD
    if given not in set(takes):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", value=given[:60], takes=", ".join(takes))
    return Media(given)


def linked_context(header: str | None) -> str | None:
    """The address of the @context in a Link header; raises Problem where it names two."""
    found = [url for url, parameters in _LINK.findall(header or "") if _relation(parameters) == CONTEXT_RELATION]
    if len(found) > 1:
        raise bad_data("context-links")
    return found[0] if found else None


def _relation(parameters: str) -> str:
    return next((quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters) if name.lower() == "rel"), "")


def source_of(body: Any, media: Media, link: str | None) -> Any:
    """The @context that belongs to an object of a body; raises Problem where it is in the wrong place."""
    has_own = isinstance(body, dict) and "@context" in body
    if media is Media.LD:
        if link is not None:
            raise bad_data("context-link-and-body")
        if isinstance(body, dict) and not has_own:
            raise bad_data("context-missing")
    if has_own and media is Media.JSON:
        raise bad_data("context-in-json")
    if has_own and link is not None:
        raise bad_data("context-link-and-body")
    return body["@context"] if has_own else link


def prefers_plain_geojson(request: HttpRequest) -> bool:
    """Whether GeoJSON is to come without its @context (`Prefer: body=json`); raises Problem for a body of another kind."""
    for part in request.headers.get("Prefer", "").split(","):
        name, _, value = part.partition("=")
        if name.strip().lower() == "body":
            kind = value.strip().strip('"').lower()
            if kind not in ("json", "ld+json"):
                raise bad_request("prefer", value=kind[:40])
            return kind == "json"
    return False
