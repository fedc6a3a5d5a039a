"""How the profiles of vehicles are written: properties with titles in both languages, and rules on them."""

from collections.abc import Mapping

from yuzhou.capabilities.sense.contracts import Bound, Definition, Feed, Level, Limit, PropertySpec, RuleTemplate, Severity
from yuzhou.capabilities.sense.contracts.profiles import PropertyKind
from yuzhou.kernel.text import Text

YES_NO = {0: Text("否", "No"), 1: Text("是", "Yes")}
"""The names of what is so or not so."""


def number(
    name: str,
    zh: str,
    en: str,
    unit: str = "1",
    low: float | None = None,
    high: float | None = None,
    *,
    kind: PropertyKind = "number",
    optional: bool = False,
) -> PropertySpec:
    """A measured or counted property."""
    return PropertySpec(name, Text(zh, en), unit, kind, low, high, optional=optional)


def boolean(name: str, zh: str, en: str, *, optional: bool = True) -> PropertySpec:
    """A property that is 0 or 1."""
    return PropertySpec(name, Text(zh, en), kind="boolean", names=YES_NO, optional=optional)


def enumeration(name: str, zh: str, en: str, names: Mapping[int, Text], *, optional: bool = False) -> PropertySpec:
    """A property whose numbers have names."""
    return PropertySpec(name, Text(zh, en), kind="enumeration", names=names, optional=optional)


def above(key: str, zh: str, en: str, name: str, levels: Mapping[Severity, float]) -> RuleTemplate:
    """An alarm as soon as a property is above a limit, gone with the first value that is not; the gravest level counts."""
    feed = Feed(name, "rtd")
    found = (Level(severity, Limit(feed, (Bound(high=limit),))) for severity, limit in levels.items())
    return RuleTemplate(key, Text(zh, en), Definition(tuple(found)))


def is_set(name: str, zh: str, en: str, severity: Severity) -> RuleTemplate:
    """An alarm while a bit is set."""
    return above(name, zh, en, name, {severity: 0.5})
