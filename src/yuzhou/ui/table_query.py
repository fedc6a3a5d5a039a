"""What a table asks of where its rows are, and what it is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

CSV_CHUNK = 1000  # rows of a file that are in memory at a time


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What a table asks of its source: filter by text and choices, sort, then a slice (`limit` None: all).

    A file asks for all rows, slice by slice: then `whole` holds, the total is not wanted from a source that gives an `after`, and
    the next slice follows that `after`, so that no slice costs more than the one before.
    """

    text: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    offset: int = 0
    limit: int | None = None
    whole: bool = False
    after: Any = None


@dataclass(frozen=True, slots=True)
class Slice:
    """What a source answers: the rows of the slice, how many there are in all, and, if it can, what leads on to those behind."""

    rows: Sequence[Any]
    total: int
    after: Any = None


Source = Callable[[TableQuery], Slice]


def query_behind(query: TableQuery, found: Slice) -> TableQuery | None:
    """What asks for the slice behind; None at the end."""
    if found.after is not None:
        return replace(query, after=found.after)
    further = replace(query, offset=query.offset + CSV_CHUNK)
    return further if query.after is None and found.rows and further.offset < found.total else None
