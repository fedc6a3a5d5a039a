"""The query language (clause 4.9): `q` as a tree of conditions on attributes."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, too_complex
from yuzhou.capabilities.sense.rules.ngsild.query.logic import Scanner, Tree, read_whole
from yuzhou.capabilities.sense.rules.ngsild.query.tokens import LONGEST_PATH, read_members, read_pattern, read_string
from yuzhou.capabilities.sense.rules.ngsild.terms import META
from yuzhou.capabilities.sense.rules.ngsild.times import DATE, DATE_TIME, TIME, read_date, read_date_time, read_time

DEEPEST_LINK = 3  # relationships followed
MOST_VALUES = 256


class Op(StrEnum):
    """An operator of the language."""

    NOT_MATCH = "!~="
    MATCH = "~="
    EQ = "=="
    NE = "!="
    GE = ">="
    LE = "<="
    GT = ">"
    LT = "<"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A moment, as the store writes it: ISO 8601 in UTC with six digits of a second."""

    text: str


@dataclass(frozen=True, slots=True)
class Date:
    """A day, ISO 8601."""

    text: str


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day as the store writes it: six digits of a second, Z."""

    text: str


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI that stands without quotes."""

    text: str


Literal = bool | int | float | str | DateTime | Date | Time | Uri


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both included."""

    low: Literal
    high: Literal


@dataclass(frozen=True, slots=True)
class Values:
    """Any of these."""

    of: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """Where a condition looks: `names` from the entity downwards, `members` inside the value, `link` beyond a relationship.

    Names are IRIs of attributes and sub-attributes; the last one (or the only one) may be a term that the standard keeps for
    itself (`observedAt`, `createdAt`, `unitCode` …), and such a name at the top is the entity's own member. Members of a value
    are as they were written; `*` and a language tag address the languages of a LanguageProperty.
    """

    names: tuple[str, ...]
    members: tuple[str, ...] = ()
    link: "Link | None" = None


@dataclass(frozen=True, slots=True)
class Link:
    """The entities that a relationship points to: of any of the types (IRIs; none for whichever), and the path there."""

    types: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; without an operator, that the path leads somewhere. A pattern is the text of the expression.

    Clients quote URIs, too: a text is compared with objects of relationships and with vocabularies as a Uri is.
    """

    path: Path
    op: Op | None = None
    value: Literal | Range | Values | None = None


Query = Tree[Term]

_NAME = re.compile(r"[^\W\d_][\w-]*(?::[^\W\d_][\w-]*)?")
_TYPE_NAME = re.compile(r"[^\W\d_]\w*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w:])", re.ASCII)
_BARE = re.compile(r"[^\s;|()\",]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")
_OPS = tuple(Op)
_ORDERS = frozenset((Op.GE, Op.LE, Op.GT, Op.LT))


def parse_query(text: str, context: Context, *, expand_values: Collection[str] = (), json_keys: Collection[str] = ()) -> Query:
    """The tree of a `q`.

    `expand_values` names attributes (short) whose values in the query are terms of the context. The members of values are kept
    as clients wrote them, so `json_keys` changes nothing. Raises Problem: BadRequestData for what is not of the grammar,
    TooComplexQuery for what is larger than is evaluated.
    """
    del json_keys
    reader = _Reader(context, frozenset(context.expand(name) for name in expand_values))
    return read_whole(Scanner(text, "q"), reader.term)


def parse_path(text: str, context: Context, language: str) -> Path:
    """A path alone, without a condition; raises Problem."""
    scanner = Scanner(text, language)
    path = _Reader(context, frozenset()).path(scanner, 0)
    if scanner.at != len(text):
        raise scanner.fault()
    return path


class _Reader:
    """Reads terms with the names of one context."""

    def __init__(self, context: Context, expanded: frozenset[str]) -> None:
        self._context = context
        self._expanded = expanded

    def term(self, scanner: Scanner) -> Term:
        path = self.path(scanner, 0)
        op = next((op for op in _OPS if scanner.take(op.value)), None)
        if op is None:
            return Term(path)
        if op in (Op.MATCH, Op.NOT_MATCH):
            return Term(path, op, read_pattern(scanner))
        value = self._value(scanner, path)
        if op in _ORDERS and (isinstance(value, Range | Values | Uri | bool)):
            raise scanner.fault()
        return Term(path, op, value)

    def path(self, scanner: Scanner, depth: int) -> Path:
        names = [self._name(scanner)]
        while scanner.peek() == "." and scanner.text[scanner.at : scanner.at + 2] != "..":
            scanner.at += 1
            names.append(self._name(scanner))
            if len(names) > LONGEST_PATH:
                raise too_complex("query-path", most=LONGEST_PATH)
        if scanner.take("["):
            return Path(tuple(names), read_members(scanner))
        if scanner.take("{"):
            if depth >= DEEPEST_LINK:
                raise too_complex("query-links", most=DEEPEST_LINK)
            link = Link(self._types(scanner), self.path(scanner, depth + 1))
            scanner.expect("}")
            return Path(tuple(names), (), link)
        return Path(tuple(names))

    def _name(self, scanner: Scanner) -> str:
        found = _NAME.match(scanner.text, scanner.at)
        if found is None:
            raise scanner.fault()
        scanner.at = found.end()
        name = found.group()
        return name if name in META else self._context.expand(name)

    def _types(self, scanner: Scanner) -> tuple[str, ...]:
        """The types before a colon, if there are any."""
        start, types = scanner.at, []
        while True:
            found = _TYPE_NAME.match(scanner.text, scanner.at)
            if found is None:
                break
            types.append(self._context.expand(found.group()))
            scanner.at = found.end()
            if scanner.take(":"):
                return tuple(types)
            if not scanner.take(","):
                break
        scanner.at = start
        return ()

    def _value(self, scanner: Scanner, path: Path) -> Literal | Range | Values:
        first = self._literal(scanner, path)
        if scanner.take(".."):
            high = self._literal(scanner, path)
            if _kind(first) is None or _kind(first) != _kind(high):
                raise bad_data("query-range")
            return Range(first, high)
        if scanner.peek() != ",":
            return first
        values = [first]
        while scanner.take(","):
            values.append(self._literal(scanner, path))
            if len(values) > MOST_VALUES:
                raise too_complex("query-values", most=MOST_VALUES)
        return Values(tuple(values))

    def _literal(self, scanner: Scanner, path: Path) -> Literal:
        expands = path.names[0] in self._expanded
        if scanner.peek() == '"':
            text = read_string(scanner)
            return self._context.expand(text) if expands else text
        for form, make in _LITERALS:
            found = form.match(scanner.text, scanner.at)
            if found is not None:
                scanner.at = found.end()
                return make(found.group())
        return self._bare(scanner, expands)

    def _bare(self, scanner: Scanner, expands: bool) -> Literal:
        """A URI; the name of a term where the query says that values are names."""
        found = _BARE.match(scanner.text, scanner.at)
        if found is None:
            raise scanner.fault()
        text = found.group()
        end = found.end()
        if ".." in text and not _URI.match(text):
            raise scanner.fault()
        if expands:
            scanner.at = end
            return self._context.expand(text)
        if _URI.fullmatch(text) is None:
            raise scanner.fault()
        scanner.at = end
        return Uri(text)


def _number(text: str) -> int | float:
    if any(sign in text for sign in ".eE"):
        return float(text)
    if len(text) > 300:
        raise bad_data("query-number")
    return int(text)


_LITERALS = (
    (re.compile(r"true(?!\w)"), lambda text: True),
    (re.compile(r"false(?!\w)"), lambda text: False),
    (DATE_TIME, lambda text: DateTime(read_date_time(text))),
    (DATE, lambda text: Date(read_date(text))),
    (TIME, lambda text: Time(read_time(text))),
    (_NUMBER, _number),
)


def _kind(value: Literal) -> str | None:
    """What a value can be put in order with."""
    if isinstance(value, bool | Uri):
        return None
    return "number" if isinstance(value, int | float) else type(value).__name__
