"""The daily report by worked cases."""

from datetime import date

import pytest

from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.daily import FactorDay, Hour, OutletDay, count_runs, report_outlet
from yuzhou.domains.environment.rules.district import report_district
from yuzhou.domains.environment.rules.limits import Averaging, Limit

COD, FLOW, ACIDITY, DIOXIDE, GAS = (factors()[code] for code in ("w01018", "w00000", "w01001", "a21026", "a00000"))
LIMIT = Limit("w01018", upper=100)
STOPPED, FAULT = 1, 4


def day(values: list[float], flag: int = 0) -> list[Hour]:
    return [Hour(index, value, flag) for index, value in enumerate(values)]


def one(report: OutletDay, code: str) -> FactorDay:
    return next(item for item in report.factors if item.factor == code)


def test_a_whole_quiet_day() -> None:
    report = report_outlet(
        factors=[COD, FLOW], hours={"w01018": day([50.0] * 24), "w00000": day([10.0] * 24)}, amounts={}, limits=[LIMIT]
    )
    cod, flow = one(report, "w01018"), one(report, "w00000")
    assert report.valid_ratio == 1.0
    assert (cod.mean, cod.minimum, cod.maximum, cod.exceedances, cod.max_ratio) == (50.0, 50.0, 50.0, 0, 0.5)
    assert flow.volume == pytest.approx(10 * 86.4)  # 10 L/s over a day
    assert cod.kilograms == pytest.approx(50 * 864 / 1000)  # 50 g in each of 864 m³
    assert (cod.amount_hours, cod.amount_reported, cod.weighted) == (24, 0, True)


def test_exceeding_hours_form_runs_and_the_limit_itself_is_kept() -> None:
    values = [100.0] * 24
    for hour, value in ((3, 120.0), (4, 150.0), (9, 100.1)):
        values[hour] = value
    cod = one(report_outlet(factors=[COD], hours={"w01018": day(values)}, amounts={}, limits=[LIMIT]), "w01018")
    assert (cod.exceeding_hours, cod.exceedances, cod.max_ratio) == (3, 2, 1.5)


def test_flagged_hours_are_no_measurements() -> None:
    hours = [*day([50.0] * 20), *(Hour(hour, 900.0, FAULT) for hour in (20, 21)), Hour(22, 50.0, computed=True)]
    cod = one(report_outlet(factors=[COD], hours={"w01018": hours}, amounts={}, limits=[LIMIT]), "w01018")
    assert (cod.expected, cod.received, cod.valid, cod.computed) == (24, 23, 21, 1)
    assert (cod.maximum, cod.exceeding_hours) == (50.0, 0)


def test_hours_of_standstill_are_not_expected() -> None:
    hours = {
        "w01018": [*day([50.0] * 12), *(Hour(h, 0.0, STOPPED) for h in range(12, 24))],
        "w00000": [*day([10.0] * 12), *(Hour(h, 0.0, STOPPED) for h in range(12, 24))],
    }
    report = report_outlet(factors=[COD, FLOW], hours=hours, amounts={}, limits=[])
    assert (report.stopped, report.expected, report.valid, report.valid_ratio) == (12, 24, 24, 1.0)


def test_one_factor_that_says_stopped_does_not_stop_the_outlet() -> None:
    hours = {"w01018": day([0.0] * 24, STOPPED), "w00000": day([10.0] * 24)}
    report = report_outlet(factors=[COD, FLOW], hours=hours, amounts={}, limits=[])
    assert (report.stopped, report.expected, report.valid) == (0, 48, 24)


def test_amounts_that_the_logger_reports_go_before_our_own() -> None:
    hours = {"w01018": day([50.0] * 24), "w00000": day([10.0] * 24)}
    amounts = {"w01018": day([2.0] * 6), "w00000": day([36.5] * 24)}
    report = report_outlet(factors=[COD, FLOW], hours=hours, amounts=amounts, limits=[])
    cod, flow = one(report, "w01018"), one(report, "w00000")
    assert cod.kilograms == pytest.approx(6 * 2.0 + 18 * 50 * 10 * 3600 / 1e6)
    assert (cod.amount_hours, cod.amount_reported) == (24, 6)
    assert flow.volume == pytest.approx(36.5 * 24)


def test_the_mean_in_water_is_weighted_by_flow() -> None:
    hours = {"w01018": day([100.0, 10.0]), "w00000": day([1.0, 9.0])}
    cod = one(report_outlet(factors=[COD], hours=hours, amounts={}, limits=[], length=2), "w01018")
    assert cod.mean == pytest.approx((100 * 1 + 10 * 9) / 10)
    assert cod.expected == 2


def test_gas_amounts_and_plain_means() -> None:
    hours = {"a21026": day([200.0, 100.0]), "a00000": day([20.0, 40.0])}
    dioxide = one(report_outlet(factors=[DIOXIDE, GAS], hours=hours, amounts={}, limits=[], length=2), "a21026")
    assert (dioxide.mean, dioxide.weighted) == (150.0, False)
    assert dioxide.kilograms == pytest.approx((200 * 20 + 100 * 40) * 3600 / 1e6)


def test_a_range_is_broken_on_both_sides_and_has_no_ratio() -> None:
    limit = Limit("w01001", upper=9, lower=6)
    acidity = one(
        report_outlet(factors=[ACIDITY], hours={"w01001": day([5.9, 6.0, 9.0, 9.1])}, amounts={}, limits=[limit]), "w01001"
    )
    assert (acidity.exceeding_hours, acidity.exceedances, acidity.max_ratio, acidity.kilograms) == (2, 2, None, None)


def test_a_limit_on_the_day_judges_the_mean() -> None:
    limit = Limit("w01018", upper=50, averaging=Averaging.DAY)
    report = report_outlet(factors=[COD], hours={"w01018": day([40.0, 70.0])}, amounts={}, limits=[limit])
    assert (one(report, "w01018").day_exceeded, report.exceeding_hours) == (True, 0)


def test_nothing_came() -> None:
    report = report_outlet(factors=[COD, FLOW], hours={}, amounts={}, limits=[LIMIT])
    assert (report.valid, report.expected, report.valid_ratio) == (0, 48, 0.0)
    assert one(report, "w01018").mean is None


def test_runs() -> None:
    assert [count_runs(hours) for hours in ([], [4], [1, 2, 3], [1, 3, 4, 9])] == [0, 1, 1, 3]


def test_a_district_adds_up() -> None:
    quiet = report_outlet(
        factors=[COD, FLOW], hours={"w01018": day([50.0] * 24), "w00000": day([10.0] * 24)}, amounts={}, limits=[LIMIT]
    )
    loud = report_outlet(factors=[COD], hours={"w01018": day([150.0] * 12)}, amounts={}, limits=[LIMIT])
    silent = report_outlet(factors=[COD], hours={}, amounts={}, limits=[LIMIT])
    district = report_district([quiet, loud, silent])
    assert (district.outlets, district.reporting, district.exceeding) == (3, 2, 1)
    assert (district.expected, district.valid, district.exceeding_hours, district.exceedances) == (96, 60, 12, 1)
    assert district.kilograms == {"w01018": pytest.approx(43.2)}
    assert district.kilogram_outlets == {"w01018": 1}
    assert report_district([]).valid_ratio is None


def test_limits_hold_by_date() -> None:
    old = Limit("w01018", upper=100, valid_from=date(2020, 1, 1), valid_to=date(2026, 7, 1))
    assert old.holds_on(date(2026, 6, 30))
    assert not old.holds_on(date(2026, 7, 1))
