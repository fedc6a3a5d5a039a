"""What an attribute of each type may hold (clauses 4.5.2, 4.5.3, 4.5.18 to 4.5.24)."""

import json
from enum import Enum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.geometry import checked_geometry
from yuzhou.capabilities.sense.rules.ngsild.names import checked_uri, is_language
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL, Kind

DEEPEST = 32  # objects and arrays in a value
_SCALARS = (str, int, float, bool)


class Nulls(Enum):
    """Where NGSI-LD Null stands for removal: nowhere, in place of a value, or within values as well."""

    NONE = 0
    TOP = 1
    DEEP = 2


def read_value(kind: Kind, value: Any, name: str, context: Context, nulls: Nulls) -> Any:
    """The value as it is kept; raises Problem that names the attribute."""
    if value is None:
        raise bad_data("null", name=name)
    if kind is Kind.PROPERTY and isinstance(value, _SCALARS):
        if value == NULL and nulls is Nulls.NONE:
            raise bad_data("ngsild-null", name=name)
        return value
    if value in (NULL, [NULL], {"@none": NULL}):
        return _null(kind, name, nulls)
    match kind:
        case Kind.PROPERTY | Kind.JSON_PROPERTY:
            return _checked_json(value, name, nulls)
        case Kind.GEO_PROPERTY:
            return checked_geometry(_decoded(value), name)
        case Kind.RELATIONSHIP:
            return [checked_uri(one, name) for one in value] if isinstance(value, list) and value else checked_uri(value, name)
        case Kind.LANGUAGE_PROPERTY:
            return _language_map(value, name, nulls)
        case Kind.VOCAB_PROPERTY:
            return _vocabulary(value, name, context)
        case Kind.LIST_PROPERTY:
            return _checked_json(_array(value, name), name, nulls)
        case Kind.LIST_RELATIONSHIP:
            return [_object(one, name) for one in _array(value, name)]


def _null(kind: Kind, name: str, nulls: Nulls) -> Any:
    if nulls is Nulls.NONE:
        raise bad_data("ngsild-null", name=name)
    if kind is Kind.LANGUAGE_PROPERTY:
        return {"@none": NULL}
    return [NULL] if kind in (Kind.LIST_PROPERTY, Kind.LIST_RELATIONSHIP) else NULL


def _checked_json(value: Any, name: str, nulls: Nulls) -> Any:
    """Any JSON that is not too deep, and without Null where it has no meaning."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, dict | list):
            if depth >= DEEPEST:
                raise bad_data("value-deep", name=name, most=DEEPEST)
            waiting.extend((part, depth + 1) for part in (one.values() if isinstance(one, dict) else one))
        elif one == NULL and nulls is not Nulls.DEEP:
            raise bad_data("ngsild-null", name=name)
    return value


def _decoded(value: Any) -> Any:
    """A geometry that a client of early versions wrote as a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _language_map(value: Any, name: str, nulls: Nulls) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise bad_data("language-map", name=name)
    for tag, text in value.items():
        texts = text if isinstance(text, list) else [text]
        if not is_language(tag) or not texts or not all(isinstance(one, str) for one in texts):
            raise bad_data("language-map", name=name)
        if NULL in texts and nulls is not Nulls.DEEP:
            raise bad_data("ngsild-null", name=name)
    return value


def _vocabulary(value: Any, name: str, context: Context) -> str | list[str]:
    words = value if isinstance(value, list) else [value]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise bad_data("vocabulary", name=name)
    expanded = [context.expand(word) for word in words]
    return expanded if isinstance(value, list) else expanded[0]


def _array(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_data("list", name=name)
    return value


def _object(value: Any, name: str) -> str:
    return checked_uri(value.get("object") if isinstance(value, dict) else value, name)
