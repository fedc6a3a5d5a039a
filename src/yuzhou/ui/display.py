"""Values as people read them: city time, grouped numbers, a dash for what is not there."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format

from yuzhou.kernel.clock import CITY

NOTHING = "—"


def attribute(row: Any, path: str) -> Any:
    """The value at a dotted path of attributes or keys; None where a step is missing."""
    for step in path.split("."):
        if row is None:
            return None
        row = row.get(step) if isinstance(row, Mapping) else getattr(row, step, None)
    return row


def show_time(moment: datetime | None, *, seconds: bool = False) -> str:
    """City time to the minute, `2026-11-23 15:04`."""
    if moment is None:
        return NOTHING
    return moment.astimezone(CITY).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def show_number(value: float | Decimal | int | None, decimals: int | None = None) -> str:
    """A number with its thousands grouped; without `decimals` as many places as it has, at most four."""
    if value is None or value != value:
        return NOTHING
    if decimals is None and not isinstance(value, int):
        text = format(round(Decimal(repr(value) if isinstance(value, float) else value), 4).normalize(), "f")
        decimals = len(text.partition(".")[2])
    return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def show(value: Any) -> str:
    """Any value as text."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, float | Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return show_number(value)
    return str(value)


def sort_key(value: Any) -> tuple[int, Any]:
    """A key that orders anything: numbers, times, then text by pinyin (the order of GB 2312); nothing comes last."""
    if value is None or value == "":
        return (9, 0)
    if isinstance(value, bool | int | float | Decimal):
        return (0, value)
    if isinstance(value, datetime):
        return (1, value.timestamp())
    if isinstance(value, date):
        return (1, datetime(value.year, value.month, value.day, tzinfo=CITY).timestamp())
    return (2, str(value).casefold().encode("gb18030", "replace"))
