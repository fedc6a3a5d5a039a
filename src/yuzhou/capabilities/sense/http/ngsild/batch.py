"""Batches of entities (clauses 5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, BatchResult
from yuzhou.capabilities.sense.http.ngsild.answers import answer, nothing
from yuzhou.capabilities.sense.http.ngsild.negotiation import WITH_GEO
from yuzhou.capabilities.sense.http.ngsild.parameters import names
from yuzhou.capabilities.sense.http.ngsild.queries import POST_PARAMETERS, query_by_body
from yuzhou.capabilities.sense.http.ngsild.resource import Call, Operation, resource
from yuzhou.capabilities.sense.http.ngsild.writes import batch_result
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.entity import Fragment
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data
from yuzhou.capabilities.sense.rules.ngsild.reading import Purpose, read_entity, read_fragment
from yuzhou.capabilities.sense.rules.ngsild.times import read_date_time

Item = TypeVar("Item")
Unread = list[tuple[str, Problem]]


def batch_create(call: Call) -> HttpResponse:
    """POST /entityOperations/create."""
    every, unread = _read(call, read_entity)
    result = api.batch_create(actor=call.actor, entities=every, tenant=call.tenant)
    return batch_result(result, unread, answer(list(result.created), status=201))


def batch_upsert(call: Call) -> HttpResponse:
    """POST /entityOperations/upsert."""
    options = call.given.options("replace", "update")
    every, unread = _read(call, read_entity)
    result = api.batch_upsert(actor=call.actor, entities=every, update="update" in options, tenant=call.tenant)
    done = answer(list(result.created), status=201) if result.created else nothing()
    return batch_result(result, unread, done)


def batch_update(call: Call) -> HttpResponse:
    """POST /entityOperations/update."""
    overwrite = "noOverwrite" not in call.given.options("noOverwrite")
    every, unread = _read(call, _fragment(Purpose.APPEND))
    result = api.batch_update(actor=call.actor, fragments=every, overwrite=overwrite, tenant=call.tenant)
    return batch_result(result, unread, nothing())


def batch_merge(call: Call) -> HttpResponse:
    """POST /entityOperations/merge."""
    call.given.form()
    observed = call.given.text("observedAt")
    moment = read_date_time(observed, "observedAt") if observed else None
    every, unread = _read(call, _fragment(Purpose.MERGE))
    result = api.batch_merge(actor=call.actor, fragments=every, observed_at=moment, tenant=call.tenant)
    return batch_result(result, unread, nothing())


def batch_delete(call: Call) -> HttpResponse:
    """POST /entityOperations/delete."""
    body = call.body()
    if not isinstance(body, list) or not body:
        raise bad_data("batch-form")
    _check_size(len(body))
    urns: dict[str, None] = {}
    unread: Unread = []
    for one in body:
        try:
            urns[checked_uri(one, "id")] = None
        except Problem as problem:
            unread.append((str(one)[:200], problem))
    result = api.batch_delete(actor=call.actor, urns=list(urns), tenant=call.tenant) if urns else BatchResult()
    return batch_result(result, unread, nothing())


def _fragment(purpose: Purpose) -> Callable[[Any, Context], Fragment]:
    def read(body: Any, context: Context) -> Fragment:
        fragment = read_fragment(body, context, purpose)
        if fragment.id is None:
            raise bad_data("missing", member="id")
        return fragment

    return read


def _read(call: Call, read: Callable[[Any, Context], Item]) -> tuple[list[Item], Unread]:
    """What can be read of a batch, and what is wrong with the rest."""
    every: list[Item] = []
    unread: Unread = []
    for number, (body, context) in enumerate(call.bodies()):
        _check_size(number + 1)
        try:
            if isinstance(context, Problem):
                raise context
            every.append(read(body, context))
        except Problem as problem:
            urn = body.get("id", body.get("@id", "")) if isinstance(body, dict) else ""
            unread.append((urn if isinstance(urn, str) else "", problem))
    return every, unread


def _check_size(number: int) -> None:
    if number > MOST_ENTITIES:
        raise Problem(ProblemKind.TOO_COMPLEX_QUERY, "batch-large", most=MOST_ENTITIES)


create = resource(POST=Operation(batch_create, names("local")))
upsert = resource(POST=Operation(batch_upsert, names("options local")))
update = resource(POST=Operation(batch_update, names("options local")))
merge = resource(POST=Operation(batch_merge, names("options format observedAt local")))
delete = resource(POST=Operation(batch_delete, names("local")))
query = resource(POST=Operation(query_by_body, POST_PARAMETERS, WITH_GEO))
