"""Which settings of a connection are secrets, at whatever depth, and how they are taken out of it and put back.

A setting is a secret by its name. Where it stands is written as a path: `password` at the top, `/broker/password` or
`/users/0/token` below (RFC 6901, without its escapes at the top).
"""

from collections.abc import Iterator, Mapping
from typing import Any

ENDINGS = ("password", "passphrase", "secret", "token", "private_key")
ADDRESSES = frozenset({"host", "port", "endpoint", "url", "address", "server", "user", "username"})
MASK = "******"
DEEPEST = 16


class TooDeep(ValueError):
    """More levels than any connection needs."""


def is_secret(name: str) -> bool:
    """Whether a setting is a secret: `password`, `user_password`, `token`, `private_key` …"""
    return name.endswith(ENDINGS)


def split_secrets(connection: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A connection without its secrets, and these by their paths; raises TooDeep."""
    secrets: dict[str, Any] = {}
    return _without(connection, (), secrets), secrets


def with_secrets(plain: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Put secrets back where they stood; those whose place is gone are left out. What is given stays as it is."""
    whole: dict[str, Any] = _copied(plain)
    for path, value in secrets.items():
        *way, name = steps_of(path)
        place = _reach(whole, way)
        if isinstance(place, dict):
            place[name] = value
    return whole


def addresses_of(connection: Any, way: str = "") -> dict[str, str]:
    """Where a connection leads and for whom, at whatever depth."""
    if isinstance(connection, list | tuple):
        connection = dict(enumerate(connection))
    if not isinstance(connection, Mapping):
        return {}
    found = {f"{way}/{name}": str(one) for name, one in connection.items() if str(name) in ADDRESSES and one not in ("", None)}
    for name, one in connection.items():
        found |= addresses_of(one, f"{way}/{name}")
    return found


def kept_secrets(before: Mapping[str, Any], given: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The secrets of a connection that is replaced: what is given, and of those before what was left out or given as the mask.

    An empty one goes, and one whose surroundings are gone. In a list nothing but the mask keeps one, as places in it move.
    """
    stay = {path: value for path, value in before.items() if _stays(path, given, plain)}
    fresh = {path: value for path, value in given.items() if value != MASK}
    return {path: value for path, value in (stay | fresh).items() if value not in ("", None)}


def steps_of(path: str) -> list[str]:
    """The names on the way."""
    if not path.startswith("/"):
        return [path]
    return [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]


def _stays(path: str, given: Mapping[str, Any], plain: Mapping[str, Any]) -> bool:
    if path in given:
        return bool(given[path] == MASK)
    *way, _ = steps_of(path)
    return all(not isinstance(place, list) for place in _along(plain, way)) and isinstance(_reach(plain, way), dict)


def _along(plain: Any, way: list[str]) -> Iterator[Any]:
    return (_reach(plain, way[:length]) for length in range(len(way)))


def _reach(place: Any, way: list[str]) -> Any:
    """What stands at the end of a way; None where it breaks off."""
    for step in way:
        if isinstance(place, Mapping):
            place = place.get(step)
        elif isinstance(place, list) and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        else:
            return None
    return place


def _path(way: tuple[str, ...]) -> str:
    if len(way) == 1 and not way[0].startswith("/"):
        return way[0]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in way)


def _without(value: Any, way: tuple[str, ...], secrets: dict[str, Any]) -> Any:
    if len(way) > DEEPEST:
        raise TooDeep
    if isinstance(value, Mapping):
        kept = {}
        for name, one in value.items():
            here = (*way, str(name))
            if is_secret(str(name)):
                secrets[_path(here)] = one if isinstance(one, Mapping | list) else str(one or "")
            else:
                kept[name] = _without(one, here, secrets)
        return kept
    if isinstance(value, list | tuple):
        return [_without(one, (*way, str(place)), secrets) for place, one in enumerate(value)]
    return value


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
