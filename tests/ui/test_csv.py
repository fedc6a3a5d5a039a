"""CSV: no cell runs as a formula, numbers stay numbers, Chinese survives a spreadsheet."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.ui.csv import FORMULA_STARTS, csv_lines, csv_response, safe_cell


@pytest.mark.parametrize("value", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1"])
def test_formulas_are_defused(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-3.5, "-3.5"),
        (Decimal("-1.20"), "-1.20"),
        (None, ""),
        ("样例", "样例"),
        (datetime(2026, 1, 1, 0, 0, tzinfo=UTC), "2026-01-01 08:00:00"),
    ],
)
def test_other_values_stay(value: Any, text: str) -> None:
    assert safe_cell(value) == text


def without_guard(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.removeprefix("'") for cell in row] for row in rows]


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1, max_size=4), min_size=1))
def test_every_cell_comes_back_and_none_is_a_formula(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(["head"], rows)).removeprefix("\ufeff")
    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert without_guard(back) == without_guard(rows)
    assert not any(cell.lstrip(" ").startswith(FORMULA_STARTS) for row in back for cell in row)


def test_the_file_has_a_chinese_name_and_a_mark() -> None:
    response = csv_response("排口日报", ["名称"], [["样例"]])
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbf")
    assert "filename*=UTF-8''%E6%8E%92%E5%8F%A3" in response["Content-Disposition"]
    assert 'filename="table.csv"' in response["Content-Disposition"]
