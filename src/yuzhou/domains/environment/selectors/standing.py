"""How outlets and districts stand now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from yuzhou.capabilities.sense import api as sense
from yuzhou.capabilities.sense.contracts import AlarmState, Device, DeviceState, LatestValue
from yuzhou.domains.environment.contracts import DistrictStanding, LatestFactor, Outlet, OutletFactorView, OutletStanding
from yuzhou.domains.environment.rules.alarms import kind_of
from yuzhou.domains.environment.rules.limits import limit_on
from yuzhou.domains.environment.rules.state import OutletState, outlet_state
from yuzhou.domains.environment.selectors.outlets import list_outlets
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.places.api import PlaceRef, district_of, list_districts

OPEN = (AlarmState.RAISED, AlarmState.ACKNOWLEDGED)
MANY = 100_000


def list_standings(
    *, actor: Actor, below: str | None = None, text: str = "", ids: Iterable[UUID] | None = None
) -> list[OutletStanding]:
    """The outlets that the actor may see, each with its state now; by name."""
    return standings_of(actor, list_outlets(actor=actor, below=below, text=text, ids=ids))


def standings_of(actor: Actor, outlets: Sequence[Outlet]) -> list[OutletStanding]:
    """The states of outlets at hand, with two questions to sense for all of them."""
    if not outlets:
        return []
    ids = [outlet.id for outlet in outlets]
    devices = {device.id: device for device in sense.list_devices(actor=actor, site_ids=ids, limit=MANY)}
    kinds: dict[UUID, list[str]] = defaultdict(list)
    for alarm in sense.list_alarms(actor=actor, states=OPEN, site_ids=ids, limit=MANY):
        if alarm.site_id is not None:
            kinds[alarm.site_id].append(kind_of(alarm.rule_key) or "other")
    return [_standing(outlet, devices.get(outlet.device_id), kinds[outlet.id]) for outlet in outlets]


def _standing(outlet: Outlet, device: Device | None, kinds: list[str]) -> OutletStanding:
    last_seen = device.last_seen if device else None
    state = outlet_state(
        now=clock.now(),
        last_seen=last_seen,
        silent_after=timedelta(minutes=outlet.silent_after_minutes),
        linked=device is not None and device.state is not DeviceState.OFFLINE,
        open_alarms=kinds,
        closed=outlet.closed_on is not None,
    )
    return OutletStanding(outlet=outlet, state=state, last_seen=last_seen, open_alarms=len(kinds))


def list_district_standings(standings: Iterable[OutletStanding]) -> list[DistrictStanding]:
    """Every district of the city, with the given outlets counted by state."""
    groups: dict[str, list[OutletStanding]] = defaultdict(list)
    for standing in standings:
        groups[district_of(standing.outlet.place_path) or standing.outlet.place_path].append(standing)
    return [district_standing(place, groups[place.path]) for place in list_districts()]


def district_standing(place: PlaceRef, standings: Sequence[OutletStanding]) -> DistrictStanding:
    """One district's count."""
    return DistrictStanding(
        place=place,
        outlets=len(standings),
        states=dict(Counter(standing.state for standing in standings)),
        open_alarms=sum(standing.open_alarms for standing in standings),
    )


def list_latest(*, actor: Actor, outlet: Outlet) -> list[LatestFactor]:
    """What each factor of an outlet last said, beside its limit of today."""
    newest = {(v.property, str(v.statistic)): v for v in sense.latest_values(actor=actor, device_ids=[outlet.device_id])}
    return [_latest(item, newest) for item in outlet.factors]


def _latest(item: OutletFactorView, newest: dict[tuple[str, str], LatestValue]) -> LatestFactor:
    limit = limit_on(item.limits, item.code, clock.local_day(clock.now()))
    suffix = "-converted" if (limit.converted if limit else item.converted) else ""
    live = newest.get((item.code, f"rtd{suffix}")) or newest.get((item.code, "rtd"))
    meant = newest.get((item.code, f"hour-avg{suffix}"))
    hour = meant or newest.get((item.code, "hour-avg"))
    return LatestFactor(
        factor=item.factor,
        converted=item.converted,
        value=live.value if live else None,
        at=live.at if live else None,
        flag=live.flag if live else 0,
        hour_value=hour.value if hour else None,
        hour_at=hour.at if hour else None,
        hour_flag=hour.flag if hour else 0,
        limit=limit,
        limit_is_meant=meant is not None,
    )


def count_states(standings: Iterable[OutletStanding]) -> dict[OutletState, int]:
    """How many outlets are in each state, all states named."""
    counts = Counter(standing.state for standing in standings)
    return {state: counts[state] for state in OutletState if state is not OutletState.CLOSED}
