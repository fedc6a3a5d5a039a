"""Who the actor is here: roles with the place or organisation that each is held for."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor, Grant
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.places.api import get_place


@dataclass(frozen=True, slots=True)
class Standing:
    """A role and where it is held."""

    role: Any
    where: Any


def standing_of(actor: Actor) -> list[Standing]:
    """One for each grant."""
    roles = registry.roles()
    return [Standing(roles[grant.role].title if grant.role in roles else grant.role, _where(grant)) for grant in actor.grants]


def _where(grant: Grant) -> Any:
    if grant.place_path is not None:
        return _place_name(grant.place_path)
    return _organisation_name(grant.organisation) if grant.organisation else ""


def _place_name(path: str) -> Any:
    try:
        return get_place(path=path)
    except NotFound:
        return path


def _organisation_name(organisation: UUID) -> Any:
    try:
        return get_organisation(organisation=organisation).name
    except NotFound:
        return ""
