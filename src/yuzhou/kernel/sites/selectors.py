"""Scoped reads of sites."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound, declare_message, gettext_noop
from yuzhou.kernel.parties.api import OrganisationRef, list_organisations
from yuzhou.kernel.places.api import PlaceRef, list_places
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.sites.contracts import SiteView
from yuzhou.kernel.sites.models import Site

UNKNOWN = declare_message("kernel.site-unknown", gettext_noop("There is no such site among those that you may see."))


def visible_sites(actor: Actor, permission: str) -> QuerySet[Site]:
    """The rows that the actor's permission reaches, by place or operator."""
    return scoped(Site.objects.all(), actor.scope(permission), place="place_path", organisation="operator_id")


def get_site(*, actor: Actor, permission: str, site: UUID) -> SiteView:
    """One site, by the permission under which the actor looks. Raises NotFound beyond its reach."""
    return view(get_record(actor, permission, site))


def get_record(actor: Actor, permission: str, site: UUID) -> Site:
    """The row of a site. Raises NotFound("kernel.site-unknown")."""
    record = visible_sites(actor, permission).filter(id=site).first()
    if record is None:
        raise NotFound(UNKNOWN)
    return record


def list_sites(
    *,
    actor: Actor,
    permission: str,
    kind: str | None = None,
    below: str | None = None,
    operator: UUID | None = None,
    ids: Iterable[UUID] | None = None,
    with_closed: bool = False,
) -> list[SiteView]:
    """The sites that the permission reaches, narrowed by kind, place, operator or ids; by name."""
    found = visible_sites(actor, permission)
    if kind is not None:
        found = found.filter(kind=kind)
    if below is not None:
        found = found.filter(within_place("place_path", below))
    if operator is not None:
        found = found.filter(operator_id=operator)
    if ids is not None:
        found = found.filter(id__in=list(ids))
    if not with_closed:
        found = found.filter(closed_at__isnull=True)
    return _views(list(found.order_by("name", "id")))


def view(record: Site) -> SiteView:
    """The contract of one row."""
    return _views([record])[0]


def _views(records: list[Site]) -> list[SiteView]:
    """The contracts of rows, with two queries for all their places and operators."""
    places = list_places(list({record.place_path for record in records}))
    operators = {record.operator_id for record in records if record.operator_id is not None}
    organisations = {o.id: o for o in list_organisations(ids=list(operators), limit=len(operators))} if operators else {}
    return [
        _view(record, places[record.place_path], organisations[record.operator_id] if record.operator_id else None)
        for record in records
    ]


def _view(record: Site, place: PlaceRef, operator: OrganisationRef | None) -> SiteView:
    return SiteView(
        id=record.id,
        kind=record.kind,
        name=record.name,
        address=record.address,
        place=place,
        lon=record.lon,
        lat=record.lat,
        operator=operator,
        valid_from=record.valid_from,
        closed_at=record.closed_at,
    )
