"""The scope query language (clause 4.19)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from yuzhou.capabilities.sense.rules.ngsild.query.logic import Scanner, Tree, holds, read_whole

_LEVEL = re.compile(r"[^\W\d_]\w*|\+")


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """Levels of a scope (`+` stands for any one level); `and_below` matches the scopes below as well."""

    levels: tuple[str, ...]
    and_below: bool = False

    def matches(self, scope: str) -> bool:
        """Whether a scope (`/A/B`) is of the pattern."""
        own = scope.removeprefix("/").split("/")
        if len(own) < len(self.levels) or (len(own) > len(self.levels) and not self.and_below):
            return False
        return all(wanted in ("+", level) for wanted, level in zip(self.levels, own, strict=False))


ScopeQuery = Tree[ScopePattern]


@lru_cache(512)
def parse_scope_query(text: str) -> ScopeQuery:
    """The tree of a `scopeQ`; raises Problem."""
    return read_whole(Scanner(text, "scopeQ"), _read_pattern, ors=("|", ","))


def matches_scopes(query: ScopeQuery, scopes: tuple[str, ...]) -> bool:
    """Whether an entity with these scopes is meant."""
    return holds(query, lambda pattern: any(pattern.matches(scope) for scope in scopes))


def _read_pattern(scanner: Scanner) -> ScopePattern:
    levels: list[str] = []
    while scanner.take("/") or not levels:
        if scanner.take("#"):
            return ScopePattern(tuple(levels), and_below=True)
        level = _LEVEL.match(scanner.text, scanner.at)
        if level is None:
            raise scanner.fault()
        levels.append(level.group())
        scanner.at = level.end()
    return ScopePattern(tuple(levels))
