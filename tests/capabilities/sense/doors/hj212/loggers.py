"""Loggers to test with: directory entries, segments as they would send them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from yuzhou.capabilities.sense.contracts import Directory, DirectoryEntry, SeriesKey, Statistic
from yuzhou.capabilities.sense.doors.hj212.segment import Segment, frame_of
from yuzhou.capabilities.sense.doors.hj212.times import format_time

MN = "YZ50010100000000SAMPLE01"
OTHER_MN = "YZ50010100000000SAMPLE02"
PASSWORD = "100000"
SERIES: dict[SeriesKey, int] = {("w01018", Statistic.RTD): 1, ("w21003", Statistic.RTD): 2}


def entry(mn: str = MN, *, password: str = PASSWORD, number: int = 1, frames_per_minute: int = 6000) -> DirectoryEntry:
    return DirectoryEntry(UUID(int=number), mn, password, "water", frames_per_minute, True, SERIES)


def directory(*entries: DirectoryEntry, version: int = 1) -> Directory:
    return Directory("hj212", version, {one.identity: one for one in entries})


def upload(
    *,
    mn: str = MN,
    password: str = PASSWORD,
    cn: str = "2011",
    flag: int | None = 5,
    content: str | None = None,
    at: datetime | None = None,
    qn: str = "",
    pnum: int = 0,
    pno: int = 0,
) -> bytes:
    """A frame of a logger; real-time data of now unless told otherwise."""
    moment = at or datetime.now(UTC)
    if content is None:
        content = f"DataTime={format_time(moment)};w01018-Rtd=40.1,w01018-Flag=N;w21003-Rtd=2.5,w21003-Flag=N"
    qn = qn or format_time(datetime.now(UTC), milliseconds=True)
    return frame_of(Segment(cn, mn, qn, "32", password, flag, pnum, pno, content))


def later(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


AN_HOUR_AGO = format_time(later(-60))
