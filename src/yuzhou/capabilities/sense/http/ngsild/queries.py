"""Queries for entities: by the address, and by a body (clauses 5.7.2, 6.4.3.2, 6.23)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import MOST_ENTITIES, EntityQuery, EntitySelector
from yuzhou.capabilities.sense.http.ngsild.answers import page_links
from yuzhou.capabilities.sense.http.ngsild.parameters import Parameters, names
from yuzhou.capabilities.sense.http.ngsild.resource import Call
from yuzhou.capabilities.sense.http.ngsild.views import VIEW_PARAMETERS, read_attrs, read_view, tell_entities
from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, bad_request, not_supported
from yuzhou.capabilities.sense.rules.ngsild.query.geo import parse_geo_query
from yuzhou.capabilities.sense.rules.ngsild.query.ordering import parse_ordering
from yuzhou.capabilities.sense.rules.ngsild.query.patterns import checked_pattern
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import parse_scope_query
from yuzhou.capabilities.sense.rules.ngsild.query.types import parse_type_query

FILTERS = names("id type idPattern attrs q csf scopeQ georel geometry coordinates geoproperty expandValues jsonKeys local")
PAGE = names("limit offset count after")
ORDER = names("orderBy orderFrom orderGeometry collation")
QUERY_PARAMETERS = names(FILTERS, PAGE, ORDER, VIEW_PARAMETERS, "entityMap splitEntities")
POST_PARAMETERS = names(PAGE, "options format local geometryProperty entityMap splitEntities")
_MEMBERS = names(
    FILTERS, VIEW_PARAMETERS, "type entities geoQ ordering temporalQ splitEntities"
) - names("id idPattern georel geometry coordinates geoproperty options format")  # fmt: skip
_ORDERING = {"orderBy": "orderBy", "geometry": "orderGeometry", "coordinates": "orderFrom", "collation": "collation"}
_PARTS = names("type geoQ ordering temporalQ")
_TIME = names("timerel timeAt endTimeAt timeproperty lastN")
_GEO = names("georel geometry coordinates geoproperty")


def query_entities(call: Call) -> HttpResponse:
    """GET /entities."""
    return _tell_page(call, call.given)


def query_by_body(call: Call) -> HttpResponse:
    """POST /entityOperations/query."""
    body = call.body()
    return _tell_page(call, Parameters({**of_body(body), **call.given.given}))


def _tell_page(call: Call, given: Parameters) -> HttpResponse:
    context = call.context
    query = read_query(given, context)
    view = read_view(given, context)
    limit, offset = given.limit(), given.offset()
    page = api.find_entities(
        actor=call.actor,
        query=EntityQuery(
            **query, tenant=call.tenant, limit=limit, offset=offset, after=given.text("after"), with_count=given.flag("count")
        ),
    )
    counted = {} if page.count is None else {"NGSILD-Results-Count": str(page.count)}
    links = page_links(call.request, after=page.next, offset=offset, limit=limit)
    return tell_entities(call, page.entities, view, links, **counted)


def read_query(given: Parameters, context: Context) -> dict[str, Any]:
    """The conditions of an EntityQuery; raises Problem, also where they would select everything there is (5.7.2.4)."""
    if given.flag("entityMap") or given.flag("splitEntities"):
        raise not_supported("distributed", member="entityMap")
    if given.value("csf") is not None:
        raise not_supported("distributed", member="csf")
    selectors = _selectors(given, context)
    geo = parse_geo_query(
        georel=given.value("georel"),
        geometry=given.value("geometry"),
        coordinates=given.value("coordinates"),
        geoproperty=given.text("geoproperty"),
        context=context,
    )
    q, scope_q = given.text("q"), given.text("scopeQ")
    attributes = read_attrs(given, context)
    has_types = any(one.types is not None for one in selectors)
    if not (has_types or attributes or q or geo or given.flag("local")):
        raise bad_data("query-wide")
    return {
        "selectors": selectors,
        "attributes": attributes,
        "q": parse_query(q, context, expand_values=given.many("expandValues"), json_keys=given.many("jsonKeys")) if q else None,
        "scope_q": parse_scope_query(scope_q) if scope_q else None,
        "geo": geo,
        "ordering": parse_ordering(
            order_by=given.text("orderBy"),
            order_from=given.value("orderFrom"),
            order_geometry=given.text("orderGeometry"),
            collation=given.text("collation"),
            context=context,
        ),
    }


def _selectors(given: Parameters, context: Context) -> tuple[EntitySelector, ...]:
    every = given.value("entities")
    if every is not None:
        if not isinstance(every, list) or not every:
            raise bad_data("query-entities")
        if len(every) > MOST_ENTITIES:
            raise Problem(ProblemKind.TOO_COMPLEX_QUERY, "batch-large", most=MOST_ENTITIES)
        return tuple(_selector(one, context) for one in every)
    kind, pattern, ids = given.text("type"), given.text("idPattern"), given.uris("id")
    if not (kind or pattern or ids):
        return ()
    types = parse_type_query(kind, context) if kind and kind != "*" else None
    return (EntitySelector(ids, checked_pattern(pattern) if pattern else "", types),)


def _selector(one: Any, context: Context) -> EntitySelector:
    """An EntitySelector of a body (5.2.33)."""
    if not isinstance(one, dict) or not one.keys() <= {"id", "idPattern", "type"}:
        raise bad_data("query-entities")
    given = Parameters(one)
    kind, pattern = given.text("type"), given.text("idPattern")
    if kind is None:
        raise bad_data("missing", member="entities.type")
    ids = one.get("id", ())
    ids = ids if isinstance(ids, list | tuple) else [ids]
    return EntitySelector(
        tuple(checked_uri(urn, "id") for urn in ids),
        checked_pattern(pattern) if pattern else "",
        parse_type_query(kind, context) if kind != "*" else None,
    )


def of_body(body: Any, *, is_temporal: bool = False) -> dict[str, Any]:
    """The parameters in a Query (5.2.23); raises Problem."""
    if not isinstance(body, Mapping):
        raise bad_request("no-object")
    if body.get("type") != "Query":
        raise bad_data("query-type")
    for member in body:
        if member not in _MEMBERS:
            raise bad_data("query-member", member=member[:60])
    if body.get("temporalQ") is not None and not is_temporal:
        raise bad_data("query-member", member="temporalQ")
    found = {name: value for name, value in body.items() if name not in _PARTS and value is not None}
    found |= _part(body, "temporalQ", {name: name for name in _TIME})
    found |= _part(body, "geoQ", {name: name for name in _GEO})
    found |= _part(
        body,
        "ordering",
        _ORDERING,
    )
    if isinstance(found.get("orderBy"), list):
        found["orderBy"] = ",".join(str(one) for one in found["orderBy"])
    return found


def _part(body: Mapping[str, Any], member: str, names_of: Mapping[str, str]) -> dict[str, Any]:
    part = body.get(member)
    if part is None:
        return {}
    if not isinstance(part, Mapping) or not part.keys() <= names_of.keys():
        raise bad_data("query-member", member=member)
    return {names_of[name]: value for name, value in part.items()}
