"""Registering, changing and closing outlets: site, logger, factors, limits and alarm rules stand or fall together."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import FactorEntry, Outlet, OutletEntry
from yuzhou.domains.environment.models import OutletFactorRecord, OutletRecord
from yuzhou.domains.environment.permissions import REGISTER
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.alarms import series_specs
from yuzhou.domains.environment.rules.factors import Factor, Medium
from yuzhou.domains.environment.selectors.outlets import get_outlet, get_record
from yuzhou.domains.environment.services import checking
from yuzhou.domains.environment.services.limits import add_limit, define_rules
from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict
from yuzhou.kernel.ids import urn
from yuzhou.kernel.sites.api import close_site, register_site, update_site
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import transaction_required

KIND = "outlet"
PROTOCOL = "hj212"


@transaction_required
def register_outlet(*, actor: Actor, entry: OutletEntry) -> Outlet:
    """Register an outlet with its logger, factors, limits and alarm rules.

    Raises PermissionDenied outside the actor's places; Invalid with the field to blame; Conflict ("environment.mn-taken").
    """
    actor.require(REGISTER, place_path=entry.place_path)
    entry = replace(entry, mn=entry.mn.strip())
    checking.check_entry(entry)
    if OutletRecord.objects.filter(mn=entry.mn, closed_on__isnull=True).exists():
        raise Conflict(c.MN_TAKEN, mn=entry.mn)
    site = register_site(
        actor=actor,
        permission=REGISTER,
        kind=KIND,
        name=entry.name,
        place_path=entry.place_path,
        lon=entry.lon,
        lat=entry.lat,
        operator=entry.operator,
        address=entry.address,
    )
    device = sense.register_device(
        actor=actor,
        protocol=PROTOCOL,
        identity=entry.mn,
        secret=entry.password,
        title=Text(entry.name, entry.name),
        profile=f"{PROTOCOL}-{entry.medium}",
        place_path=entry.place_path,
        site_id=site.id,
        operator_id=entry.operator,
        series=series_specs(_reported(entry.factors)),
        silent_after_seconds=entry.silent_after_minutes * 60,
        simulated=entry.simulated,
    )
    record = OutletRecord.objects.create(
        site_id=site.id,
        place_path=site.place.path,
        operator_id=entry.operator,
        medium=entry.medium,
        mn=entry.mn,
        system_type=entry.system_type,
        device_id=device.id,
        permit=entry.permit.strip()[:40],
        silent_after_minutes=entry.silent_after_minutes,
        frozen_after_minutes=entry.frozen_after_minutes,
        simulated=entry.simulated,
        opened_on=site.valid_from,
        registered_at=clock.now(),
    )
    _save_factors(record, entry.factors)
    for factor in entry.factors:
        for limit in factor.limits:
            add_limit(actor, record, factor.code, limit)
    define_rules(actor, record)
    _record_act(actor, "register", record.site_id, {"mn": entry.mn, "factors": [factor.code for factor in entry.factors]})
    return get_outlet(actor=actor, outlet=site.id)


@transaction_required
def update_outlet(
    *,
    actor: Actor,
    outlet: UUID,
    name: str | None = None,
    address: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    permit: str | None = None,
    password: str | None = None,
    silent_after_minutes: int | None = None,
    frozen_after_minutes: int | None = None,
) -> Outlet:
    """Change what is given and keep the rest. Raises NotFound beyond the actor's reach, Conflict if closed, Invalid."""
    record = open_record(actor, outlet)
    update_site(actor=actor, permission=REGISTER, site=outlet, name=name, address=address, lon=lon, lat=lat)
    if password:
        checking.check_password(password)
    if silent_after_minutes is not None:
        checking.check_minutes(silent_after_minutes, checking.SILENT_MINUTES, "silent_after_minutes")
        record.silent_after_minutes = silent_after_minutes
    if frozen_after_minutes is not None:
        checking.check_minutes(frozen_after_minutes, checking.FROZEN_MINUTES, "frozen_after_minutes")
        record.frozen_after_minutes = frozen_after_minutes
    record.permit = permit.strip()[:40] if permit is not None else record.permit
    record.save()
    changes: dict[str, Any] = {"silent_after_seconds": record.silent_after_minutes * 60}
    changes |= {"title": Text(name, name)} if name else {}
    changes |= {"secret": password} if password else {}
    sense.update_device(actor=actor, device_id=record.device_id, **changes)
    define_rules(actor, record)
    _record_act(actor, "update", outlet, {"password_changed": bool(password), "permit": record.permit})
    return get_outlet(actor=actor, outlet=outlet)


@transaction_required
def set_factors(*, actor: Actor, outlet: UUID, entries: tuple[FactorEntry, ...]) -> Outlet:
    """Say which factors the logger reports from now on. Limits and readings of those taken away stay; their rules end."""
    record = open_record(actor, outlet)
    checking.check_factors(entries, Medium(record.medium))
    record.factors.exclude(code__in=[entry.code for entry in entries]).delete()
    _save_factors(record, entries)
    sense.ensure_series(device_id=record.device_id, specs=series_specs(_reported(entries)))
    define_rules(actor, record)
    _record_act(actor, "set-factors", outlet, {"factors": [entry.code for entry in entries]})
    return get_outlet(actor=actor, outlet=outlet)


@transaction_required
def close_outlet(*, actor: Actor, outlet: UUID, on: date | None = None, reason: str = "") -> Outlet:
    """Close an outlet: its logger is no longer let in, its history stays. Raises NotFound, Conflict, Invalid."""
    record = open_record(actor, outlet)
    site = close_site(actor=actor, permission=REGISTER, site=outlet, on=on)
    record.closed_on = site.closed_at
    record.save(update_fields=["closed_on"])
    sense.update_device(actor=actor, device_id=record.device_id, enabled=False)
    define_rules(actor, record)
    _record_act(actor, "close", outlet, {"on": str(site.closed_at), "reason": reason[:500]})
    return get_outlet(actor=actor, outlet=outlet)


def open_record(actor: Actor, outlet: UUID) -> OutletRecord:
    """The row of an outlet that the actor may change. Raises NotFound, Conflict ("environment.outlet-closed")."""
    record = get_record(actor, outlet, permission=REGISTER)
    if record.closed_on is not None:
        raise Conflict(c.OUTLET_CLOSED)
    return record


def _reported(entries: tuple[FactorEntry, ...]) -> dict[Factor, bool]:
    return {factors()[entry.code]: entry.converted for entry in entries}


def _save_factors(record: OutletRecord, entries: tuple[FactorEntry, ...]) -> None:
    for position, entry in enumerate(entries):
        OutletFactorRecord.objects.update_or_create(
            outlet=record, code=entry.code, defaults={"converted": entry.converted, "position": position}
        )


def _record_act(actor: Actor, verb: str, outlet: UUID, details: dict[str, Any]) -> None:
    acts.record(actor=actor, act=f"environment.outlet:{verb}", subject=urn("outlet", outlet), details=details)
