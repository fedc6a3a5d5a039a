"""Which members of entities are answered: `pick`, `omit` and `attrs` (clause 4.21)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.names import checked_name
from yuzhou.capabilities.sense.rules.ngsild.problems import too_complex
from yuzhou.capabilities.sense.rules.ngsild.query.logic import Scanner

MOST_NAMES = 256
DEEPEST = 4
MEMBERS = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"))
_ENDS = frozenset(",|{}")


@dataclass(frozen=True, slots=True)
class Projection:
    """Names (IRIs of attributes, and `id`, `type`, `scope` …), and for relationships which members of what they point to."""

    names: frozenset[str]
    nested: Mapping[str, "Projection"] = field(default_factory=dict, hash=False)

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes alone."""
        return self.names - MEMBERS


@lru_cache(512)
def parse_projection(text: str, context: Context, language: str = "pick") -> Projection:
    """The projection of a `pick`, `omit` or `attrs`; raises Problem."""
    scanner = Scanner(text, language)
    projection = _read(scanner, context, 0)
    if scanner.at != len(text):
        raise scanner.fault()
    return projection


def _read(scanner: Scanner, context: Context, depth: int) -> Projection:
    if depth > DEEPEST:
        raise too_complex("query-deep", language=scanner.language, most=DEEPEST)
    names: set[str] = set()
    nested: dict[str, Projection] = {}
    while True:
        name = _name(scanner, context)
        names.add(name)
        scanner.leaves += 1
        if scanner.leaves > MOST_NAMES:
            raise too_complex("query-leaves", language=scanner.language, most=MOST_NAMES)
        if scanner.take("{"):
            nested[name] = _read(scanner, context, depth + 1)
            scanner.expect("}")
        if not (scanner.take(",") or scanner.take("|")):
            return Projection(frozenset(names), nested)


def _name(scanner: Scanner, context: Context) -> str:
    start = scanner.at
    while scanner.peek() and scanner.peek() not in _ENDS:
        scanner.at += 1
    name = scanner.text[start : scanner.at].strip()
    if not name:
        raise scanner.fault()
    return name if name in MEMBERS else context.expand(checked_name(name))
