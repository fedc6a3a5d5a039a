"""The table that every register uses: filter, sort, pages and CSV, with or without JavaScript."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import get_language, override

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.transactions import acting_as, current_actor
from yuzhou.ui.csv import csv_response
from yuzhou.ui.display import NOTHING, attribute, show, show_number, show_time, sort_key
from yuzhou.ui.parts import Empty
from yuzhou.ui.states import State, key_of, state_of, states_of
from yuzhou.ui.table_query import CSV_CHUNK, Source, query_behind
from yuzhou.ui.table_query import Slice as Slice
from yuzhou.ui.table_query import TableQuery as TableQuery

Kind = Literal["text", "number", "time", "state", "link", "place"]
PAGE_SIZES = (25, 50, 100)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be shown."""

    text: str
    kind: Kind
    url: str | None = None
    state: State | None = None
    unit: str = ""
    moment: str = ""
    head: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` is the dotted path of the value in a row; `value` computes it instead; `url` makes the cell a link.

    `states` names the kind of state for badges (`alarm`), `unit` follows numbers, `wide` cells may wrap over lines; text of
    more than `fold` characters shows its beginning until it is opened. The `heading` names the row (else the first column does).
    """

    key: str
    title: Any
    kind: Kind = "text"
    value: Callable[[Any], Any] | None = None
    url: Callable[[Any], str | None] | None = None
    states: str = "boolean"
    unit: str = ""
    decimals: int | None = None
    sortable: bool = True
    wide: bool = False
    seconds: bool = False
    fold: int = 0
    heading: bool = False

    def of(self, row: Any) -> Any:
        """The raw value in a row."""
        return self.value(row) if self.value else attribute(row, self.key)

    def text(self, row: Any) -> str:
        """The value as it is read and searched."""
        value = self.of(row)
        if value is None or value == "":
            return NOTHING
        if self.kind == "state":
            return str(state_of(self.states, value).label)
        if self.kind == "time" and hasattr(value, "astimezone"):
            return show_time(value, seconds=self.seconds)
        if self.kind == "number" and not isinstance(value, str):
            return show_number(value, self.decimals)
        return show(value)

    def plain(self, row: Any) -> Any:
        """The value for CSV: numbers and times stay what they are."""
        value = self.of(row)
        return str(state_of(self.states, value).label) if self.kind == "state" and value not in (None, "") else value

    def cell(self, row: Any) -> Cell:
        """The value ready to be shown."""
        value = self.of(row)
        there = value is not None and value != ""
        text = self.text(row)
        return Cell(
            text=text,
            kind=self.kind,
            url=self.url(row) if self.url else None,
            state=state_of(self.states, value) if self.kind == "state" and there else None,
            unit=self.unit if there else "",
            moment=value.isoformat() if self.kind == "time" and there and hasattr(value, "isoformat") else "",
            head=text[: self.fold] if 0 < self.fold < len(text) else "",
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """A select above the table. `choices` are (value, label); left out, they are the values that the rows have.

    `states` takes the choices of a declared kind of state. `matches(row, value)` decides for rows in memory, else equality.
    """

    key: str
    title: Any
    choices: Sequence[tuple[Any, Any]] | None = None
    states: str | None = None
    matches: Callable[[Any, str], bool] | None = None

    def options(self, rows: Iterable[Any]) -> list[tuple[str, Any]]:
        """What can be chosen."""
        if self.states:
            return [(key, state.label) for key, state in states_of(self.states).items()]
        if self.choices is not None:
            return [(key_of(value), label) for value, label in self.choices]
        found = {key_of(value): str(value) for row in rows if (value := attribute(row, self.key)) not in (None, "")}
        return sorted(found.items(), key=lambda item: sort_key(item[1]))

    def keeps(self, row: Any, value: str) -> bool:
        """Whether a row stays."""
        return self.matches(row, value) if self.matches else key_of(attribute(row, self.key)) == value


def rows_in_memory(rows: Sequence[Any], columns: Sequence[Column], filters: Sequence[Filter]) -> Source:
    """A source over rows at hand."""
    by_key = {column.key: column for column in columns}
    filter_of = {f.key: f for f in filters}

    def answer(query: TableQuery) -> Slice:
        words = query.text.casefold().split()
        kept = [row for row in rows if all(filter_of[key].keeps(row, value) for key, value in query.choices.items())]
        if words:
            kept = [row for row in kept if _mentions(row, columns, words)]
        if query.sort in by_key:
            kept = _sorted(kept, by_key[query.sort], query.descending)
        end = None if query.limit is None else query.offset + query.limit
        return Slice(kept[query.offset : end], len(kept))

    return answer


def _mentions(row: Any, columns: Sequence[Column], words: Sequence[str]) -> bool:
    text = " ".join(column.text(row) for column in columns).casefold()
    return all(word in text for word in words)


def _sorted(rows: list[Any], column: Column, descending: bool) -> list[Any]:
    def key(row: Any) -> tuple[int, Any]:
        return sort_key(column.text(row) if column.kind == "state" else column.of(row))

    there = [row for row in rows if column.of(row) not in (None, "")]
    missing = [row for row in rows if column.of(row) in (None, "")]
    return sorted(there, key=key, reverse=descending) + missing


@dataclass(frozen=True, slots=True)
class Picks:
    """A box to tick before each row. The boxes belong to the form `form`, which `template` puts below the table."""

    name: str
    form: str
    value: Callable[[Any], Any]
    label: Callable[[Any], Any]
    template: str
    context: Any = None


class Table:
    """A table over `rows` at hand, or over a `source` that filters, sorts and slices itself (for what a database holds).

    `name` tells several tables of one page apart and prefixes their parameters. `order` is a column key, `-key` for descending.
    """

    def __init__(
        self,
        request: HttpRequest,
        columns: Sequence[Column],
        rows: Iterable[Any] | None = None,
        *,
        source: Source | None = None,
        filters: Sequence[Filter] = (),
        name: str = "",
        caption: Any = "",
        order: str = "",
        search: bool = True,
        page_size: int = PAGE_SIZES[0],
        csv_name: str = "table",
        empty: Empty | None = None,
        live: str = "",
        picks: Picks | None = None,
    ) -> None:
        self.request, self.columns, self.filters = request, tuple(columns), tuple(filters)
        self.rows_at_hand = list(rows or ())
        self.source = source or rows_in_memory(self.rows_at_hand, self.columns, self.filters)
        self.name, self.caption, self.order, self.search, self.picks = name, caption, order, search, picks
        self.default_size, self.csv_name, self.empty, self.live = page_size, csv_name, empty or Empty(), live

    @property
    def heading(self) -> Column:
        """The column that names a row."""
        return next((column for column in self.columns if column.heading), self.columns[0])

    @property
    def id(self) -> str:
        """The element's id on the page."""
        return f"table-{self.name}" if self.name else "table"

    def parameter(self, key: str) -> str:
        """The name of one of this table's parameters in the address."""
        return f"{self.name}-{key}" if self.name else key

    def asked(self, key: str) -> str:
        """The value that the address gives for one of this table's parameters."""
        return self.request.GET.get(self.parameter(key), "").strip()

    @cached_property
    def page_size(self) -> int:
        """Rows per page."""
        asked = self.asked("per")
        return int(asked) if asked in map(str, PAGE_SIZES) else self.default_size

    @cached_property
    def page(self) -> int:
        """The page, from 1; one beyond the last is the last."""
        asked = self.asked("page")
        return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1

    @cached_property
    def query(self) -> TableQuery:
        """What the address asks for."""
        order = self.asked("sort") or self.order
        key = order.removeprefix("-")
        sortable = any(column.key == key and column.sortable for column in self.columns)
        choices = {f.key: value for f in self.filters if (value := self.asked(f.key))}
        return TableQuery(
            text=self.asked("q")[:200] if self.search else "",
            choices=choices,
            sort=key if sortable or order == self.order else None,
            descending=order.startswith("-"),
            offset=(self.page - 1) * self.page_size,
            limit=self.page_size,
        )

    @cached_property
    def slice(self) -> Slice:
        """The rows of this page; a page beyond the end gives the last."""
        found = self.source(self.query)
        if not found.rows and found.total and self.query.offset:
            self.page = (found.total - 1) // self.page_size + 1
            del self.query
            found = self.source(self.query)
        return found

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows the rows."""
        return bool(self.query.text or self.query.choices)

    @property
    def wants_csv(self) -> bool:
        """Whether the address asks for this table as CSV."""
        return self.asked("format") == "csv"

    def csv_response(self) -> StreamingHttpResponse:
        """All rows that the filters leave, in their order, as CSV.

        They are read while they are sent, a chunk in memory at a time, each in a short transaction of the same actor. The first
        is read at once: what goes wrong with it is still answered by a page.
        """
        header = [f"{c.title} ({c.unit})" if c.unit else str(c.title) for c in self.columns]
        chunks = self._chunks(current_actor(), get_language())
        return csv_response(self.csv_name, header, chain(next(chunks), chain.from_iterable(chunks)))

    def _chunks(self, actor: Actor | None, language: str | None) -> Iterator[list[list[Any]]]:
        query: TableQuery | None = replace(self.query, offset=0, limit=CSV_CHUNK, whole=True)
        while query is not None:
            with acting_as(actor) if actor else nullcontext(), override(language):
                found = self.source(query)
                rows = [[column.plain(row) for column in self.columns] for row in found.rows]
            yield rows
            query = query_behind(query, found)

    def url(self, **changes: Any) -> str:
        """The address of this page with some of this table's parameters changed; an empty value takes one away."""
        parameters = self.request.GET.copy()
        for key, value in changes.items():
            parameters.pop(self.parameter(key), None)
            if value not in (None, ""):
                parameters[self.parameter(key)] = str(value)
        return f"{self.request.path}?{parameters.urlencode()}" if parameters else self.request.path
