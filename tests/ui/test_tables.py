"""Tables: filter, sort, pages, CSV, from rows at hand and from a source that does it itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.utils.translation import override

from yuzhou.ui.table_view import TableView, render_table
from yuzhou.ui.tables import Column, Filter, Slice, Table, TableQuery

Ask = Callable[..., HttpRequest]
START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = [
    Column("name", "Name", url=lambda row: f"/outlets/{row['id']}"),
    Column("place.name", "Place", kind="place"),
    Column("state", "State", kind="state", states="outlet"),
    Column("value", "COD", kind="number", unit="mg/L", decimals=1),
    Column("at", "Reported", kind="time"),
]
FILTERS = [Filter("state", "State", states="outlet"), Filter("place.name", "Place")]


def rows(count: int = 60) -> list[dict[str, Any]]:
    return [
        {
            "id": n,
            "name": f"Outlet {n:03}",
            "place": {"name": ["渝中区", "江北区"][n % 2]},
            "state": ["normal", "alarm", "silent"][n % 3],
            "value": None if n % 10 == 0 else n * 1.5,
            "at": START + timedelta(hours=n),
        }
        for n in range(count)
    ]


def table(request: HttpRequest, **options: Any) -> Table:
    return Table(request, COLUMNS, rows(), filters=FILTERS, **options)


def names(t: Table) -> list[str]:
    return [row["name"] for row in t.slice.rows]


def csv_text(t: Table) -> str:
    return b"".join(t.csv_response().streaming_content).decode()


def test_first_page_in_the_given_order(ask: Ask) -> None:
    t = table(ask(), order="-at")
    assert names(t)[0] == "Outlet 059"
    assert len(names(t)) == 25
    view = TableView(t)
    assert (view.first, view.last, view.total, view.pages) == (1, 25, 60, 3)


def test_text_choice_and_sort_work_together(ask: Ask) -> None:
    t = table(ask(q="outlet 江北", state="alarm", sort="-value"))
    assert t.slice.rows
    assert all(row["state"] == "alarm" and row["place"]["name"] == "江北区" for row in t.slice.rows)
    values = [row["value"] for row in t.slice.rows if row["value"] is not None]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("order", ["value", "-value"])
def test_rows_without_a_value_come_last_both_ways(ask: Ask, order: str) -> None:
    t = table(ask(sort=order, per="100"))
    assert [row["value"] for row in t.slice.rows][-6:] == [None] * 6


def test_chinese_sorts_by_pinyin(ask: Ask) -> None:
    data = [{"name": name} for name in ("渝中区", "江北区", "巴南区", "南岸区")]
    t = Table(ask(sort="name"), [Column("name", "Name")], data)
    assert names(t) == ["巴南区", "江北区", "南岸区", "渝中区"]


@pytest.mark.parametrize("page", ["99", "-1", "x", "２", "9" * 30])
def test_a_page_that_is_not_there_is_answered_with_one_that_is(ask: Ask, page: str) -> None:
    t = table(ask(page=page))
    assert t.slice.rows
    assert 1 <= t.page <= 3


@pytest.mark.parametrize("parameters", [{"sort": "secret"}, {"sort": "-__class__"}, {"per": "100000"}, {"state": "nonsense"}])
def test_made_up_parameters_do_no_harm(ask: Ask, parameters: dict[str, str]) -> None:
    assert len(table(ask(**parameters)).slice.rows) in (0, 25)


def test_two_tables_of_a_page_do_not_disturb_each_other(ask: Ask) -> None:
    request = ask(**{"a-q": "Outlet 001", "b-page": "2"})
    assert len(table(request, name="a").slice.rows) == 1
    b = table(request, name="b")
    assert b.slice.rows
    assert b.page == 2
    assert "a-q=Outlet" in TableView(b).next_url


def test_html_has_headings_badges_times_and_links(ask: Ask) -> None:
    html = render_table(table(ask(), order="at", caption="Outlets"))
    assert 'aria-sort="ascending"' in html
    assert '<a href="/outlets/0">Outlet 000</a>' in html
    assert "2026-03-01 08:00" in html, "times are shown in city time"
    assert "yz-tone-critical" in html
    assert '<th scope="row"' in html


def test_cells_are_escaped(ask: Ask) -> None:
    html = render_table(Table(ask(), [Column("name", "Name")], [{"name": "<script>alert(1)</script>"}]))
    assert "<script>alert" not in html


def test_empty_and_filtered_out_say_different_things(ask: Ask) -> None:
    with override("en"):
        assert "Nothing here yet" in render_table(Table(ask(), COLUMNS, []))
        assert "Nothing matches the filters" in render_table(table(ask(q="zzz")))


def test_csv_has_every_row_that_the_filters_leave(ask: Ask) -> None:
    t = table(ask(state="alarm", format="csv", sort="at"))
    assert t.wants_csv
    lines = csv_text(t).splitlines()
    assert lines[0] == "\ufeffName,Place,State,COD (mg/L),Reported"
    assert len(lines) == 21
    assert lines[1].split(",")[3:] == ["1.5", "2026-03-01 09:00:00"]


def test_a_source_filters_sorts_and_slices_itself(ask: Ask) -> None:
    asked: list[TableQuery] = []

    def source(query: TableQuery) -> Slice:
        asked.append(query)
        total = 2500
        stop = min(total, query.offset + (query.limit or total))
        return Slice([{"name": f"Outlet {n}"} for n in range(query.offset, stop)], total)

    filters = [Filter("state", "State", choices=[("a", "A")])]
    t = Table(ask(q="x", state="a", sort="-name", page="3"), [Column("name", "Name")], source=source, filters=filters)
    assert names(t)[0] == "Outlet 50"
    assert asked[0] == TableQuery("x", {"state": "a"}, "name", True, 50, 25)
    assert len(csv_text(t).splitlines()) == 2501
    assert all(query.limit == 1000 for query in asked[1:])


def test_long_text_is_folded_and_a_row_is_named_by_its_heading(ask: Ask) -> None:
    columns = [Column("at", "Received"), Column("title", "Frame", heading=True), Column("text", "Text", fold=10)]
    shown = [{"at": "1", "title": "one", "text": "short"}, {"at": "2", "title": "two", "text": "a very long text"}]
    said = render_table(Table(ask("/"), columns, shown))
    assert said.count("<details") == 1
    assert "a very lon… " in said
    assert '<th scope="row" class="yz-cell-text" data-title="Frame"><span>one</span></th>' in said
    assert '<td class="yz-cell-text" data-title="Received"><span>1</span></td>' in said


def test_a_file_of_a_long_source_is_read_chunk_by_chunk_behind_the_last_row(ask: Ask) -> None:
    asked: list[TableQuery] = []

    def source(query: TableQuery) -> Slice:
        asked.append(query)
        start = 0 if query.after is None else query.after + 1
        found = [{"name": f"{n}"} for n in range(start, min(start + (query.limit or 0), 12_345))]
        return Slice(found, 0, start + len(found) - 1 if len(found) == query.limit else None)

    answer = Table(ask(), [Column("name", "Name")], source=source).csv_response()
    assert len(asked) == 1, "the rest is read while the file is sent"
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1:] == [str(n) for n in range(12_345)]
    assert all(query.whole and query.offset == 0 and query.limit == 1000 for query in asked)
    assert len(asked) == 13
