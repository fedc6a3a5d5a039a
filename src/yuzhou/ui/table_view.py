"""What the template of a table needs, worked out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string

from yuzhou.ui.tables import PAGE_SIZES, Cell, Column, Table

FEW_ROWS = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head: where a click leads, and how the column stands now (`ascending`, `descending`, `none`)."""

    column: Column
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Select:
    """A filter with its present choice."""

    name: str
    title: Any
    options: list[tuple[str, Any]]
    chosen: str


class TableView:
    """Headings, cells, selects and page links of a table."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @cached_property
    def headings(self) -> list[Heading]:
        """One for each column; first click ascending, second descending."""
        query = self.table.query
        found = []
        for column in self.table.columns:
            now = "none" if column.key != query.sort else "descending" if query.descending else "ascending"
            then = f"-{column.key}" if now == "ascending" else column.key
            found.append(Heading(column, self.table.url(sort=then, page="", format=""), now))
        return found

    @cached_property
    def rows(self) -> list[list[tuple[Column, Cell]]]:
        """The cells with their columns."""
        return [[(column, column.cell(row)) for column in self.table.columns] for row in self.table.slice.rows]

    @property
    def lines(self) -> list[tuple[tuple[Any, Any] | None, list[tuple[Column, Cell]]]]:
        """The rows, each with the value and the name of its box to tick, if it has one."""
        picks = self.table.picks
        boxes = [(picks.value(row), picks.label(row)) if picks else None for row in self.table.slice.rows]
        return list(zip(boxes, self.rows, strict=True))

    @cached_property
    def selects(self) -> list[Select]:
        """The filters."""
        table = self.table
        return [
            Select(table.parameter(f.key), f.title, f.options(table.rows_at_hand), table.query.choices.get(f.key, ""))
            for f in table.filters
        ]

    @property
    def has_controls(self) -> bool:
        """Whether anything stands above the table: a few rows need neither search nor choices."""
        offers = bool(self.table.filters) or self.table.search
        return offers and (self.total > FEW_ROWS or self.table.is_filtered)

    @property
    def kept_parameters(self) -> Iterator[tuple[str, str]]:
        """Parameters of the address that the filter form must carry on: those of others, and the order."""
        own = {self.table.parameter(key) for key in ("q", "page", "format", *(f.key for f in self.table.filters))}
        return ((key, value) for key, values in self.table.request.GET.lists() for value in values if key not in own)

    @property
    def total(self) -> int:
        """How many rows the filters leave."""
        return self.table.slice.total

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        _ = self.table.slice
        return (self.table.page - 1) * self.table.page_size + 1

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.table.slice.rows) - 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.table.page_size))

    @property
    def page_links(self) -> list[tuple[int | None, str]]:
        """Page numbers with their addresses; None marks a gap."""
        _ = self.table.slice
        here, shown = self.table.page, 0
        links: list[tuple[int | None, str]] = []
        for number in range(1, self.pages + 1):
            if number in (1, self.pages) or abs(number - here) <= 1:
                if shown and number > shown + 1:
                    links.append((None, ""))
                links.append((number, self.table.url(page=number, format="")))
                shown = number
        return links

    @property
    def previous_url(self) -> str:
        """The page before, or nothing."""
        return self.table.url(page=self.table.page - 1, format="") if self.table.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, or nothing."""
        return self.table.url(page=self.table.page + 1, format="") if self.table.page < self.pages else ""

    @property
    def size_links(self) -> list[tuple[int, str]]:
        """The page sizes on offer."""
        return [(size, self.table.url(per=size, page="", format="")) for size in PAGE_SIZES]

    @property
    def csv_url(self) -> str:
        """All rows as CSV."""
        return self.table.url(format="csv", page="")

    @property
    def clear_url(self) -> str:
        """The table without filters."""
        return self.table.url(q="", page="", format="", **{f.key: "" for f in self.table.filters})


def render_table(table: Table) -> str:
    """The HTML of a table."""
    return render_to_string("ui/parts/table.html", {"table": table, "view": TableView(table)}, request=table.request)
