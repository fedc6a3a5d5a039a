"""Dated limits, hours of our own, and the state on the map."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.domains.environment.rules.hours import hourly_mean, is_valid
from yuzhou.domains.environment.rules.limits import Averaging, Limit, limit_on, overlapping
from yuzhou.domains.environment.rules.state import OutletState, outlet_state

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
FAULT, LINK_FAULT = 4, 7


def test_the_limit_in_force_is_found_by_day_and_averaging() -> None:
    old = Limit("w01018", upper=100, valid_from=date(2020, 1, 1), valid_to=date(2026, 7, 1))
    new = Limit("w01018", upper=60, valid_from=date(2026, 7, 1))
    daily = Limit("w01018", upper=50, averaging=Averaging.DAY)
    limits = [new, daily, old]
    assert limit_on(limits, "w01018", date(2026, 6, 30)) is old
    assert limit_on(limits, "w01018", date(2026, 7, 1)) is new
    assert limit_on(limits, "w01018", date(2019, 1, 1)) is None
    assert limit_on(limits, "w01018", date(2019, 1, 1), Averaging.DAY) is daily
    assert overlapping(limits) == []
    assert overlapping([old, Limit("w01018", upper=60, valid_from=date(2026, 6, 30))])


def test_an_hour_of_our_own_needs_three_quarters_of_valid_values() -> None:
    whole = hourly_mean([10.0] * 90 + [99.0] * 30, [0] * 90 + [FAULT] * 30, expected=120)
    assert whole is not None
    assert (whole.value, whole.flag, whole.coverage) == (10.0, 0, 0.75)
    faulty = hourly_mean([10.0] * 89 + [99.0] * 31, [0] * 89 + [FAULT] * 31, expected=120)
    assert faulty is not None
    assert faulty.flag == FAULT
    thin = hourly_mean([10.0] * 10, [0] * 10, expected=120)
    assert thin is not None
    assert (thin.flag, is_valid(thin.flag)) == (LINK_FAULT, False)
    assert hourly_mean([], [], expected=120) is None


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 7)), min_size=1, max_size=200), st.integers(1, 120))
def test_a_mean_lies_between_its_values(rows: list[tuple[float, int]], expected: int) -> None:
    values, flags = [value for value, _ in rows], [flag for _, flag in rows]
    found = hourly_mean(values, flags, expected=expected)
    assert found is not None
    assert min(values) - 1e-6 <= found.value <= max(values) + 1e-6
    assert 0 <= found.coverage <= 1


@pytest.mark.parametrize(
    ("minutes", "alarms", "exceeding", "state"),
    [
        (None, (), False, OutletState.NO_DATA),
        (5, (), False, OutletState.NORMAL),
        (5, ("frozen",), False, OutletState.FLAGGED),
        (5, ("limit", "flagged"), False, OutletState.EXCEEDING),
        (5, (), True, OutletState.EXCEEDING),
        (31, ("limit",), False, OutletState.SILENT),
        (25 * 60, (), True, OutletState.OFFLINE),
    ],
)
def test_the_state_on_the_map(minutes: int | None, alarms: tuple[str, ...], exceeding: bool, state: OutletState) -> None:
    last_seen = None if minutes is None else NOW - timedelta(minutes=minutes)
    found = outlet_state(
        now=NOW, last_seen=last_seen, silent_after=timedelta(minutes=30), open_alarms=alarms, exceeding=exceeding
    )
    assert found is state


def test_a_closed_outlet_is_closed() -> None:
    assert outlet_state(now=NOW, last_seen=NOW, silent_after=timedelta(minutes=30), closed=True) is OutletState.CLOSED
