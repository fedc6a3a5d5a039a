"""What anyone may know: counts by district, no name and no value of a single outlet."""

from dataclasses import dataclass

from yuzhou.capabilities.sense import api as sense
from yuzhou.domains.environment.contracts import DistrictStanding
from yuzhou.domains.environment.rules.alarms import AlarmKind, kind_of
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.domains.environment.selectors.standing import MANY, list_district_standings, list_standings
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as

PLATFORM = Actor.system("environment.public")
SILENT = (OutletState.SILENT, OutletState.OFFLINE, OutletState.NO_DATA)


@dataclass(frozen=True, slots=True)
class PublicOverview:
    """The city today. `compliant`: outlets that report and broke no limit since midnight."""

    outlets: int
    reporting: int
    compliant: int
    simulated: int
    districts: tuple[DistrictStanding, ...]

    @property
    def compliance(self) -> float | None:
        """Compliant outlets as a share of those that report, 0 to 1."""
        return self.compliant / self.reporting if self.reporting else None


def get_public_overview() -> PublicOverview:
    """The public figures, gathered by the platform itself since the public may read no outlet."""
    with acting_as(PLATFORM):
        standings = list_standings(actor=PLATFORM)
        since, _ = clock.day_bounds(clock.local_day(clock.now()))
        broken = {
            alarm.site_id
            for alarm in sense.list_alarms(actor=PLATFORM, raised_from=since, limit=MANY)
            if kind_of(alarm.rule_key) is AlarmKind.LIMIT
        }
        reporting = [standing for standing in standings if standing.state not in SILENT]
        clean = [s for s in reporting if s.state is not OutletState.EXCEEDING and s.id not in broken]
        districts = tuple(district for district in list_district_standings(standings) if district.outlets)
    return PublicOverview(
        outlets=len(standings),
        reporting=len(reporting),
        compliant=len(clean),
        simulated=sum(standing.outlet.simulated for standing in standings),
        districts=districts,
    )
