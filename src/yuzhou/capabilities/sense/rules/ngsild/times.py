"""Moments, days, times of day and durations as the standard writes them (clause 4.6.3)."""

import re
from datetime import UTC, date, datetime, time

from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d(?![\w:])", re.ASCII)
TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z?(?![\w:])", re.ASCII)


def read_date_time(text: object, member: str = "DateTime") -> str:
    """A moment as the store keeps it (`2026-11-23T08:00:00.123000Z`); raises Problem."""
    if not isinstance(text, str) or DATE_TIME.fullmatch(text) is None:
        raise bad_data("date-time", member=member, value=str(text)[:60])
    parse_moment(text, member)
    return f"{text[:19]}.{text[20:-1]:0<6}Z"


def parse_moment(text: str, member: str = "DateTime") -> datetime:
    """A moment with its zone; raises Problem."""
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError as error:
        raise bad_data("date-time", member=member, value=text[:60]) from error


def write_moment(moment: datetime) -> str:
    """A moment as the store keeps it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def show_moment(text: str) -> str:
    """A kept moment as it is answered: without the digits that say nothing."""
    if text[19:] == ".000000Z":
        return text[:19] + "Z"
    return text[:23] + "Z" if text[23:] == "000Z" else text


def read_date(text: str) -> str:
    """A day as the store keeps it; raises Problem."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise bad_data("date-time", member="Date", value=text[:60]) from error


def read_time(text: str) -> str:
    """A time of day as the store keeps it (`08:00:00.123000Z`); raises Problem."""
    plain = text.removesuffix("Z").replace(",", ".")
    try:
        return time.fromisoformat(plain).isoformat("microseconds") + "Z"
    except ValueError as error:
        raise bad_data("date-time", member="Time", value=text[:60]) from error
