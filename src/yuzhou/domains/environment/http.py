"""The environment's JSON: `/api/v1/environment/`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from yuzhou.domains.environment.contracts import (
    REPORT_MISSING,
    DailyReport,
    FactorEntry,
    LimitEntry,
    Outlet,
    OutletEntry,
    OutletStanding,
)
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.factors import Factor, Medium
from yuzhou.domains.environment.rules.limits import Averaging, Limit
from yuzhou.domains.environment.rules.record import write_day
from yuzhou.domains.environment.rules.state import OutletState
from yuzhou.domains.environment.selectors.outlets import get_outlet
from yuzhou.domains.environment.selectors.public import get_public_overview
from yuzhou.domains.environment.selectors.reports import get_district_report, get_report
from yuzhou.domains.environment.selectors.standing import list_standings, standings_of
from yuzhou.domains.environment.services.limits import set_limit
from yuzhou.domains.environment.services.outlets import close_outlet, register_outlet
from yuzhou.domains.environment.services.reports import make_report
from yuzhou.kernel.errors import NotFound

router = Router(tags=["environment"])


class FactorOut(Schema):
    """A factor of HJ 212-2017; units are UCUM codes."""

    code: str
    old_code: str
    medium: Medium
    name_zh: str
    name_en: str
    unit: str
    amount_unit: str

    @classmethod
    def of(cls, factor: Factor) -> "FactorOut":
        """From the dictionary's entry."""
        return cls(
            code=factor.code,
            old_code=factor.old_code,
            medium=factor.medium,
            name_zh=factor.name.zh,
            name_en=factor.name.en,
            unit=factor.unit,
            amount_unit=factor.amount_unit,
        )


class LimitOut(Schema):
    """A limit in the factor's unit, in force over [valid_from, valid_to)."""

    factor: str
    averaging: Averaging
    converted: bool
    lower: float | None
    upper: float | None
    basis: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, limit: Limit) -> "LimitOut":
        """From the rule's form."""
        return cls(**{name: getattr(limit, name) for name in cls.model_fields})


class OutletOut(Schema):
    """An outlet with its logger, as it stands now."""

    id: UUID
    name: str
    place_path: str
    longitude: float
    latitude: float
    firm: UUID | None
    medium: Medium
    mn: str
    system_type: str
    permit: str
    device_id: UUID
    simulated: bool
    opened_on: date
    closed_on: date | None
    state: OutletState
    last_seen: datetime | None
    open_alarms: int
    factors: list[str]
    limits: list[LimitOut]

    @classmethod
    def of(cls, standing: OutletStanding) -> "OutletOut":
        """From an outlet as it stands."""
        outlet = standing.outlet
        same = ("id", "name", "place_path", "medium", "mn", "system_type", "permit", "device_id", "simulated", "opened_on")
        return cls(
            **{name: getattr(outlet, name) for name in same},
            longitude=outlet.lon,
            latitude=outlet.lat,
            firm=outlet.operator.id if outlet.operator else None,
            closed_on=outlet.closed_on,
            state=standing.state,
            last_seen=standing.last_seen,
            open_alarms=standing.open_alarms,
            factors=[item.code for item in outlet.factors],
            limits=[LimitOut.of(limit) for item in outlet.factors for limit in item.limits],
        )


class LimitIn(Schema):
    """A limit in the factor's unit; in force from today unless told otherwise."""

    upper: float | None = None
    lower: float | None = None
    averaging: Averaging = Averaging.HOUR
    basis: str = ""
    valid_from: date | None = None

    def entry(self) -> LimitEntry:
        """For the service."""
        return LimitEntry(**self.dict())


class FactorIn(Schema):
    """A factor that the logger reports."""

    code: str
    converted: bool = False
    limits: list[LimitIn] = []


class OutletIn(Schema):
    """A new outlet with its logger."""

    name: str
    place_path: str
    longitude: float
    latitude: float
    firm: UUID
    medium: Medium
    mn: str
    password: str
    system_type: str
    factors: list[FactorIn]
    address: str = ""
    permit: str = ""
    silent_after_minutes: int = 30
    frozen_after_minutes: int = 240
    simulated: bool = False
    confirmed_mn: bool = False

    def entry(self) -> OutletEntry:
        """For the service."""
        values = self.dict(exclude={"longitude", "latitude", "firm", "factors"})
        entries = tuple(FactorEntry(f.code, f.converted, tuple(limit.entry() for limit in f.limits)) for f in self.factors)
        return OutletEntry(lon=self.longitude, lat=self.latitude, operator=self.firm, factors=entries, **values)


class ReportOut(Schema):
    """A version of an outlet's day; `figures` as the page shows them."""

    outlet: UUID
    day: date
    version: int
    made_at: datetime
    is_final: bool
    valid_ratio: float | None
    exceeding_hours: int
    exceedances: int
    figures: dict[str, Any]

    @classmethod
    def of(cls, report: DailyReport) -> "ReportOut":
        """From the stored version."""
        figures = report.figures
        return cls(
            outlet=report.outlet_id,
            day=report.day,
            version=report.version,
            made_at=report.made_at,
            is_final=report.is_final,
            valid_ratio=figures.valid_ratio,
            exceeding_hours=figures.exceeding_hours,
            exceedances=figures.exceedances,
            figures=write_day(figures),
        )


class DistrictReportOut(Schema):
    """A district's day from the current reports of its outlets."""

    place_path: str
    day: date
    outlets: int
    reporting: int
    exceeding: int
    valid_ratio: float | None
    exceeding_hours: int
    kilograms: dict[str, float]
    reports: list[ReportOut]


class PublicOut(Schema):
    """What anyone may know of the city today."""

    outlets: int
    reporting: int
    compliant: int
    simulated: int
    districts: dict[str, int]


@router.get("/factors", response=list[FactorOut], auth=None, summary="The factor dictionary of HJ 212-2017")
def list_factors(request: HttpRequest, medium: Medium | None = None) -> list[FactorOut]:
    """Public; all factors, or those of a medium."""
    return [FactorOut.of(factor) for factor in factors().values() if medium is None or factor.medium is medium]


@router.get("/overview", response=PublicOut, auth=None, summary="Counts of the city, for anyone")
def get_overview(request: HttpRequest) -> PublicOut:
    """Outlets by the path of their district, and how many report and keep their limits today."""
    found = get_public_overview()
    districts = {district.place.path: district.outlets for district in found.districts}
    return PublicOut(
        outlets=found.outlets,
        reporting=found.reporting,
        compliant=found.compliant,
        simulated=found.simulated,
        districts=districts,
    )


@router.get("/outlets", response=list[OutletOut], summary="Outlets that you may see, with their state")
def list_outlets(request: HttpRequest, below: str | None = None, q: str = "") -> list[OutletOut]:
    """Within `environment.outlet:read`, by name; narrowed by place path and text."""
    return [OutletOut.of(s) for s in list_standings(actor=request.actor, below=below, text=q)]


@router.post("/outlets", response={201: OutletOut}, summary="Register an outlet with its logger, factors and limits")
def post_outlet(request: HttpRequest, data: OutletIn) -> tuple[int, OutletOut]:
    """Needs `environment.outlet:register` at the place."""
    return 201, _standing(request, register_outlet(actor=request.actor, entry=data.entry()))


@router.get("/outlets/{outlet}", response=OutletOut, summary="One outlet")
def read_outlet(request: HttpRequest, outlet: UUID) -> OutletOut:
    """Within `environment.outlet:read`."""
    return _standing(request, get_outlet(actor=request.actor, outlet=outlet))


@router.post("/outlets/{outlet}/close", response=OutletOut, summary="Close an outlet")
def post_close(request: HttpRequest, outlet: UUID, on: date | None = None, reason: str = "") -> OutletOut:
    """Needs `environment.outlet:register` at the place."""
    return _standing(request, close_outlet(actor=request.actor, outlet=outlet, on=on, reason=reason))


@router.post("/outlets/{outlet}/limits/{code}", response=OutletOut, summary="Put a limit in force from a day on")
def post_limit(request: HttpRequest, outlet: UUID, code: str, data: LimitIn) -> OutletOut:
    """Needs `environment.limit:set` at the place; the limit before it ends on that day."""
    return _standing(request, set_limit(actor=request.actor, outlet=outlet, code=code, entry=data.entry()))


@router.get("/outlets/{outlet}/reports/{day}", response=ReportOut, summary="The daily report of an outlet")
def read_report(request: HttpRequest, outlet: UUID, day: date, version: int | None = None) -> ReportOut:
    """Within `environment.report:read`; the current version unless one is named."""
    report = get_report(actor=request.actor, outlet=outlet, day=day, version=version)
    if report is None:
        raise NotFound(REPORT_MISSING, day=day.isoformat())
    return ReportOut.of(report)


@router.post("/outlets/{outlet}/reports/{day}", response=ReportOut, summary="Make the daily report of an outlet now")
def post_report(request: HttpRequest, outlet: UUID, day: date) -> ReportOut:
    """Needs `environment.report:make` at the place; a new version only if the figures changed."""
    return ReportOut.of(make_report(actor=request.actor, outlet=outlet, day=day))


@router.get("/districts/{path}/reports/{day}", response=DistrictReportOut, summary="The daily report of a district")
def read_district_report(request: HttpRequest, path: str, day: date) -> DistrictReportOut:
    """Within `environment.report:read`."""
    found = get_district_report(actor=request.actor, place_path=path, day=day)
    figures = found.figures
    return DistrictReportOut(
        place_path=path,
        day=day,
        outlets=figures.outlets,
        reporting=figures.reporting,
        exceeding=figures.exceeding,
        valid_ratio=figures.valid_ratio,
        exceeding_hours=figures.exceeding_hours,
        kilograms=figures.kilograms,
        reports=[ReportOut.of(report) for _outlet, report in found.outlets if report],
    )


def _standing(request: HttpRequest, outlet: Outlet) -> OutletOut:
    return OutletOut.of(standings_of(request.actor, [outlet])[0])
