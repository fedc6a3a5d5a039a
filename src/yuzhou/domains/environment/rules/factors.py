"""Factors (监测因子): what an outlet's logger reports, by the codes of HJ 212-2017 tables B.1 to B.3."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from yuzhou.capabilities.sense.contracts.units import unit_symbol
from yuzhou.kernel.text import Text


class Medium(StrEnum):
    """What an outlet lets out."""

    WATER = "water"
    AIR = "air"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor; `unit` and `amount_unit` (of discharged amounts) are UCUM codes, empty where the standard names none."""

    code: str
    old_code: str
    medium: Medium
    name: Text
    unit: str
    amount_unit: str
    digits: int | None
    decimals: int | None

    @property
    def symbol(self) -> str:
        """The unit as people write it."""
        return unit_symbol(self.unit)

    @property
    def is_flow(self) -> bool:
        """Whether it is the flow that carries the others."""
        return self.code in FLOW_CODES.values()

    @property
    def is_concentration(self) -> bool:
        """Whether an amount can be had from it and a flow."""
        return self.unit in MILLIGRAMS_PER and not self.is_flow


FLOW_CODES = {Medium.WATER: "w00000", Medium.AIR: "a00000"}
MILLIGRAMS_PER = {"mg/L": 1.0, "ug/L": 1e-3, "ng/L": 1e-6, "mg/m3": 1.0, "ug/m3": 1e-3, "ng/m3": 1e-6}


def read_factors(rows: Iterable[dict[str, str]]) -> dict[str, Factor]:
    """The dictionary from the rows of the carried table, by code."""
    factors = {}
    for row in rows:
        factors[row["code"]] = Factor(
            code=row["code"],
            old_code=row["old_code"],
            medium=Medium(row["medium"]),
            name=Text(row["name_zh"], row["name_en"]),
            unit=row["unit"],
            amount_unit=row["amount_unit"],
            digits=int(row["digits"]) if row["digits"] else None,
            decimals=int(row["decimals"]) if row["decimals"] else None,
        )
    return factors


def rounded(value: float, factor: Factor) -> float:
    """The value with one decimal more than the standard prints, for display."""
    return round(value, (factor.decimals if factor.decimals is not None else 3) + 1)
