"""What the operations that write share: outcomes in the standard's words, and guards."""

from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import BatchResult, EntityWritten
from yuzhou.capabilities.sense.http.ngsild.answers import answer, details, nothing
from yuzhou.capabilities.sense.http.ngsild.resource import Call
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, bad_data, not_found
from yuzhou.capabilities.sense.rules.ngsild.query.types import matches_types, parse_type_query
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_fragment


def updated(call: Call, written: EntityWritten) -> HttpResponse:
    """204, or an UpdateResult where something was left (5.2.18)."""
    if not written.not_updated:
        return nothing()
    body = {
        "updated": [call.context.compact(name) for name in written.updated],
        "notUpdated": [
            {"attributeName": call.context.compact(name), "reason": details(problem)["detail"]}
            for name, problem in written.not_updated
        ],
    }
    return answer(body, status=207)


def batch_result(result: BatchResult, unread: list[tuple[str, Problem]], done: HttpResponse) -> HttpResponse:
    """What an operation answers when all went well, else a BatchOperationResult (5.2.16)."""
    errors = [*unread, *result.errors]
    if not errors:
        return done
    told = [{"entityId": urn, "error": details(problem)} for urn, problem in errors]
    return answer({"success": list(result.success), "errors": told}, status=207)


def checked_urn(urn: str) -> str:
    """The id in an address; raises Problem for what is no URI."""
    return checked_uri(urn, "id")


def fragment_for(call: Call, urn: str, purpose: Purpose) -> Any:
    """The fragment in the body, which is of this entity if it says of which; raises Problem."""
    checked_urn(urn)
    fragment = read_fragment(call.body(), call.context, purpose)
    if fragment.id not in (None, urn):
        raise bad_data("other-entity", id=str(fragment.id)[:100])
    guard_type(call, urn)
    return fragment


def guard_type(call: Call, urn: str) -> None:
    """An entity that is not of the type asked for is not there; raises Problem."""
    given = call.given.text("type")
    if given is not None:
        entity = api.get_entity(actor=call.actor, urn=urn, tenant=call.tenant)
        if not matches_types(parse_type_query(given, call.context), entity.types):
            raise not_found("entity-unknown", id=urn)
