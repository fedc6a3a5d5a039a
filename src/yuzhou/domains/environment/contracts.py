"""What the environment domain takes in and hands out. All frozen."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from yuzhou.domains.environment.rules.daily import OutletDay
from yuzhou.domains.environment.rules.district import DistrictDay
from yuzhou.domains.environment.rules.factors import Factor, Medium
from yuzhou.domains.environment.rules.limits import Averaging, Limit
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.kernel.errors import declare_message, gettext_noop
from yuzhou.kernel.ids import urn
from yuzhou.kernel.parties.api import OrganisationRef
from yuzhou.kernel.places.api import PlaceRef


@dataclass(frozen=True, slots=True)
class LimitEntry:
    """A limit as an officer enters it, in the factor's unit; in force from `valid_from` (today where None)."""

    upper: float | None
    lower: float | None = None
    averaging: Averaging = Averaging.HOUR
    basis: str = ""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class FactorEntry:
    """A factor that the outlet reports; `converted`: its converted values (折算值) are judged."""

    code: str
    converted: bool = False
    limits: tuple[LimitEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class OutletEntry:
    """A new outlet with its logger. `confirmed_mn`: the officer checked an MN that is not in the standard's form."""

    name: str
    place_path: str
    lon: float
    lat: float
    operator: UUID
    medium: Medium
    mn: str
    password: str
    system_type: str
    factors: tuple[FactorEntry, ...]
    address: str = ""
    permit: str = ""
    silent_after_minutes: int = 30
    frozen_after_minutes: int = 240
    simulated: bool = False
    confirmed_mn: bool = False


@dataclass(frozen=True, slots=True)
class OutletFactorView:
    """A factor of an outlet with all its limits, the ones of the past included."""

    factor: Factor
    converted: bool
    limits: tuple[Limit, ...] = ()

    @property
    def code(self) -> str:
        """The factor's code."""
        return self.factor.code


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet (排污口) with its logger."""

    id: UUID
    name: str
    address: str
    place: PlaceRef
    lon: float
    lat: float
    operator: OrganisationRef | None
    medium: Medium
    mn: str
    system_type: str
    device_id: UUID
    permit: str
    silent_after_minutes: int
    frozen_after_minutes: int
    simulated: bool
    opened_on: date
    closed_on: date | None
    factors: tuple[OutletFactorView, ...] = ()

    @property
    def urn(self) -> str:
        """Its name to the world outside."""
        return urn("outlet", self.id)

    @property
    def place_path(self) -> str:
        """Where it lies."""
        return self.place.path


@dataclass(frozen=True, slots=True)
class OutletStanding:
    """An outlet as it stands now."""

    outlet: Outlet
    state: OutletState
    last_seen: datetime | None
    open_alarms: int = 0

    @property
    def id(self) -> UUID:
        """The outlet's id."""
        return self.outlet.id


@dataclass(frozen=True, slots=True)
class DistrictStanding:
    """A district with its outlets counted by state."""

    place: PlaceRef
    outlets: int
    states: dict[OutletState, int] = field(default_factory=dict)
    open_alarms: int = 0

    def count(self, state: OutletState) -> int:
        """How many of its outlets are in the state."""
        return self.states.get(state, 0)


@dataclass(frozen=True, slots=True)
class LatestFactor:
    """What a factor last said: the newest real-time value, the newest hour, and the limit of today.

    Where the limit is for converted values (折算) and only measured ones came, these are shown and `limit_is_meant` is false:
    they are not judged by it.
    """

    factor: Factor
    converted: bool
    value: float | None = None
    at: datetime | None = None
    flag: int = 0
    hour_value: float | None = None
    hour_at: datetime | None = None
    hour_flag: int = 0
    limit: Limit | None = None
    limit_is_meant: bool = True

    @property
    def is_exceeding(self) -> bool:
        """Whether the newest hour breaks the limit."""
        valid = self.limit_is_meant and self.hour_value is not None and self.hour_flag & 0x8F == 0
        return bool(valid and self.limit and self.hour_value is not None and self.limit.is_broken_by(self.hour_value))


@dataclass(frozen=True, slots=True)
class DailyReport:
    """A stored version of an outlet's day. `is_final`: the day was over when it was made."""

    id: UUID
    outlet_id: UUID
    day: date
    version: int
    made_at: datetime
    is_final: bool
    figures: OutletDay


@dataclass(frozen=True, slots=True)
class DistrictReport:
    """A district's day from the current reports of its outlets."""

    place: PlaceRef
    day: date
    figures: DistrictDay
    outlets: tuple[tuple[Outlet, DailyReport | None], ...]


ALARM_RAISED = declare_message("environment.alarm-raised", gettext_noop("{outlet}: {rule}."))
MN_FORM = declare_message("environment.mn-form", gettext_noop("An MN code has 1 to 24 letters, digits, '_' or '-'."))
MN_UNUSUAL = declare_message(
    "environment.mn-unusual",
    gettext_noop(
        "The code {mn} is not 24 hexadecimal digits in capitals, as HJ 212-2017 has it. Compare it with the logger's plate; if it"
        " is right, confirm it."
    ),
)
MN_TAKEN = declare_message("environment.mn-taken", gettext_noop("Another logger reports under the MN code {mn}."))
PASSWORD_FORM = declare_message("environment.password-form", gettext_noop("The logger's password has six letters or digits."))
SYSTEM_TYPE = declare_message(
    "environment.system-type", gettext_noop("The system type {system_type} does not fit an outlet of this kind.")
)
FACTORS_MISSING = declare_message("environment.factors-missing", gettext_noop("Choose at least one factor."))
FACTOR_TWICE = declare_message("environment.factor-twice", gettext_noop("The factor {factor} is entered twice."))
FACTOR_UNKNOWN = declare_message(
    "environment.factor-unknown", gettext_noop("HJ 212-2017 has no factor {factor} for this kind of outlet.")
)
FACTOR_ABSENT = declare_message("environment.factor-absent", gettext_noop("The outlet does not report the factor {factor}."))
LIMIT_EMPTY = declare_message("environment.limit-empty", gettext_noop("Give the limit of {factor} at least one value."))
LIMIT_ORDER = declare_message("environment.limit-order", gettext_noop("The lower limit of {factor} must lie below the upper."))
LIMIT_EARLIER = declare_message(
    "environment.limit-earlier", gettext_noop("A limit in force from {since} is entered already; the new one must begin later.")
)
MINUTES = declare_message("environment.minutes", gettext_noop("Choose between {low} and {high} minutes."))
OUTLET_UNKNOWN = declare_message(
    "environment.outlet-unknown", gettext_noop("There is no such outlet among those that you may see.")
)
OUTLET_CLOSED = declare_message("environment.outlet-closed", gettext_noop("The outlet is closed."))
DAY_AHEAD = declare_message("environment.day-ahead", gettext_noop("The day {day} has not begun."))
REPORT_MISSING = declare_message("environment.report-missing", gettext_noop("The report of {day} has not been made."))
