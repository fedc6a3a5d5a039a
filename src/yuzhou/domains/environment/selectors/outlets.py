"""Outlets, as far as the actor may see them."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import Outlet, OutletFactorView
from yuzhou.domains.environment.models import LimitRecord, OutletFactorRecord, OutletRecord
from yuzhou.domains.environment.permissions import READ
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.domains.environment.rules.limits import Averaging, Limit
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.scoping import scoped, within_place
from yuzhou.kernel.sites.api import SiteView, list_sites


def visible(actor: Actor, permission: str = READ) -> QuerySet[OutletRecord]:
    """The rows that the permission reaches, by place or operator."""
    return scoped(OutletRecord.objects.all(), actor.scope(permission), place="place_path", organisation="operator_id")


def get_record(actor: Actor, outlet: UUID, *, permission: str = READ) -> OutletRecord:
    """The row of an outlet. Raises NotFound beyond what the actor may read, PermissionDenied beyond the permission."""
    record = visible(actor).filter(site_id=outlet).first()
    if record is None:
        raise NotFound(c.OUTLET_UNKNOWN)
    actor.require(permission, place_path=record.place_path, organisation=record.operator_id)
    return record


def get_outlet(*, actor: Actor, outlet: UUID) -> Outlet:
    """One outlet with its factors and limits. Raises NotFound beyond the actor's reach."""
    record = get_record(actor, outlet)
    return _views(actor, [record])[0]


def find_outlet_by_device(*, actor: Actor, device_id: UUID) -> Outlet | None:
    """The outlet whose logger it is, if the actor may see it."""
    found = visible(actor).filter(device_id=device_id).first()
    return _views(actor, [found])[0] if found else None


def list_outlets(
    *, actor: Actor, below: str | None = None, ids: Iterable[UUID] | None = None, text: str = "", with_closed: bool = False
) -> list[Outlet]:
    """Outlets by name, narrowed by place, ids or a part of name, operator, MN or permit."""
    found = visible(actor)
    if below is not None:
        found = found.filter(within_place("place_path", below))
    if ids is not None:
        found = found.filter(site_id__in=list(ids))
    if not with_closed:
        found = found.filter(closed_on__isnull=True)
    views = sorted(_views(actor, list(found)), key=lambda outlet: outlet.name)
    return [outlet for outlet in views if _mentions(outlet, text)] if text.strip() else views


def _mentions(outlet: Outlet, text: str) -> bool:
    words = f"{outlet.name} {outlet.operator or ''} {outlet.mn} {outlet.permit}".casefold()
    return all(word in words for word in text.casefold().split())


def _views(actor: Actor, records: list[OutletRecord]) -> list[Outlet]:
    """The contracts of rows, with a fixed number of queries."""
    ids = [record.site_id for record in records]
    sites = {site.id: site for site in list_sites(actor=actor, permission=READ, ids=ids, with_closed=True)} if ids else {}
    limits: dict[UUID, list[Limit]] = defaultdict(list)
    for limit in LimitRecord.objects.filter(outlet_id__in=ids).order_by("code", "averaging", "valid_from"):
        limits[limit.outlet_id].append(limit_of(limit))
    reported: dict[UUID, list[OutletFactorView]] = defaultdict(list)
    for row in OutletFactorRecord.objects.filter(outlet_id__in=ids).order_by("position", "code"):
        own = tuple(limit for limit in limits[row.outlet_id] if limit.factor == row.code)
        reported[row.outlet_id].append(OutletFactorView(factors()[row.code], row.converted, own))
    return [_view(record, sites[record.site_id], tuple(reported[record.site_id])) for record in records]


def _view(record: OutletRecord, site: SiteView, reported: tuple[OutletFactorView, ...]) -> Outlet:
    return Outlet(
        id=site.id,
        name=site.name,
        address=site.address,
        place=site.place,
        lon=site.lon,
        lat=site.lat,
        operator=site.operator,
        medium=Medium(record.medium),
        mn=record.mn,
        system_type=record.system_type,
        device_id=record.device_id,
        permit=record.permit,
        silent_after_minutes=record.silent_after_minutes,
        frozen_after_minutes=record.frozen_after_minutes,
        simulated=record.simulated,
        opened_on=record.opened_on,
        closed_on=record.closed_on,
        factors=reported,
    )


def limit_of(record: LimitRecord) -> Limit:
    """The rule's own form of a row."""
    return Limit(
        factor=record.code,
        upper=record.upper,
        lower=record.lower,
        averaging=Averaging(record.averaging),
        converted=record.converted,
        basis=record.basis,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
    )
