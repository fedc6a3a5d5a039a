"""Names of places, organisations and roles for many rows at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.parties.api import list_organisations
from yuzhou.kernel.places.api import list_children, list_districts, list_places

Choices = list[tuple[str, Any]]


class Names:
    """The names of the places and organisations that rows mention, read in two queries."""

    def __init__(self, paths: Iterable[str | None], organisations: Iterable[UUID | None] = ()) -> None:
        self.places = list_places([path for path in set(paths) if path])
        ids = [found for found in set(organisations) if found]
        self.organisations = {found.id: found for found in list_organisations(ids=ids, limit=len(ids))} if ids else {}

    def place(self, path: str | None) -> str:
        """The name of a place."""
        found = self.places.get(path or "")
        return str(found.title) if found else (path or "")

    def organisation(self, organisation: UUID | None) -> str:
        """The name of an organisation."""
        found = self.organisations.get(organisation) if organisation else None
        return str(found) if found else ""

    def reach(self, path: str | None, organisation: UUID | None) -> str:
        """The name of the one of both that there is."""
        return self.organisation(organisation) if organisation else self.place(path)


def role_title(key: str) -> str:
    """The title of a role; its key where it is no longer declared."""
    declared = registry.roles().get(key)
    return str(declared.title) if declared else f"{key} ({_('no longer declared')})"


def permission_titles() -> dict[str, str]:
    """The title of every declared permission."""
    return {permission.key: str(permission.title) for _part, permission in registry.every("permissions")}


def place_choices(actor: Actor, permission: str) -> Choices:
    """The places within the actor's reach, for a select: each of its own, then what lies one level below."""
    choices: dict[str, str] = {}
    own = list_places(sorted(actor.scope(permission).place_paths))
    for path, place in own.items():
        choices[path] = str(place.title)
        for below in list_districts() if path.count(".") == 0 else list_children(path):
            choices[below.path] = f"{place.title} · {below.title}"
    return list(choices.items())


def district_choices() -> Choices:
    """Every district of the city, for a select."""
    return [("", "—"), *((place.path, str(place.title)) for place in list_districts())]


def organisation_choices(actor: Actor, permission: str) -> Choices:
    """The organisations for which the actor holds the permission, or which sit where it does; at most 500."""
    scope = actor.scope(permission)
    found = {org.id: org for org in list_organisations(ids=sorted(scope.organisations))} if scope.organisations else {}
    for path in sorted(scope.place_paths):
        found |= {org.id: org for org in list_organisations(below=path, limit=500)}
    return [(str(org.id), f"{org} ({org.uscc})") for org in found.values()]
