"""JSON-LD contexts that are kept here (clause 5.13; 6.29, 6.30)."""

from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import ContextInfo, ContextKind
from yuzhou.capabilities.sense.http.ngsild.answers import ROOT, answer, created, nothing
from yuzhou.capabilities.sense.http.ngsild.negotiation import JSON_OR_LD, Media
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.rules.ngsild.core_context import CORE_URL, core_document
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, not_supported
from yuzhou.capabilities.sense.rules.ngsild.times import show_moment, write_moment


def add_context(call: Call) -> HttpResponse:
    """POST /jsonldContexts."""
    base = call.request.build_absolute_uri(ROOT + "jsonldContexts")
    info = api.add_context(actor=call.actor, body=call.json(), base_url=base)
    return created("jsonldContexts", str(info.id))


def list_contexts(call: Call) -> HttpResponse:
    """GET /jsonldContexts."""
    detailed, kind = call.given.flag("details"), call.given.text("kind")
    if kind is not None and kind not in set(ContextKind):
        raise bad_data("context-kind", value=kind[:40])
    found = api.list_contexts(actor=call.actor, kind=ContextKind(kind) if kind else None)
    return answer([_details(one) if detailed else one.url for one in found])


def get_context(call: Call, name: str) -> HttpResponse:
    """GET /jsonldContexts/{contextId}."""
    detailed = call.given.flag("details")
    if name == CORE_URL and not detailed:
        return answer(core_document(), media=call.accept)
    info = api.get_context(actor=call.actor, name=name)
    return answer(_details(info) if detailed else dict(info.body), media=Media.JSON if detailed else call.accept)


def delete_context(call: Call, name: str) -> HttpResponse:
    """DELETE /jsonldContexts/{contextId}."""
    if name == CORE_URL:
        raise not_supported("context-core")
    api.delete_context(actor=call.actor, name=name, reload=call.given.flag("reload"))
    return nothing()


def _details(info: ContextInfo) -> dict[str, Any]:
    return {
        "URL": info.url,
        "localId": str(info.id),
        "kind": info.kind.value,
        "timestamp": show_moment(write_moment(info.created_at)),
        "lastUsage": show_moment(write_moment(info.last_usage)) if info.last_usage else None,
        "numberOfHits": info.hits,
    }


contexts = resource(
    GET=Operation(list_contexts, names("details kind"), (Media.JSON,)), POST=Operation(add_context, names("local"))
)
context = resource(GET=Operation(get_context, names("details"), JSON_OR_LD), DELETE=Operation(delete_context, names("reload")))
