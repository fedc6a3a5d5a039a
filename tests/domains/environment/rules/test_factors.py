"""The factor dictionary of HJ 212-2017 tables B.1 to B.3, and identities of loggers."""

import csv
from pathlib import Path

import pytest

from yuzhou.domains.environment.reference import factors, standard_limits
from yuzhou.domains.environment.rules.factors import Medium
from yuzhou.domains.environment.rules.identity import is_password, is_readable_mn, is_standard_mn

TABLE = Path(__file__).parents[5] / "shared/data/sensing/hj212/factor_codes.csv"
SHARED_TABLE = TABLE if TABLE.exists() else Path("/nonexistent")


def test_common_factors_are_there_with_their_units() -> None:
    known = factors()
    assert len(known) == 192
    cod, flow, dioxide, acidity = known["w01018"], known["w00000"], known["a21026"], known["w01001"]
    assert (cod.name.zh, cod.old_code, cod.unit, cod.amount_unit, cod.decimals) == ("化学需氧量", "011", "mg/L", "kg", 1)
    assert (flow.unit, flow.amount_unit, flow.is_flow) == ("L/s", "m3", True)
    assert (dioxide.medium, dioxide.symbol, dioxide.is_concentration) == (Medium.AIR, "mg/m³", True)
    assert acidity.symbol == ""
    assert not acidity.is_concentration


@pytest.mark.skipif(not SHARED_TABLE.exists(), reason="the standard's own table is not beside this repository")
def test_every_code_of_the_standard_is_carried() -> None:
    with SHARED_TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = factors()
    assert {row["code"] for row in rows} == set(known)
    assert all(known[row["code"]].old_code == row["old_code"].replace("--", "") for row in rows)


def test_limits_of_standards_name_known_factors_of_their_medium() -> None:
    for item in standard_limits():
        assert factors()[item.factor].medium is item.medium
        assert item.upper is not None
        assert item.basis.startswith("GB ")


@pytest.mark.parametrize(
    ("mn", "readable", "standard"),
    [
        ("010000A8900016F000169DC0", True, True),
        ("010000a8900016f000169dc0", True, False),
        ("Y80110010000010", True, False),
        ("JLYP01_AIR01_0001", True, False),
        ("010000A8900016F000169DC00", False, False),
        ("码", False, False),
        ("", False, False),
    ],
)
def test_codes_of_loggers(mn: str, readable: bool, standard: bool) -> None:
    assert (is_readable_mn(mn), is_standard_mn(mn)) == (readable, standard)


def test_passwords_have_six_letters_or_digits() -> None:
    assert is_password("123456")
    assert not any(map(is_password, ("12345", "1234567", "12 456", "")))
