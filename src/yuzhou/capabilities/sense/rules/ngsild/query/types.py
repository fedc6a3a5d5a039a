"""The entity type selection language (clause 4.17)."""

from dataclasses import dataclass

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.query.logic import Scanner, Tree, holds, read_whole

ANY = "*"
_ENDS = frozenset("|,;()")


@dataclass(frozen=True, slots=True)
class OfType:
    """Entities of this type (IRI), or of any (`*`)."""

    iri: str


TypeQuery = Tree[OfType]


def parse_type_query(text: str, context: Context) -> TypeQuery:
    """The tree of a `type`; raises Problem."""

    def read_type(scanner: Scanner) -> OfType:
        start = scanner.at
        while scanner.peek() and scanner.peek() not in _ENDS:
            scanner.at += 1
        name = scanner.text[start : scanner.at].strip()
        if not name or any(sign.isspace() or sign in "<>\"'=" for sign in name):
            scanner.at = start
            raise scanner.fault()
        return OfType(name if name == ANY else context.expand(name))

    return read_whole(Scanner(text, "type"), read_type, ors=("|", ","))


def matches_types(query: TypeQuery, types: tuple[str, ...]) -> bool:
    """Whether an entity of these types is meant."""
    return holds(query, lambda leaf: leaf.iri == ANY or leaf.iri in types)
