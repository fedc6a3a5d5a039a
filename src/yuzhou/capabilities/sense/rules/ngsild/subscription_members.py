"""The members of a subscription: each read from what a client wrote, names as IRIs (clauses 5.2.12 to 5.2.14, 5.2.33)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.endpoint import fault, read_endpoint
from yuzhou.capabilities.sense.rules.ngsild.interest import ATTRIBUTE_TRIGGERS, ENTITY_TRIGGERS
from yuzhou.capabilities.sense.rules.ngsild.query.geo import parse_geo_query
from yuzhou.capabilities.sense.rules.ngsild.query.logic import leaves
from yuzhou.capabilities.sense.rules.ngsild.query.patterns import checked_pattern
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import parse_scope_query
from yuzhou.capabilities.sense.rules.ngsild.query.types import parse_type_query
from yuzhou.capabilities.sense.rules.ngsild.times import read_date_time

Document = dict[str, Any]
TRIGGERS = (*ENTITY_TRIGGERS, *ATTRIBUTE_TRIGGERS)
FORMATS = ("normalized", "concise", "keyValues", "simplified")
PLAIN = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"))
MOST = 200  # selectors, names
LONGEST_TEXT = 2000
LONGEST_SECONDS = 366 * 86_400
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]{1,500}")
_TYPE_NAME = re.compile(r"[^|,;()]+")


def type_iris(selection: str, context: Context) -> list[str]:
    """The types that a type selection names; none for `*`."""
    return [] if selection == "*" else sorted({leaf.iri for leaf in leaves(parse_type_query(selection, context))})


def rename_types(selection: str, rename: Callable[[str], str]) -> str:
    """A type selection with other names for its types."""
    return _TYPE_NAME.sub(lambda found: rename(found[0].strip()), selection)


def text(given: Any, member: str, context: Context) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_TEXT:
        raise fault(member)
    return given


def _boolean(given: Any, member: str, context: Context) -> bool:
    if not isinstance(given, bool):
        raise fault(member)
    return given


def _seconds(given: Any, member: str, context: Context) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= LONGEST_SECONDS:
        raise fault(member)
    return given


def _moment(given: Any, member: str, context: Context) -> str:
    return read_date_time(given, member)


def _uri(given: Any, member: str, context: Context) -> str:
    if not isinstance(given, str) or _URI.fullmatch(given) is None:
        raise fault(member)
    return given


def _list(given: Any, member: str) -> list[Any]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise fault(member)
    return given


def _names(given: Any, member: str, context: Context) -> list[str]:
    names = [given] if isinstance(given, str) else _list(given, member)
    return [name if name in PLAIN else context.expand(text(name, member, context)) for name in names]


def _uris(given: Any, member: str, context: Context) -> list[str]:
    names = [given] if isinstance(given, str) else _list(given, member)
    return [name if name == "@none" else _uri(name, member, context) for name in names]


def _triggers(given: Any, member: str, context: Context) -> list[str]:
    for name in _list(given, member):
        if name not in TRIGGERS:
            raise fault(member)
    return list(dict.fromkeys(given))


def _selectors(given: Any, member: str, context: Context) -> list[Document]:
    return [_selector(one, context) for one in _list(given, member)]


def _selector(given: Any, context: Context) -> Document:
    if not isinstance(given, Mapping):
        raise fault("entities")
    selection = text(given.get("type"), "entities.type", context)
    read: Document = {"type": selection if selection == "*" else rename_types(selection, context.expand)}
    read |= {"types": type_iris(selection, context)}
    if given.get("id") is not None:
        read["id"] = _uri(given["id"], "entities.id", context)
    elif given.get("idPattern") is not None:
        read["idPattern"] = checked_pattern(text(given["idPattern"], "entities.idPattern", context))
    return read


def _query(given: Any, member: str, context: Context) -> str:
    parse_query(text(given, member, context), context)
    return str(given)


def _scope_query(given: Any, member: str, context: Context) -> str:
    parse_scope_query(text(given, member, context))
    return str(given)


def _geo_query(given: Any, member: str, context: Context) -> Document:
    if not isinstance(given, Mapping):
        raise fault(member)
    query = parse_geo_query(
        georel=given.get("georel"),
        geometry=given.get("geometry"),
        coordinates=given.get("coordinates"),
        geoproperty=given.get("geoproperty"),
        context=context,
    )
    if query is None:
        raise fault(member)
    return {
        "georel": given["georel"],
        "geometry": given["geometry"],
        "coordinates": query.geometry["coordinates"],
        "geoproperty": query.geoproperty,
    }


def _notification(given: Any, member: str, context: Context) -> Document:
    if not isinstance(given, Mapping):
        raise fault(member)
    read: Document = {}
    for name, reader in NOTIFICATION.items():
        if name in given:
            value = given[name]
            read[name] = None if value is None else reader(value, f"notification.{name}", context)
    if given.get("endpoint", ...) is None:
        raise fault("notification.endpoint")
    return read


def _choice(*choices: str) -> Callable[[Any, str, Context], str]:
    def read(given: Any, member: str, context: Context) -> str:
        if given not in choices:
            raise fault(member)
        return str(given)

    return read


def _level(given: Any, member: str, context: Context) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 10:
        raise fault(member)
    return given


NOTIFICATION: dict[str, Callable[[Any, str, Context], Any]] = {
    "attributes": _names,
    "pick": _names,
    "omit": _names,
    "format": _choice(*FORMATS),
    "sysAttrs": _boolean,
    "showChanges": _boolean,
    "join": _choice("flat", "inline", "@none"),
    "joinLevel": _level,
    "endpoint": lambda given, member, context: read_endpoint(given),
}
MEMBERS: dict[str, Callable[[Any, str, Context], Any]] = {
    "id": _uri,
    "subscriptionName": text,
    "description": text,
    "entities": _selectors,
    "watchedAttributes": _names,
    "notificationTrigger": _triggers,
    "timeInterval": _seconds,
    "q": _query,
    "geoQ": _geo_query,
    "scopeQ": _scope_query,
    "isActive": _boolean,
    "expiresAt": _moment,
    "throttling": _seconds,
    "lang": text,
    "datasetId": _uris,
    "jsonldContext": _uri,
    "localOnly": _boolean,
    "notification": _notification,
}
