"""What acts and things are called, and where their pages are: for the audit log, and wherever one part shows another's thing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.declarations import SubjectKind

URN = "urn:yuzhou:"


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing in words: what it is, what it is called, and its page if it has one that the actor may see."""

    kind: str
    name: str
    url: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


def word_subjects(actor: Actor, urns: Iterable[str], known: Mapping[str, SubjectKind]) -> dict[str, Subject]:
    """Many URNs in words, with one question to each kind. `known`: kinds beside those that parts declare."""
    kinds = {**known, **{one.kind: one for _part, one in registry.every("subjects")}}
    by_kind: dict[str, dict[str, str]] = defaultdict(dict)
    for urn in set(urns):
        kind, _colon, identifier = urn.removeprefix(URN).partition(":")
        if urn.startswith(URN) and kind in kinds:
            by_kind[kind][urn] = identifier
    found: dict[str, Subject] = {}
    for kind, these in by_kind.items():
        declared = kinds[kind]
        names = _names(actor, declared, these.values())
        for urn, identifier in these.items():
            name = names.get(identifier, "")
            url = _url(declared, identifier) if name or not declared.names else ""
            found[urn] = Subject(str(declared.title), name or ("" if _is_uuid(identifier) else identifier), url)
    return found


def _names(actor: Actor, declared: SubjectKind, identifiers: Iterable[str]) -> dict[str, str]:
    ids = [UUID(one) for one in identifiers if _is_uuid(one)]
    if not declared.names or not ids:
        return {}
    found: Mapping[UUID, Any] = registry.resolve(declared.names)(actor, ids)
    return {str(one): str(name) for one, name in found.items()}


def _url(declared: SubjectKind, identifier: str) -> str:
    try:
        return reverse(declared.url_name, args=[identifier]) if declared.url_name else ""
    except NoReverseMatch:
        return ""


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def site_subject(actor: Actor, site: UUID | None) -> Subject | None:
    """The page of the part whose site it is (an outlet, a works), where the actor may see it."""
    if site is None:
        return None
    for _part, declared in registry.every("subjects"):
        if declared.sites:
            names = _names(actor, declared, [str(site)])
            if str(site) in names:
                return Subject(str(declared.title), names[str(site)], _url(declared, str(site)))
    return None
