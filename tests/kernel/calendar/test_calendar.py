"""Working days: published, imported, provisional."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.calendar import api, rules
from yuzhou.kernel.calendar.command import run
from yuzhou.kernel.calendar.models import ImportedYear
from yuzhou.kernel.errors import Invalid

NATIONAL_DAYS = "\n".join(f"2027-10-0{n},rest,国庆节" for n in range(1, 8)) + "\n2027-09-26,work,国庆节\n"


def weekdays(year: int) -> api.YearCalendar:
    return api.YearCalendar(year, api.Source.PROVISIONAL, {}, {})


@pytest.mark.django_db
def test_a_published_year_knows_feasts_and_days_worked_for_them() -> None:
    day = api.get_day(date(2026, 10, 1))
    assert (day.is_working, day.feast and day.feast.zh, day.is_provisional) == (False, "国庆节", False)
    assert api.is_working_day(date(2026, 10, 10)), "a Saturday that is worked"
    assert not api.is_working_day(date(2026, 10, 11))
    assert api.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert api.add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert api.count_working_days(date(2026, 9, 30), date(2026, 10, 10)) == 3


@pytest.mark.django_db
def test_an_unpublished_year_is_provisional_and_says_so() -> None:
    day = api.get_day(date(2027, 10, 1))
    assert (day.is_working, day.feast, day.is_provisional) == (True, None, True)
    assert api.get_year(2027).source is api.Source.PROVISIONAL
    assert api.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 1), "nobody has published that it is a feast"


@pytest.mark.django_db
@pytest.mark.owner
def test_an_imported_year_stands_before_what_was_known(
    tmp_path: Path, kept_acts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("\ufeffdate,kind,name\n" + NATIONAL_DAYS, encoding="utf-8")
    assert run(["import", "2027", str(file)]) == run(["import", "2027", str(file)]) == 0
    assert "2027: imported" in capsys.readouterr().out
    assert not api.is_working_day(date(2027, 10, 1))
    assert api.is_working_day(date(2027, 9, 26))
    assert kept_acts.names == ["kernel.calendar:import"] * 2
    assert ImportedYear.objects.count() == 1
    file.write_text("2027-10-01,rest,国庆节\n")
    assert run(["import", "2027", str(file)]) == 1
    assert run(["import", "2027", str(tmp_path / "none")]) == 1


@pytest.mark.django_db
def test_the_web_cannot_change_the_calendar(kept_acts: Any) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        api.import_year(actor=Actor.system("t"), year=2027, text=NATIONAL_DAYS, origin="t")


@pytest.mark.parametrize(
    ("line", "number"),
    [("2026-10-01,rest,x", 1), ("2027-13-01,rest,x", 1), ("2027-10-01,feast,x", 1), ("2027-10-01", 1), ("\nx,rest", 2)],
)
def test_a_wrong_line_is_named(line: str, number: int) -> None:
    with pytest.raises(Invalid) as caught:
        rules.parse_year(line, 2027)
    assert (caught.value.code, caught.value.params["line"]) == ("kernel.calendar-line", number)


days = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@given(days, st.integers(-300, 300))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    end = rules.add_working_days(start, count, weekdays)
    assert end.weekday() < 5
    if count > 0:
        assert rules.count_working_days(start, end, weekdays) == count
    if count < 0:
        assert rules.count_working_days(end - timedelta(days=1), start - timedelta(days=1), weekdays) == -count


def test_nobody_counts_for_ever() -> None:
    with pytest.raises(Invalid):
        rules.add_working_days(date(2026, 1, 1), 10**9, weekdays)
