"""Where notifications go: the Endpoint of a subscription (clauses 5.2.15 and 7.2)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, bad_data

JSON, JSON_LD, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
ACCEPTED = (JSON, JSON_LD, GEO_JSON)
SCHEMES = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}
MQTT_VERSIONS = ("mqtt3.1.1", "mqtt5.0")
MASK = "******"
LONGEST_URI = 2000
LONGEST_WAIT = 3_600_000  # ms
MOST_PAIRS = 32
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "content-type")
)
_SECRETS = re.compile(r"authori[sz]ation|cookie|token|secret|passw|api-?key|credential", re.IGNORECASE)


def read_endpoint(given: Any) -> dict[str, Any]:
    """An endpoint, checked; raises Problem. Whether its address may be reached is another question."""
    if not isinstance(given, Mapping):
        raise fault("notification.endpoint")
    read: dict[str, Any] = {"uri": _uri(given.get("uri")), "accept": given.get("accept", JSON)}
    if read["accept"] not in ACCEPTED:
        raise fault("endpoint.accept")
    for member in ("timeout", "cooldown"):
        if member in given:
            read[member] = _milliseconds(given[member], f"endpoint.{member}")
    for member in ("receiverInfo", "notifierInfo"):
        if member in given:
            read[member] = _pairs(given[member], f"endpoint.{member}")
    _check_headers(read.get("receiverInfo", ()))
    _check_mqtt(read.get("notifierInfo", ()))
    return read


def fault(member: str) -> Problem:
    """A member is not what the standard has there."""
    return bad_data("subscription-member", member=member)


def is_mqtt(uri: str) -> bool:
    """Whether the address is that of a broker."""
    return uri.startswith(("mqtt:", "mqtts:"))


def masked(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint as it is shown: what opens other doors is covered."""
    shown = dict(endpoint)
    parts = urlsplit(shown["uri"])
    if parts.password is not None:
        shown["uri"] = shown["uri"].replace(f":{parts.password}@", f":{MASK}@", 1)
    if "receiverInfo" in shown:
        shown["receiverInfo"] = [
            {"key": one["key"], "value": MASK if _SECRETS.search(one["key"]) else one["value"]} for one in shown["receiverInfo"]
        ]
    return shown


def unmasked(given: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A changed endpoint in which what was sent back covered is what it was."""
    if before is None:
        return given
    kept = dict(given)
    old = urlsplit(before["uri"])
    if f":{MASK}@" in kept["uri"] and old.password is not None:
        kept["uri"] = kept["uri"].replace(f":{MASK}@", f":{old.password}@", 1)
    values = {one["key"]: one["value"] for one in before.get("receiverInfo", ())}
    if "receiverInfo" in kept:
        kept["receiverInfo"] = [
            {"key": one["key"], "value": values.get(one["key"], MASK) if one["value"] == MASK else one["value"]}
            for one in kept["receiverInfo"]
        ]
    return kept


def _uri(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_URI or not given.isprintable() or " " in given:
        raise fault("endpoint.uri")
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise fault("endpoint.uri") from error
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        raise fault("endpoint.uri")
    if parts.scheme.startswith("http") and (parts.username is not None or parts.password is not None):
        raise fault("endpoint.uri")
    if parts.scheme.startswith("mqtt") and (parts.path in ("", "/") or "+" in parts.path or "#" in given):
        raise fault("endpoint.uri")
    return given


def _milliseconds(given: Any, member: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= LONGEST_WAIT:
        raise fault(member)
    return given


def _pairs(given: Any, member: str) -> list[dict[str, str]]:
    if not isinstance(given, list) or len(given) > MOST_PAIRS:
        raise fault(member)
    pairs = []
    for one in given:
        if not isinstance(one, Mapping) or not isinstance(one.get("key"), str) or not isinstance(one.get("value"), str | int):
            raise fault(member)
        value = str(one["value"])
        if len(value) > LONGEST_URI or any(sign in value for sign in "\r\n\0"):
            raise fault(member)
        pairs.append({"key": one["key"], "value": value})
    return pairs


def _check_headers(pairs: Any) -> None:
    for pair in pairs:
        if _HEADER.fullmatch(pair["key"]) is None or pair["key"].lower() in _OURS or not pair["value"].isascii():
            raise fault("endpoint.receiverInfo")


def _check_mqtt(pairs: Any) -> None:
    for pair in pairs:
        if pair["key"] == "MQTT-Version" and pair["value"] not in MQTT_VERSIONS:
            raise fault("endpoint.notifierInfo")
        if pair["key"] == "MQTT-QoS" and pair["value"] not in ("0", "1", "2"):
            raise fault("endpoint.notifierInfo")
