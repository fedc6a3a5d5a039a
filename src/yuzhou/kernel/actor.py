"""Who acts, for whom, and how far that reaches."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from yuzhou.kernel.errors import PermissionDenied

CITY_PATH = "50"


class ActorKind(StrEnum):
    """What kind of actor it is."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"
    PUBLIC = "public"


def lies_within(path: str, ancestor: str) -> bool:
    """Whether a place path is the ancestor's or below it."""
    return path == ancestor or path.startswith(ancestor + ".")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a place (an officer's) or for an organisation (a firm member's)."""

    role: str
    permissions: frozenset[str]
    place_path: str | None = None
    organisation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a permission reaches: everywhere, below some places, or over some organisations' own things."""

    everywhere: bool = False
    place_paths: frozenset[str] = frozenset()
    organisations: frozenset[UUID] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether it covers nothing."""
        return not (self.everywhere or self.place_paths or self.organisations)

    def covers(self, *, place_path: str | None = None, organisation: UUID | None = None) -> bool:
        """Whether a thing at that place, or of that organisation, lies within."""
        if self.everywhere or (organisation is not None and organisation in self.organisations):
            return True
        return place_path is not None and any(lies_within(place_path, p) for p in self.place_paths)


EVERYWHERE = Scope(everywhere=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf something is read or done; `id` is the user's or the client's, None for system and public."""

    kind: ActorKind
    name: str
    id: UUID | None = None
    organisation: UUID | None = None
    grants: tuple[Grant, ...] = field(default=())

    @classmethod
    def system(cls, name: str) -> "Actor":
        """A part of the platform acting on its own; reaches everywhere."""
        return cls(kind=ActorKind.SYSTEM, name=name)

    @classmethod
    def public(cls) -> "Actor":
        """Anyone, not signed in; holds no permission."""
        return cls(kind=ActorKind.PUBLIC, name="public")

    @property
    def is_signed_in(self) -> bool:
        """Whether a person or a machine stands behind it."""
        return self.kind in (ActorKind.PERSON, ActorKind.MACHINE)

    def scope(self, permission: str) -> Scope:
        """How far the actor holds a permission; the empty scope where it does not."""
        if self.kind is ActorKind.SYSTEM:
            return EVERYWHERE
        held = [grant for grant in self.grants if permission in grant.permissions]
        return Scope(
            place_paths=frozenset(g.place_path for g in held if g.place_path is not None),
            organisations=frozenset(g.organisation for g in held if g.organisation is not None),
        )

    def can(self, permission: str, *, place_path: str | None = None, organisation: UUID | None = None) -> bool:
        """Whether the actor holds the permission; with a place or organisation, whether it reaches there."""
        scope = self.scope(permission)
        if place_path is None and organisation is None:
            return not scope.is_empty
        return scope.covers(place_path=place_path, organisation=organisation)

    def require(self, permission: str, *, place_path: str | None = None, organisation: UUID | None = None) -> None:
        """Raise PermissionDenied unless `can`."""
        if not self.can(permission, place_path=place_path, organisation=organisation):
            raise PermissionDenied("kernel.permission-denied", permission=permission)
