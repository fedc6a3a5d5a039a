"""Charts over time. The page carries only an address; the browser fetches the data from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.http import JsonResponse


@dataclass(frozen=True, slots=True)
class TimeChart:
    """A chart of one or more series. `url` answers with `chart_response`; `csv_url` offers the same data to take away.

    `live` names a subject of the live stream: the chart fetches again when something is said of it.
    """

    template: ClassVar[str] = "ui/parts/chart.html"
    url: str
    title: Any
    csv_url: str = ""
    height: str = "medium"
    live: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a moment; None is a gap. `flag` marks it and `note` says why."""

    at: datetime
    value: float | None
    flag: str = ""
    note: Any = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One series. Points further apart than `gap_seconds` are not joined. A second unit gets an axis of its own."""

    name: Any
    unit: str
    points: Iterable[Point]
    gap_seconds: float | None = None
    decimals: int | None = None
    shape: str = "line"


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal line that values should keep below (`upper`) or above (`lower`)."""

    name: Any
    value: float
    kind: str = "upper"
    unit: str = ""


def chart_data(
    lines: Sequence[Line], *, limits: Sequence[Limit] = (), start: datetime | None = None, end: datetime | None = None
) -> dict[str, Any]:
    """The JSON that a chart reads: times in milliseconds since 1970, texts in the active language."""
    return {
        "series": [
            {
                "name": str(line.name),
                "unit": line.unit,
                "gap": line.gap_seconds and line.gap_seconds * 1000,
                "decimals": line.decimals,
                "shape": line.shape,
                "points": [_point(point) for point in line.points],
            }
            for line in lines
        ],
        "limits": [{"name": str(each.name), "value": each.value, "kind": each.kind, "unit": each.unit} for each in limits],
        "from": start and _milliseconds(start),
        "to": end and _milliseconds(end),
    }


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _point(point: Point) -> list[Any]:
    value = None if point.value is None or point.value != point.value else point.value
    plain = [_milliseconds(point.at), value]
    return [*plain, point.flag, str(point.note)] if point.flag else plain


def chart_response(
    lines: Sequence[Line], *, limits: Sequence[Limit] = (), start: datetime | None = None, end: datetime | None = None
) -> JsonResponse:
    """What the address of a TimeChart answers."""
    return JsonResponse(chart_data(lines, limits=limits, start=start, end=end))
