"""Quiet hours, pauses and tiers."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.clock import CITY
from yuzhou.kernel.notices.rules import MAX_ATTEMPTS, after_quiet, is_quiet, pause_after, upwards


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=CITY)


@pytest.mark.parametrize(
    ("moment", "start", "end", "expected"),
    [
        (at(23), time(22), time(7), at(7, day=11)),
        (at(3), time(22), time(7), at(7)),
        (at(7), time(22), time(7), at(7)),
        (at(12), time(22), time(7), at(12)),
        (at(12), time(12), time(14), at(14)),
        (at(12), time(12), time(12), at(12)),
        (at(12), None, time(14), at(12)),
    ],
)
def test_notices_wait_for_the_end_of_quiet_hours(moment: datetime, start: time | None, end: time, expected: datetime) -> None:
    assert after_quiet(moment.astimezone(UTC), start, end) == expected


moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, st.times(), st.times())
def test_what_comes_after_quiet_is_not_quiet_and_within_a_day(moment: datetime, start: time, end: time) -> None:
    later = after_quiet(moment, start, end)
    assert moment <= later <= moment + timedelta(days=1)
    assert not is_quiet(later, start, end)


def test_pauses_end() -> None:
    assert pause_after(1) == timedelta(minutes=1)
    assert pause_after(MAX_ATTEMPTS) is None
    assert pause_after(MAX_ATTEMPTS - 1) == timedelta(hours=6)


def test_places_above() -> None:
    assert list(upwards("50.0106.003")) == ["50.0106.003", "50.0106", "50"]
