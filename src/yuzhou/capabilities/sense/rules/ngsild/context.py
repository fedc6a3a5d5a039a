"""What names mean: a JSON-LD 1.1 @context as NGSI-LD uses one (clause 4.4), with the core context above the client's.

Of JSON-LD's context processing this takes what changes the meaning of a name: terms, prefixes, @vocab, @import, coercions,
lists of contexts and contexts at an address. Contexts scoped to a type or a property say nothing about NGSI-LD's own levels and
are passed over. A term that is mapped to null means what an undefined term means.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from yuzhou.capabilities.sense.rules.ngsild.core_context import CORE, CORE_URL, DEFAULT_VOCAB, is_core
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data

Fetch = Callable[[str], Any]

DEEPEST = 12  # contexts in contexts
LONGEST_CHAIN = 64  # terms defined by terms
REMEMBERED = 8192  # names that a context keeps expanded
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN = re.compile(r"[^\W\d_]\w*")  # what may stand behind a prefix as a name (clause 4.6.2)
_GEN_DELIMS = frozenset(":/?#[]@")


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of a name: its IRI (or the keyword that it stands for), and how its values are read."""

    iri: str
    type: str | None = None
    container: str | None = None
    is_prefix: bool = False


class Context:
    """A context that is ready for use: expands names and compacts IRIs, each remembered. Equal where its source is."""

    __slots__ = ("_compacted", "_expanded", "_inverse", "_key", "_prefixes", "_terms", "source", "vocab")

    def __init__(self, source: Any, terms: Mapping[str, Term], vocab: str = DEFAULT_VOCAB) -> None:
        self.source = source
        self.vocab = vocab
        self._key = json.dumps(source, sort_keys=True)
        self._terms = terms
        self._expanded: dict[str, str] = {}
        self._compacted: dict[str, str] = {}
        self._inverse: dict[str, str] = {}
        self._prefixes: tuple[tuple[str, str], ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Context({self._key})"

    @property
    def url(self) -> str | None:
        """The address of the context, where it is no more than one: what a Link header can say."""
        if self.source is None:
            return CORE_URL
        return self.source if isinstance(self.source, str) else None

    @property
    def member(self) -> Any:
        """What an entity carries as its @context: the client's, then the core's."""
        if self.source is None:
            return CORE_URL
        own = self.source if isinstance(self.source, list) else [self.source]
        return [*(one for one in own if not (isinstance(one, str) and is_core(one))), CORE_URL]

    def expand(self, name: str) -> str:
        """The IRI of a name: a term, a compact IRI, an IRI (itself), else the name below the default vocabulary."""
        found = self._expanded.get(name)
        if found is None:
            found = self._expand(name)
            if len(self._expanded) >= REMEMBERED:
                self._expanded.clear()
            self._expanded[name] = found
        return found

    def compact(self, iri: str) -> str:
        """The shortest name that expands to the IRI."""
        found = self._compacted.get(iri)
        if found is None:
            found = self._compact(iri)
            if len(self._compacted) >= REMEMBERED:
                self._compacted.clear()
            self._compacted[iri] = found
        return found

    def coerces(self, name: str) -> str | None:
        """What the values of a term are read as: @id, @vocab, @json, DateTime's IRI … or nothing."""
        term = self._terms.get(name)
        return term.type if term else None

    def _expand(self, name: str) -> str:
        term = self._terms.get(name)
        if term is not None:
            return term.iri
        prefix, colon, rest = name.partition(":")
        if colon and prefix:
            if prefix == "_" or rest.startswith("//"):
                return name
            term = self._terms.get(prefix)
            if term is not None and term.is_prefix:
                return term.iri + rest
            if _SCHEME.match(name):
                return name
        return self.vocab + name

    def _compact(self, iri: str) -> str:
        if not self._inverse:
            self._invert()
        term = self._inverse.get(iri)
        if term is not None:
            return term
        if iri.startswith(self.vocab):
            name = iri[len(self.vocab) :]
            if name and self.expand(name) == iri:
                return name
        for start, prefix in self._prefixes:
            rest = iri[len(start) :]
            if iri.startswith(start) and _PLAIN.fullmatch(rest):
                name = f"{prefix}:{rest}"
                if self.expand(name) == iri:
                    return name
        return iri

    def _invert(self) -> None:
        """The shortest term of each IRI, of equals the first by the alphabet; the longest prefix first."""
        terms = sorted(self._terms.items(), key=lambda item: (len(item[0]), item[0]), reverse=True)
        self._inverse = {term.iri: name for name, term in terms if not term.iri.startswith("@")}
        prefixes = {term.iri: name for name, term in terms if term.is_prefix}
        self._prefixes = tuple(sorted(prefixes.items(), key=lambda item: -len(item[0])))


def build_context(source: Any, fetch: Fetch) -> Context:
    """The context of a client's @context (an address, an object, or a list of these; None for the core alone).

    The core context counts last, wherever the client named it. `fetch` gives the document at an address, or raises Problem
    (LdContextNotAvailable). Raises Problem (BadRequestData) for what is no context.
    """
    if source is None or (isinstance(source, str) and is_core(source)):
        return CORE_CONTEXT
    builder = _Builder(fetch)
    builder.add(source, base="", depth=0)
    return Context(source, {**builder.terms, **core_terms()})


def no_fetch(url: str) -> Any:
    """A fetch that knows no address."""
    raise Problem(ProblemKind.LD_CONTEXT_NOT_AVAILABLE, "context-unavailable", url=url[:500])


class _Builder:
    """Reads contexts one above the other into terms."""

    def __init__(self, fetch: Fetch) -> None:
        self.terms: dict[str, Term] = {}
        self.vocab: str | None = None
        self._fetch = fetch
        self._chain = 0

    def add(self, source: Any, base: str, depth: int) -> None:
        if depth > DEEPEST:
            raise bad_data("context-deep", most=DEEPEST)
        if isinstance(source, list):
            for one in source:
                self.add(one, base, depth + 1)
        elif isinstance(source, str):
            self._add_address(urljoin(base, source), depth)
        elif isinstance(source, dict):
            self._add_map(self._with_import(source, base))
        else:
            raise bad_data("context-form")

    def _add_address(self, url: str, depth: int) -> None:
        if is_core(url):
            return
        if not _SCHEME.match(url):
            raise bad_data("context-address", url=url[:500])
        self.add(_context_of(self._fetch(url)), url, depth + 1)

    def _with_import(self, source: dict[str, Any], base: str) -> dict[str, Any]:
        url = source.get("@import")
        if url is None:
            return source
        if not isinstance(url, str):
            raise bad_data("context-form")
        imported = _context_of(self._fetch(urljoin(base, url)))
        if not isinstance(imported, dict) or "@import" in imported:
            raise bad_data("context-form")
        return {**imported, **source}

    def _add_map(self, local: dict[str, Any]) -> None:
        if local.get("@version", 1.1) != 1.1:
            raise bad_data("context-version")
        defined: dict[str, bool] = {}
        if "@vocab" in local:
            vocab = local["@vocab"]
            if vocab is not None and not isinstance(vocab, str):
                raise bad_data("context-form")
            self.vocab = self._iri(vocab, local, defined) if vocab else vocab
        for name in local:
            if not name.startswith("@"):
                self._define(name, local, defined)

    def _define(self, name: str, local: dict[str, Any], defined: dict[str, bool]) -> None:
        if name in defined:
            if not defined[name]:
                raise bad_data("context-cycle", term=name[:100])
            return
        self._chain += 1
        if self._chain > LONGEST_CHAIN:
            raise bad_data("context-deep", most=LONGEST_CHAIN)
        defined[name] = False
        self.terms.pop(name, None)
        value = local[name]
        if isinstance(value, str):
            self._set(name, {"@id": value}, local, defined, is_simple=True)
        elif isinstance(value, dict):
            self._set(name, value, local, defined, is_simple=False)
        elif value is not None:
            raise bad_data("context-term", term=name[:100])
        defined[name] = True
        self._chain -= 1

    def _set(self, name: str, value: dict[str, Any], local: dict[str, Any], defined: dict[str, bool], *, is_simple: bool) -> None:
        iri = self._iri_of(name, value, local, defined)
        if iri is None or not name:
            return
        kind = value.get("@type")
        if kind is not None and not isinstance(kind, str):
            raise bad_data("context-term", term=name[:100])
        is_prefix = iri[-1:] in _GEN_DELIMS and is_simple and ":" not in name and "/" not in name
        self.terms[name] = Term(
            iri,
            self._iri(kind, local, defined) if kind else None,
            value.get("@container") if isinstance(value.get("@container"), str) else None,
            is_prefix or value.get("@prefix") is True,
        )

    def _iri_of(self, name: str, value: dict[str, Any], local: dict[str, Any], defined: dict[str, bool]) -> str | None:
        if "@reverse" in value:
            return None
        if "@id" in value and value["@id"] != name:
            given = value["@id"]
            if given is not None and not isinstance(given, str):
                raise bad_data("context-term", term=name[:100])
            return self._iri(given, local, defined) if given else None
        prefix, colon, rest = name.partition(":")
        if colon and prefix:
            if prefix in local:
                self._define(prefix, local, defined)
            term = self.terms.get(prefix)
            return term.iri + rest if term and not rest.startswith("//") else name
        return (self.vocab or DEFAULT_VOCAB) + name

    def _iri(self, value: str, local: dict[str, Any], defined: dict[str, bool]) -> str:
        if value.startswith("@"):
            return value
        if value in local and not defined.get(value):
            self._define(value, local, defined)
        if value in self.terms:
            return self.terms[value].iri
        prefix, colon, rest = value.partition(":")
        if colon and prefix:
            if prefix == "_" or rest.startswith("//"):
                return value
            if prefix in local and not defined.get(prefix):
                self._define(prefix, local, defined)
            term = self.terms.get(prefix)
            if term is not None and term.is_prefix:
                return term.iri + rest
            core = core_terms().get(prefix)
            if term is None and core is not None and core.is_prefix:
                return core.iri + rest
            return value
        return (self.vocab or DEFAULT_VOCAB) + value


def _context_of(document: Any) -> Any:
    if not isinstance(document, dict) or "@context" not in document:
        raise bad_data("context-form")
    return document["@context"]


@lru_cache(1)
def core_terms() -> dict[str, Term]:
    """The terms of the core context."""
    builder = _CoreBuilder(no_fetch)
    builder.add(CORE, base="", depth=0)
    return builder.terms


class _CoreBuilder(_Builder):
    """Reads the core context itself, which has all that it names."""

    def _iri(self, value: str, local: dict[str, Any], defined: dict[str, bool]) -> str:
        prefix, colon, rest = value.partition(":")
        if colon and not rest.startswith("//"):
            return str(local[prefix]) + rest
        if value in local:
            return self._iri(local[value], local, defined)
        return value if colon or value.startswith("@") else DEFAULT_VOCAB + value


CORE_CONTEXT = Context(None, core_terms())
