"""One report: what a device said of one moment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PROPERTY = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
FLAGS = "NFMSDCTB"
"""The letters of HJ 212-2017, table 8; their place is the number of the `DataFlag`."""

Value = float | bool | str


@dataclass(slots=True)
class Report:
    """`at` in µs since 1970, None: the time of receipt. `values` by property; a text is no reading, but kept with the frame.

    `flags`: letters of HJ 212 for single values. `units` (UCUM) where they differ from the property's own. `row` counts from 1.
    """

    values: Mapping[str, Value]
    at: int | None = None
    device: str | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    row: int = 1
