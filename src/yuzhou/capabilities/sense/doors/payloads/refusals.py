"""What is wrong with a payload: which row, which field, and why."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yuzhou.capabilities.sense.doors.payloads import messages
from yuzhou.kernel.errors import word

MOST_KEPT = 100
"""So many refusals of one payload are told one by one; of the others only how many there are."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing refused. `row` counts from 1 (the reports of a list, the rows below a header); 0 is the payload as a whole."""

    code: str
    row: int = 0
    field: str = ""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Where, and what is wrong, in the active language."""
        where = messages.WITHOUT_ROW if not self.row else messages.WITH_FIELD if self.field else messages.WITH_ROW
        return word(where, {"row": self.row, "field": self.field, "problem": word(self.code, dict(self.params))})


class Refused(Exception):
    """Carries a refusal up to where it is noted."""

    def __init__(self, code: str, row: int = 0, field: str = "", **params: Any) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, row, field, params)


class Refusals:
    """Gathers refusals; counts all, keeps the first ones."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self.kept: list[Refusal] = []
        self.count = 0
        self.codes: dict[str, int] = {}

    def __len__(self) -> int:
        return self.count

    def __bool__(self) -> bool:
        return self.count > 0

    def note(self, refusal: Refusal, times: int = 1) -> None:
        """Take one down; `times` readings went with it."""
        self.count += times
        self.codes[refusal.code] = self.codes.get(refusal.code, 0) + times
        if len(self.kept) < self._most:
            self.kept.append(refusal)
