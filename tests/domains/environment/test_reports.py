"""Daily reports: made, kept in versions, made again when late data come."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from yuzhou.capabilities.sense.contracts import Statistic
from yuzhou.domains.environment.contracts import Outlet
from yuzhou.domains.environment.selectors.reports import get_district_report, get_report, list_days, list_versions
from yuzhou.domains.environment.services.reports import make_report, make_reports
from yuzhou.kernel import clock
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import Invalid, NotFound, PermissionDenied
from yuzhou.kernel.transactions import acting_as

from .conftest import SYSTEM, person

pytestmark = pytest.mark.django_db
Store = Callable[..., None]
DAY = clock.local_day(clock.now()) - timedelta(days=2)
START, _ = clock.day_bounds(DAY)


def test_the_report_says_what_the_hours_say(outlet: Outlet, officer: Actor, store: Store) -> None:
    store(outlet, "w01018", START, [50.0] * 20 + [120.0, 150.0])
    store(outlet, "w00000", START, [10.0] * 24)
    store(outlet, "w01018", START, [2.0] * 3, statistic=Statistic.HOUR_TOTAL)
    with acting_as(officer):
        report = make_report(actor=officer, outlet=outlet.id, day=DAY)
    flow, cod = report.figures.factors
    assert (report.version, report.is_final) == (1, True)
    assert (cod.valid, cod.expected, flow.valid) == (22, 24, 24)
    assert report.figures.valid_ratio == pytest.approx(46 / 48)
    assert (cod.maximum, cod.minimum) == (150.0, 50.0)
    assert flow.volume == pytest.approx(864.0)
    assert cod.kilograms == pytest.approx(3 * 2.0 + (17 * 50 + 120 + 150) * 10 * 3600 / 1e6)
    assert (cod.amount_hours, cod.amount_reported) == (22, 3)


def test_late_data_make_a_new_version_and_nothing_new_makes_none(outlet: Outlet, officer: Actor, store: Store) -> None:
    store(outlet, "w01018", START, [50.0] * 12)
    with acting_as(officer):
        first = make_report(actor=officer, outlet=outlet.id, day=DAY)
        assert make_report(actor=officer, outlet=outlet.id, day=DAY) == first
    store(outlet, "w01018", START + timedelta(hours=12), [60.0] * 12)
    with acting_as(SYSTEM):
        (again,) = make_reports(actor=SYSTEM, day=DAY)
    assert (again.version, again.figures.factors[1].valid) == (2, 24)
    with acting_as(officer):
        assert get_report(actor=officer, outlet=outlet.id, day=DAY) == again
        assert get_report(actor=officer, outlet=outlet.id, day=DAY, version=1) == first
        assert [report.version for report in list_versions(actor=officer, outlet=outlet.id, day=DAY)] == [2, 1]
        assert list_days(actor=officer) == [DAY]


def test_the_limit_of_the_day_judges_it(outlet: Outlet, officer: Actor, store: Store) -> None:
    today = clock.local_day(clock.now())
    midnight, _ = clock.day_bounds(today)
    hours = int((clock.now() - midnight).total_seconds() // 3600)
    store(outlet, "w01018", START, [150.0] * 24)
    with acting_as(officer):
        before = make_report(actor=officer, outlet=outlet.id, day=DAY)
    assert before.figures.exceeding_hours == 0, "the limit began only today"
    store(outlet, "w01018", midnight, [150.0] * hours)
    with acting_as(officer):
        now = make_report(actor=officer, outlet=outlet.id, day=today)
    assert now.figures.exceeding_hours == hours
    assert not now.is_final


def test_a_district_adds_up_its_outlets(outlet: Outlet, officer: Actor, store: Store, yubei: str) -> None:
    store(outlet, "w01018", START, [50.0] * 24)
    with acting_as(officer):
        before = get_district_report(actor=officer, place_path=yubei, day=DAY)
        assert [(one.id, made) for one, made in before.outlets] == [(outlet.id, None)]
        make_reports(actor=officer, day=DAY, below=yubei)
        after = get_district_report(actor=officer, place_path=yubei, day=DAY)
    assert (after.figures.outlets, after.figures.reporting, after.figures.valid) == (1, 1, 24)


def test_reports_stay_within_reach(outlet: Outlet, officer: Actor, wanzhou: str, firm: object) -> None:
    with acting_as(officer):
        make_report(actor=officer, outlet=outlet.id, day=DAY)
        with pytest.raises(Invalid):
            make_report(actor=officer, outlet=outlet.id, day=clock.local_day(clock.now()) + timedelta(days=1))
    stranger = person("environment-officer", place_path=wanzhou)
    with acting_as(stranger), pytest.raises(NotFound):
        get_report(actor=stranger, outlet=outlet.id, day=DAY)
    member = person("environment-firm", organisation=outlet.operator.id if outlet.operator else None)
    with acting_as(member):
        assert get_report(actor=member, outlet=outlet.id, day=DAY) is not None
        with pytest.raises(PermissionDenied):
            make_report(actor=member, outlet=outlet.id, day=DAY)


def test_the_nightly_job_queues_every_district_and_the_queued_job_makes_the_reports(
    outlet: Outlet, yubei: str, store: Store
) -> None:
    from yuzhou.domains.environment import tasks

    store(outlet, "w01018", START, [50.0] * 24)
    with acting_as(SYSTEM):
        tasks.make_daily_reports()
        tasks.make_district_reports(day=DAY.isoformat(), below=yubei)
        assert get_report(actor=SYSTEM, outlet=outlet.id, day=DAY) is not None


def test_days_before_an_outlet_opened_are_reported_only_where_its_logger_reissued_them(outlet: Outlet, store: Store) -> None:
    store(outlet, "w01018", START, [50.0] * 2)
    with acting_as(SYSTEM):
        assert [report.day for report in make_reports(actor=SYSTEM, day=DAY)] == [DAY]
        assert make_reports(actor=SYSTEM, day=outlet.opened_on - timedelta(days=30)) == []
