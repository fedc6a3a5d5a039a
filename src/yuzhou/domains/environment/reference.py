"""The field's reference data, carried in the package (see data/ORIGIN.md)."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from yuzhou.domains.environment.rules.factors import Factor, Medium, read_factors
from yuzhou.domains.environment.rules.limits import Averaging
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class StandardLimit:
    """A limit of a national standard, offered to the officer who enters an outlet's own."""

    standard: str
    clause: Text
    title: Text
    medium: Medium
    factor: str
    averaging: Averaging
    converted: bool
    lower: float | None
    upper: float | None

    @property
    def basis(self) -> str:
        """What to quote as the basis of a limit taken from it."""
        return f"{self.standard} {self.clause}"


def _rows(name: str) -> list[dict[str, str]]:
    text = files("yuzhou.domains.environment").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def factors() -> dict[str, Factor]:
    """The factor dictionary by code (HJ 212-2017 tables B.1 to B.3)."""
    return read_factors(_rows("factors.csv"))


@cache
def standard_limits() -> tuple[StandardLimit, ...]:
    """The limits of national standards that are carried along."""
    return tuple(
        StandardLimit(
            standard=row["standard"],
            clause=Text(*row["clause"].split(" / ", 1)),
            title=Text(row["title_zh"], row["title_en"]),
            medium=Medium(row["medium"]),
            factor=row["factor"],
            averaging=Averaging(row["averaging"]),
            converted=row["converted"] == "1",
            lower=float(row["lower"]) if row["lower"] else None,
            upper=float(row["upper"]) if row["upper"] else None,
        )
        for row in _rows("standards.csv")
    )
