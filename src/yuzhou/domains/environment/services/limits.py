"""Dated limits, and the alarm rules that follow from them."""

from datetime import date
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.domains.environment import contracts as c
from yuzhou.domains.environment.contracts import LimitEntry, Outlet
from yuzhou.domains.environment.models import LimitRecord, OutletRecord
from yuzhou.domains.environment.permissions import SET_LIMIT
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.alarms import alarm_rules
from yuzhou.domains.environment.rules.limits import Averaging
from yuzhou.domains.environment.selectors.outlets import get_outlet, get_record, limit_of
from yuzhou.domains.environment.services.checking import check_limit
from yuzhou.kernel import acts, clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Conflict, Invalid, NotFound
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import transaction_required


@transaction_required
def set_limit(*, actor: Actor, outlet: UUID, code: str, entry: LimitEntry) -> Outlet:
    """Put a limit in force from its first day on; the one before it ends there, and stays for the days that it covered.

    Raises NotFound beyond the actor's reach or for a factor that the outlet does not report; Conflict where a limit that
    begins later or on the same day stands; Invalid.
    """
    record = get_record(actor, outlet, permission=SET_LIMIT)
    if record.closed_on is not None:
        raise Conflict(c.OUTLET_CLOSED)
    check_limit(code, entry)
    limit = add_limit(actor, record, code, entry)
    define_rules(actor, record)
    _record_act(actor, "set", outlet, limit)
    return get_outlet(actor=actor, outlet=outlet)


@transaction_required
def end_limit(*, actor: Actor, outlet: UUID, code: str, averaging: Averaging, on: date) -> Outlet:
    """Let the limit in force end before a day, without another. Raises NotFound, Invalid."""
    record = get_record(actor, outlet, permission=SET_LIMIT)
    limit = record.limits.filter(code=code, averaging=averaging, valid_to__isnull=True).first()
    if limit is None:
        raise NotFound(c.FACTOR_ABSENT, factor=code)
    if on <= limit.valid_from:
        raise Invalid(c.LIMIT_EARLIER, field="on", since=limit.valid_from.isoformat())
    limit.valid_to = on
    limit.save(update_fields=["valid_to"])
    define_rules(actor, record)
    _record_act(actor, "end", outlet, limit)
    return get_outlet(actor=actor, outlet=outlet)


def add_limit(actor: Actor, record: OutletRecord, code: str, entry: LimitEntry) -> LimitRecord:
    """Write a limit and end the one before; the rules are the caller's to define again."""
    factor = record.factors.filter(code=code).first()
    if factor is None:
        raise NotFound(c.FACTOR_ABSENT, factor=code)
    since = entry.valid_from or clock.local_day(clock.now())
    standing = record.limits.filter(code=code, averaging=entry.averaging)
    last = standing.order_by("-valid_from").first()
    if last is not None and last.valid_from >= since:
        raise Conflict(c.LIMIT_EARLIER, since=last.valid_from.isoformat())
    if last is not None and (last.valid_to is None or last.valid_to > since):
        last.valid_to = since
        last.save(update_fields=["valid_to"])
    return LimitRecord.objects.create(
        outlet=record,
        code=code,
        averaging=entry.averaging,
        converted=factor.converted,
        lower=entry.lower,
        upper=entry.upper,
        basis=entry.basis.strip()[:200],
        valid_from=since,
        entered_by=actor.name[:150],
        entered_at=clock.now(),
    )


def define_rules(actor: Actor, record: OutletRecord) -> None:
    """Define the outlet's alarm rules anew from its factors and limits, and switch off those that fell away."""
    codes = list(record.factors.order_by("position").values_list("code", flat=True))
    wanted = alarm_rules(
        record.site_id,
        factors=[factors()[code] for code in codes],
        limits=[limit_of(limit) for limit in record.limits.all()],
        silent_seconds=record.silent_after_minutes * 60,
        frozen_seconds=record.frozen_after_minutes * 60,
    )
    is_open = record.closed_on is None
    for rule in wanted:
        sense.define_rule(
            actor=actor,
            key=rule.key,
            title=rule.title,
            definition=rule.definition,
            device_id=record.device_id,
            enabled=is_open,
        )
    keys = {rule.key for rule in wanted}
    for old in sense.list_rules(actor=actor, device_id=record.device_id):
        if old.key.startswith(f"environment:{record.site_id}:") and old.key not in keys and old.enabled:
            sense.define_rule(
                actor=actor,
                key=old.key,
                title=old.title,
                definition=old.definition,
                device_id=record.device_id,
                enabled=False,
            )


def _record_act(actor: Actor, verb: str, outlet: UUID, limit: LimitRecord) -> None:
    details = {
        "factor": limit.code,
        "averaging": limit.averaging,
        "lower": limit.lower,
        "upper": limit.upper,
        "valid_from": limit.valid_from.isoformat(),
        "valid_to": limit.valid_to.isoformat() if limit.valid_to else None,
        "basis": limit.basis,
    }
    acts.record(actor=actor, act=f"environment.limit:{verb}", subject=urn("outlet", outlet), details=details)
