"""Queries as SQL over `sense_entity`: one statement, and what clients wrote only ever as its parameters."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from yuzhou.capabilities.sense.contracts.entities import EntityQuery, EntitySelector
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery
from yuzhou.capabilities.sense.rules.ngsild.query.logic import And, Or, Tree
from yuzhou.capabilities.sense.rules.ngsild.query.q import (
    Date,
    DateTime,
    Literal,
    Op,
    Path,
    Query,
    Range,
    Term,
    Time,
    Uri,
    Values,
)
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import ScopePattern, ScopeQuery
from yuzhou.capabilities.sense.rules.ngsild.query.search_box import search_box
from yuzhou.capabilities.sense.rules.ngsild.query.types import TypeQuery
from yuzhou.capabilities.sense.rules.ngsild.terms import LOCATION, META
from yuzhou.kernel.actor import Scope

Leaf = TypeVar("Leaf")
Params = list[Any]
VALUE = (
    "coalesce({0}->'value', {0}->'object', {0}->'languageMap', {0}->'json', {0}->'vocab', {0}->'valueList', {0}->'objectList')"
)
OWN = {
    "id": "to_jsonb({e}.urn)",
    "type": "to_jsonb({e}.types)",
    "scope": "to_jsonb({e}.scopes)",
    "createdAt": "to_jsonb(sense_moment({e}.created_at))",
    "modifiedAt": "to_jsonb(sense_moment({e}.modified_at))",
    "expiresAt": "to_jsonb(sense_moment({e}.expires_at))",
}
_SIGNS = {Op.EQ: "=", Op.GE: ">=", Op.LE: "<=", Op.GT: ">", Op.LT: "<"}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its parameters in order."""

    text: str
    params: tuple[Any, ...] = ()


def sql(text: str, *params: Any) -> Sql:
    """A piece of SQL."""
    return Sql(text, params)


def joined(parts: list[Sql], word: str) -> Sql:
    """Pieces joined by AND or OR."""
    return Sql("(" + f" {word} ".join(part.text for part in parts) + ")", tuple(p for part in parts for p in part.params))


def tree_sql(tree: Tree[Leaf], leaf: Callable[[Leaf], Sql]) -> Sql:
    """A tree of conditions."""
    if isinstance(tree, And | Or):
        return joined([tree_sql(part, leaf) for part in tree.of], "AND" if isinstance(tree, And) else "OR")
    return leaf(tree)


def reach(scope: Scope, alias: str = "e") -> Sql:
    """Entities that a scope covers; profiles are everyone's who may read anything."""
    if scope.everywhere:
        return sql("true")
    if scope.is_empty:
        return sql("false")
    parts = [sql(f"{alias}.source = 3")]
    if scope.place_paths:
        below = [path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + ".%" for path in scope.place_paths]
        within = f"({alias}.place_path = ANY (%s) OR {alias}.place_path LIKE ANY (%s))"
        parts.append(sql(within, list(scope.place_paths), below))
    if scope.organisations:
        parts.append(sql(f"{alias}.organisation_id = ANY (%s)", list(scope.organisations)))
    return joined(parts, "OR")


def condition(query: EntityQuery, scope: Scope, *, by_box: bool = True) -> Sql:
    """What the database can say of the query: all of it, but for the exact look at geometries.

    Without `by_box` the box is compared, but not searched by index.
    """
    parts = [reach(scope), sql("(e.expires_at IS NULL OR e.expires_at > now())")]
    if query.tenant is not None:
        parts.append(sql("e.organisation_id = %s", query.tenant))
    if query.selectors:
        parts.append(joined([_selector(one) for one in query.selectors], "OR"))
    if query.attributes:
        parts.append(_has_any(list(query.attributes)))
    if query.scope_q is not None:
        parts.append(scope_sql(query.scope_q))
    if query.q is not None:
        parts.append(query_sql(query.q, scope))
    if query.geo is not None:
        box = box_sql(query.geo)
        if box is not None:
            parts.append(box if by_box else Sql(f"CASE WHEN {box.text} THEN true ELSE false END", box.params))
        else:
            parts.append(sql("jsonb_exists(e.document, %s)", query.geo.geoproperty))
    return joined(parts, "AND")


def box_sql(geo: GeoQuery) -> Sql | None:
    """Where the index of boxes is of use to a geo-query."""
    box = search_box(geo)
    if geo.geoproperty != LOCATION or box is None:
        return None
    return sql("e.box && %s::box", "(({},{}),({},{}))".format(*box))


def _selector(one: EntitySelector) -> Sql:
    parts = []
    if one.ids:
        parts.append(sql("e.urn = ANY (%s)", list(one.ids)))
    if one.pattern:
        parts.append(sql("e.urn ~ %s", one.pattern))
    if one.types is not None:
        parts.append(type_sql(one.types))
    return joined(parts, "AND") if parts else sql("true")


def type_sql(query: TypeQuery) -> Sql:
    """A selection of types."""
    return tree_sql(query, lambda leaf: sql("e.types @> %s::text[]", [leaf.iri]))


def scope_sql(query: ScopeQuery) -> Sql:
    """A query of scopes."""
    return tree_sql(query, _scope_leaf)


def _scope_leaf(leaf: ScopePattern) -> Sql:
    if "+" not in leaf.levels and not leaf.and_below:
        return sql("e.scopes @> %s::text[]", ["/" + "/".join(leaf.levels)])
    form = "^" + "".join("/[^/]+" if level == "+" else "/" + level for level in leaf.levels)
    form += "(/|$)" if leaf.and_below else "$"
    return sql("EXISTS (SELECT 1 FROM unnest(e.scopes) s WHERE s ~ %s)", form)


def _has_any(names: list[str]) -> Sql:
    live = "EXISTS (SELECT 1 FROM sense_live l WHERE l.owner = e.source_id AND l.attribute = ANY (%s))"
    return sql(f"(jsonb_exists_any(e.document, %s) OR {live})", names, names)


def query_sql(query: Query, scope: Scope, alias: str = "e") -> Sql:
    """A `q`, over what is stored and what is live."""
    return tree_sql(query, lambda term: _term(term, scope, alias))


def _term(term: Term, scope: Scope, alias: str) -> Sql:
    path = term.path
    if path.link is not None:
        targets = _targets(Path(path.names), alias)
        other = f"{alias}x"
        inner = [reach(scope, other)]
        if path.link.types:
            inner.append(sql(f"{other}.types && %s::text[]", list(path.link.types)))
        inner.append(_term(Term(path.link.path, term.op, term.value), scope, other))
        found = joined(inner, "AND")
        linked = f"{targets.text} JOIN sense_entity_seen {other} ON {other}.urn = t.v #>> '{{}}'"
        return Sql(f"EXISTS (SELECT 1 FROM {linked} WHERE {found.text})", targets.params + found.params)
    return _of_targets(_targets(path, alias), term)


def _of_targets(targets: Sql, term: Term) -> Sql:
    if term.op is None or term.value is None:
        return Sql(f"EXISTS (SELECT 1 FROM {targets.text})", targets.params)
    if term.op in (Op.NE, Op.NOT_MATCH):
        test = _test(Op.EQ if term.op is Op.NE else Op.MATCH, term.value)
        every = f"(SELECT bool_and(NOT coalesce({test.text}, false)) FROM {targets.text})"
        return Sql(f"coalesce({every}, false)", test.params + targets.params)
    test = _test(term.op, term.value)
    return Sql(f"EXISTS (SELECT 1 FROM {targets.text} WHERE {test.text})", targets.params + test.params)


def _targets(path: Path, alias: str) -> Sql:
    """A FROM list that yields as `t.v` each value that a path leads to."""
    first, *more = path.names
    if first in META:
        own = OWN.get(first, "NULL::jsonb").format(e=alias)
        return sql(f"jsonb_path_query({own}, 'lax $[*]') t(v)")
    text = (
        f"(SELECT jsonb_array_elements({alias}.document -> %s) AS v UNION ALL"
        f" SELECT l.instance FROM sense_live l WHERE l.owner = {alias}.source_id AND l.attribute = %s) i"
    )
    params: Params = [first, first]
    last = more.pop() if more and more[-1] in META else None
    if more:
        text += " CROSS JOIN LATERAL jsonb_path_query(i.v, %s::jsonpath) s(v)"
        params.append("lax $" + "".join(f".{json.dumps(name)}[*]" for name in more))
    source = "s.v" if more else "i.v"
    value = f"{source} -> '{last}'" if last else VALUE.format(source)
    if not path.members and not last:
        texts = f"jsonb_path_query_array({source} -> 'languageMap', 'lax $.*')"
        value = f"CASE WHEN jsonb_exists({source}, 'languageMap') THEN {texts} ELSE {value} END"
    members = "".join(".*" if name == "*" else f".{json.dumps(name)}" for name in path.members)
    text += f" CROSS JOIN LATERAL jsonb_path_query({value}, %s::jsonpath) r(v)"
    params.append(f"lax ${members}[*]")
    text += " CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_exists(r.v, '@value') THEN r.v -> '@value' ELSE r.v END) t(v)"
    return Sql(text, tuple(params))


def _test(op: Op, value: Literal | Range | Values) -> Sql:
    """What must hold of `t.v`."""
    if isinstance(value, Range):
        return joined([_test(Op.GE, value.low), _test(Op.LE, value.high)], "AND")
    if isinstance(value, Values):
        return joined([_test(Op.EQ, one) for one in value.of], "OR")
    if op is Op.MATCH:
        return sql("(jsonb_typeof(t.v) = 'string' AND t.v #>> '{}' ~ %s)", value)
    if isinstance(value, bool):
        return sql("t.v = to_jsonb(%s::bool)", value)
    sign = _SIGNS[op]
    if isinstance(value, int | float):
        return sql(f"CASE WHEN jsonb_typeof(t.v) = 'number' THEN (t.v)::numeric {sign} %s::text::numeric END", repr(value))
    if isinstance(value, DateTime):
        guard = r"t.v #>> '{}' ~ '^\d{4}-\d\d-\d\dT' AND pg_input_is_valid(t.v #>> '{}', 'timestamptz')"
        return sql(f"CASE WHEN {guard} THEN (t.v #>> '{{}}')::timestamptz {sign} %s::timestamptz END", value.text)
    text = value.text if isinstance(value, Date | Time | Uri) else value
    if op is Op.EQ:
        return sql("t.v = to_jsonb(%s::text)", text)
    return sql(f"CASE WHEN jsonb_typeof(t.v) = 'string' THEN (t.v #>> '{{}}') COLLATE \"C\" {sign} %s END", text)


def targets_of(path: Path) -> Sql:
    """What a path leads to, for ordering."""
    return _targets(path, "e")
