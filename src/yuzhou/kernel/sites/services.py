"""Registering, changing and closing sites. The caller names the permission of its own part under which the actor acts."""

import math
import re
from datetime import date
from uuid import UUID

from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.parties.api import check_name, get_organisation
from yuzhou.kernel.places.api import get_place, within_city_bounds
from yuzhou.kernel.sites.contracts import SiteView
from yuzhou.kernel.sites.models import Site
from yuzhou.kernel.sites.selectors import get_record, view
from yuzhou.kernel.transactions import transaction_required

KIND = re.compile(r"[a-z][a-z0-9-]{1,39}")

BAD_KIND = declare_message("kernel.site-kind", gettext_noop("The kind of a site is a word of small letters, digits and hyphens."))
OUTSIDE = declare_message("kernel.site-outside", gettext_noop("The point {lon}, {lat} lies outside the city."))
CLOSED = declare_message("kernel.site-closed", gettext_noop("The site is closed."))
BEFORE_START = declare_message(
    "kernel.site-closed-early", gettext_noop("The site began on {valid_from}: it cannot close before.")
)


@transaction_required
def register_site(
    *,
    actor: Actor,
    permission: str,
    kind: str,
    name: str,
    place_path: str,
    lon: float,
    lat: float,
    operator: UUID | None = None,
    address: str = "",
    valid_from: date | None = None,
) -> SiteView:
    """Register a site; in force from today unless told otherwise.

    Raises PermissionDenied unless the permission reaches the place; Invalid for kind, name or a point outside the city;
    NotFound for an unknown place or operator.
    """
    actor.require(permission, place_path=place_path)
    if not KIND.fullmatch(kind):
        raise Invalid(BAD_KIND, field="kind")
    place = get_place(path=place_path)
    _check_point(lon, lat)
    record = Site.objects.create(
        kind=kind,
        name=check_name(name),
        address=address.strip()[:200],
        place_id=place.id,
        place_path=place.path,
        lon=lon,
        lat=lat,
        operator_id=get_organisation(organisation=operator).id if operator else None,
        valid_from=valid_from or clock.local_day(clock.now()),
    )
    _record_act(actor, "register", record, {"kind": kind, "place": place.path})
    return view(record)


@transaction_required
def update_site(
    *,
    actor: Actor,
    permission: str,
    site: UUID,
    name: str | None = None,
    address: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    operator: UUID | None = None,
) -> SiteView:
    """Change what is given and keep the rest. Raises NotFound beyond reach; Conflict for a closed site; Invalid."""
    record = get_record(actor, permission, site)
    _require_open(record)
    before = {field: str(getattr(record, field)) for field in ("name", "address", "lon", "lat", "operator_id")}
    record.name = check_name(name) if name is not None else record.name
    record.address = address.strip()[:200] if address is not None else record.address
    record.lon, record.lat = record.lon if lon is None else lon, record.lat if lat is None else lat
    _check_point(record.lon, record.lat)
    if operator is not None:
        record.operator_id = get_organisation(organisation=operator).id
    record.save()
    _record_act(actor, "update", record, {"before": before})
    return view(record)


@transaction_required
def close_site(*, actor: Actor, permission: str, site: UUID, on: date | None = None) -> SiteView:
    """Close a site from a day on (today unless told); its history stays. Raises NotFound, Conflict, Invalid."""
    record = get_record(actor, permission, site)
    _require_open(record)
    day = on or clock.local_day(clock.now())
    if day < record.valid_from:
        raise Invalid(BEFORE_START, field="on", valid_from=record.valid_from.isoformat())
    record.closed_at = day
    record.save(update_fields=["closed_at"])
    _record_act(actor, "close", record, {"on": day.isoformat()})
    return view(record)


def _require_open(record: Site) -> None:
    if record.closed_at is not None:
        raise Conflict(CLOSED)


def _check_point(lon: float, lat: float) -> None:
    if not (math.isfinite(lon) and math.isfinite(lat) and within_city_bounds(lon, lat)):
        raise Invalid(OUTSIDE, field="lon", lon=lon, lat=lat)


def _record_act(actor: Actor, verb: str, record: Site, details: dict[str, object]) -> None:
    acts.record(actor=actor, act=f"kernel.site:{verb}", subject=urn("site", record.id), details=details)
