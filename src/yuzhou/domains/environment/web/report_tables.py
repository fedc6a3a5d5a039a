"""What the pages, the papers and the CSV of daily reports show."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yuzhou.domains.environment.contracts import DailyReport, DistrictReport, Outlet
from yuzhou.domains.environment.display import show_kilograms, show_limit, show_ratio, show_value
from yuzhou.domains.environment.reference import factors
from yuzhou.domains.environment.rules.daily import FactorDay, OutletDay
from yuzhou.ui.parts import Empty, Fact, Facts, Tile, Tiles
from yuzhou.ui.tables import Column, Table


def report_facts(report: DailyReport) -> Facts:
    """What a report says of the whole outlet."""
    state = _("final") if report.is_final else _("provisional: the day was not over")
    version = Fact(_("Version"), f"{report.version} · {state}")
    return Facts([*_figure_facts(report.figures), version, Fact(_("Made at"), report.made_at)])


def preview_facts(figures: OutletDay) -> Facts:
    """What a report would say now."""
    return Facts(_figure_facts(figures))


def _figure_facts(figures: OutletDay) -> list[Fact]:
    judged = _("{hours} of the day, {stopped} stopped").format(hours=figures.hours, stopped=figures.stopped)
    return [
        Fact(_("Valid data"), show_ratio(figures.valid_ratio)),
        Fact(_("Hours judged"), judged),
        Fact(_("Hours above a limit"), figures.exceeding_hours),
        Fact(_("Exceedances"), figures.exceedances),
    ]


def factor_columns() -> list[Column]:
    """A report's columns, a line for each factor."""

    def shown(name: str) -> Any:
        return lambda item: show_value(getattr(item, name), factors()[item.factor])

    return [
        Column("factor", _("Factor"), value=lambda item: str(factors()[item.factor].name)),
        Column("valid", _("Valid / expected"), value=lambda item: f"{item.valid} / {item.expected}"),
        Column("minimum", _("Lowest"), value=shown("minimum")),
        Column("mean", _("Mean"), value=shown("mean")),
        Column("maximum", _("Highest"), value=shown("maximum")),
        Column("limit", _("Limit"), value=lambda item: show_limit(item.limit, factors()[item.factor])),
        Column("exceeding_hours", _("Hours above"), kind="number", value=_hours_above),
        Column("max_ratio", _("Highest ÷ limit"), value=lambda item: "" if item.max_ratio is None else f"{item.max_ratio:.2f}"),
        Column("amount", _("Amount"), value=_amount),
    ]


def _hours_above(item: FactorDay) -> Any:
    return item.exceeding_hours if item.limit is not None else None


def _amount(item: FactorDay) -> str:
    if item.volume is not None:
        return f"{item.volume:,.0f} m³"
    return f"{show_kilograms(item.kilograms)} kg" if item.kilograms is not None else ""


def factor_table(request: HttpRequest, figures: OutletDay) -> Table:
    """A report's lines."""
    return Table(request, factor_columns(), figures.factors, caption=_("Factors"), search=False, page_size=50, csv_name="factors")


def csv_header() -> list[str]:
    """The first line of a report's CSV."""
    return [
        _("Day"), _("Outlet"), "MN", _("Factor"), _("Code"), _("Unit"),
        _("Expected hours"), _("Valid hours"), _("Computed hours"),
        _("Lowest"), _("Mean"), _("Highest"), _("Lower limit"), _("Upper limit"), _("Hours above"), _("Exceedances"),
        _("Highest ÷ limit"), "kg", "m³", _("Version"), _("Simulated"),
    ]  # fmt: skip


def csv_rows(outlet: Outlet, report: DailyReport) -> list[list[Any]]:
    """A line for each factor of an outlet's day."""
    rows = []
    for item in report.figures.factors:
        factor, limit = factors()[item.factor], item.limit
        rows.append([
            report.day.isoformat(), outlet.name, outlet.mn, str(factor.name), item.factor, factor.symbol,
            item.expected, item.valid, item.computed,
            item.minimum, item.mean, item.maximum, limit and limit.lower, limit and limit.upper,
            item.exceeding_hours, item.exceedances, item.max_ratio, item.kilograms, item.volume,
            report.version, _("yes") if outlet.simulated else _("no"),
        ])  # fmt: skip
    return rows


def report_table(request: HttpRequest, pairs: Sequence[tuple[Outlet, DailyReport]], *, by_day: bool = True) -> Table:
    """Reports, a line each: of one outlet by day, or of one day by outlet."""

    def url(pair: tuple[Outlet, DailyReport]) -> str:
        return reverse("environment:outlet-report", args=[pair[0].id, pair[1].day])

    first = (
        Column("day", _("Day"), value=lambda pair: pair[1].day.isoformat(), url=url)
        if by_day
        else Column("outlet", _("Outlet"), value=lambda pair: pair[0].name, url=url)
    )
    columns = [
        first,
        Column("valid", _("Valid data"), value=lambda pair: show_ratio(pair[1].figures.valid_ratio)),
        Column("hours", _("Hours above"), kind="number", value=lambda pair: pair[1].figures.exceeding_hours),
        Column("exceedances", _("Exceedances"), kind="number", value=lambda pair: pair[1].figures.exceedances),
        Column("amounts", _("Amounts (kg)"), value=lambda pair: amounts(pair[1]), wide=True),
        Column("version", _("Version"), value=lambda pair: _version(pair[1])),
        Column("made", _("Made at"), kind="time", value=lambda pair: pair[1].made_at),
    ]
    empty = Empty(_("No reports yet"), _("The reports of a day are made soon after midnight. You can make today's now."))
    return Table(
        request, columns, pairs, name="reports", caption=_("Daily reports"), order="-day" if by_day else "outlet",
        search=not by_day, csv_name="reports", empty=empty,
    )  # fmt: skip


def _version(report: DailyReport) -> str:
    return f"v{report.version}" if report.is_final else _("v{version}, provisional").format(version=report.version)


def amounts(report: DailyReport) -> str:
    """The amounts of a report in one line."""
    known = [item for item in report.figures.factors if item.kilograms is not None]
    return " · ".join(f"{factors()[item.factor].name} {show_kilograms(item.kilograms)}" for item in known)


def district_tiles(report: DistrictReport) -> Tiles:
    """The figures of a district's day."""
    figures = report.figures
    reported = _("{count} reported").format(count=figures.reporting)
    tone = "critical" if figures.exceeding else "good"
    return Tiles(
        [
            Tile(_("Outlets"), figures.outlets, icon="building-factory-2", trend=reported),
            Tile(_("Valid data"), show_ratio(figures.valid_ratio) or "—", icon="checklist"),
            Tile(_("Outlets above a limit"), figures.exceeding, tone=tone, icon="trending-up"),
            Tile(_("Hours above a limit"), figures.exceeding_hours, icon="clock-exclamation"),
        ]
    )


def amount_table(request: HttpRequest, report: DistrictReport) -> Table:
    """The amounts that a district's outlets let out."""
    rows = [
        (factors()[code], kilograms, report.figures.kilogram_outlets[code])
        for code, kilograms in report.figures.kilograms.items()
    ]
    columns = [
        Column("factor", _("Factor"), value=lambda row: str(row[0].name)),
        Column("kilograms", _("Amount"), kind="number", value=lambda row: round(row[1], 2), unit="kg"),
        Column("outlets", _("Outlets that know it"), kind="number", value=lambda row: row[2]),
    ]
    empty = Empty(_("No amounts"), _("Amounts need a flow beside a concentration, or the logger's own sums."))
    return Table(request, columns, rows, name="amounts", caption=_("Amounts"), search=False, csv_name="amounts", empty=empty)


def notes(simulated: bool) -> list[str]:
    """What to know when reading a report."""
    found = [
        _("Valid data: valid hourly means as a share of those expected; hours in which the outlet stood still are not expected."),
        _("Amounts as summed up by the logger, else from flow and concentration."),
    ]
    return [*found, _("The data are simulated.")] if simulated else found
