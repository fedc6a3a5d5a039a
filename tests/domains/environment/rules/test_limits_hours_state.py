"""Dated limits, valid hours, and the state on the map."""

from datetime import UTC, date, datetime, timedelta

import pytest

from yuzhou.domains.environment.rules.hours import is_valid
from yuzhou.domains.environment.rules.limits import Averaging, Limit, limit_on, overlapping
from yuzhou.domains.environment.rules.state import OutletState, outlet_state

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


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


@pytest.mark.parametrize(("flag", "valid"), [(0, True), (1, False), (4, False), (0x10, True), (0x30, True), (0x90, False)])
def test_only_normal_values_that_nobody_doubts_are_valid(flag: int, valid: bool) -> None:
    assert is_valid(flag) is valid


@pytest.mark.parametrize(
    ("minutes", "alarms", "exceeding", "state"),
    [
        (None, (), False, OutletState.NO_DATA),
        (5, (), False, OutletState.NORMAL),
        (5, ("frozen",), False, OutletState.FLAGGED),
        (5, ("limit", "flagged"), False, OutletState.EXCEEDING),
        (5, (), True, OutletState.EXCEEDING),
        (31, ("limit",), False, OutletState.SILENT),
        (5, ("missing", "limit"), False, OutletState.SILENT),
        (25 * 60, (), True, OutletState.OFFLINE),
    ],
)
def test_the_state_on_the_map(minutes: int | None, alarms: tuple[str, ...], exceeding: bool, state: OutletState) -> None:
    last_seen = None if minutes is None else NOW - timedelta(minutes=minutes)
    found = outlet_state(
        now=NOW, last_seen=last_seen, silent_after=timedelta(minutes=30), open_alarms=alarms, exceeding=exceeding
    )
    assert found is state


def test_a_silent_logger_without_a_link_is_offline() -> None:
    seen = NOW - timedelta(minutes=31)
    found = outlet_state(now=NOW, last_seen=seen, silent_after=timedelta(minutes=30), linked=False)
    assert found is OutletState.OFFLINE


def test_a_closed_outlet_is_closed() -> None:
    assert outlet_state(now=NOW, last_seen=NOW, silent_after=timedelta(minutes=30), closed=True) is OutletState.CLOSED
