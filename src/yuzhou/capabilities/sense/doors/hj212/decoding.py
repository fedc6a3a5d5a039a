"""From the content of an upload to columns of readings, in bulk.

A logger sends the same names in the same order again and again; only the values change. So the names of a content are
read once, into a `ContentShape`; after that a frame costs one split and a few passes in C over its pieces.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from yuzhou.capabilities.sense.contracts import DataFlag, SeriesKey, Statistic
from yuzhou.capabilities.sense.doors.hj212.dictionary import READING_FLAGS
from yuzhou.capabilities.sense.doors.hj212.frames import Mark
from yuzhou.capabilities.sense.doors.hj212.segment import Malformed
from yuzhou.capabilities.sense.doors.hj212.times import parse_time
from yuzhou.capabilities.sense.doors.intake.items import Readings, Shape

LONGEST_PROPERTY = 32
MOST_SHAPES = 4096

_ITEM = re.compile(r"([A-Za-z0-9_.]{1,32})-([A-Za-z0-9]{1,24})")
_REAL_TIME = {"rtd": Statistic.RTD, "zsrtd": Statistic.RTD_CONVERTED}
_RAW = {"avg": Statistic.RTD, "zsavg": Statistic.RTD_CONVERTED, **_REAL_TIME}
_BESIDE_VALUES = frozenset({"flag", "eflag", "sampletime", "completetime", "sampletype", "info", "validnum", "totalnum", "sn"})


def _of_period(period: str) -> dict[str, Statistic]:
    """The fields of minute, hour or day data."""
    fields = {name: Statistic(f"{period}-{name}") for name in ("min", "avg", "max")}
    fields |= {f"zs{name}": Statistic(f"{period}-{name}-converted") for name in ("min", "avg", "max")}
    return fields | {"cou": Statistic(f"{period}-total"), "data": Statistic(f"{period}-avg")}


_FIELDS = {
    "2011": _REAL_TIME,
    "2013": _RAW,
    "2051": _of_period("minute"),
    "2111": _of_period("minute"),
    "2061": _of_period("hour"),
    "2031": _of_period("day"),
}
_DAY_AND_NIGHT = {"daydata": "Day", "nightdata": "Night"}


def series_key(cn: str, name: str, field: str) -> SeriesKey | None:
    """The series that a field of an upload belongs to, or None for what is no reading.

    Noise by day and night is a property of its own (`Leq-Day`), as is the state and the running time of equipment
    (`SB1-RS`: 1 runs; `SB1-RT`: hours of the day).
    """
    field = field.lower()
    statistic = _FIELDS.get(cn, {}).get(field)
    if statistic is not None:
        return (name, statistic)
    if cn == "2031" and field in _DAY_AND_NIGHT:
        return (f"{name}-{_DAY_AND_NIGHT[field]}", Statistic.DAY_AVG)
    if cn == "2021" and field == "rs":
        return (f"{name}-RS", Statistic.RTD)
    if cn == "2041" and field == "rt":
        return (f"{name}-RT", Statistic.DAY_TOTAL)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class ContentShape(Shape):
    """Where in the pieces of a content its readings stand. Compared by identity."""

    data_time: int | None
    values: Callable[[list[str]], tuple[str, ...]]
    flags: Callable[[list[str]], tuple[str, ...]] | None
    flagged: tuple[int, ...]  # for each reading the position of its flag among `flags`, -1 for none
    sample_times: tuple[tuple[int, int], ...]  # reading, piece
    marks: tuple[Mark, ...]
    unflagged: bytes
    normal: tuple[str, ...]
    straight: bool  # one flag per reading, in order


def _picker(positions: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """Pick pieces as a tuple, however many."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda pieces: tuple(pieces[p] for p in positions)


def read_shape(cn: str, names: list[str]) -> ContentShape:
    """Understand the names of a content, given in order; raises Malformed if one is no name."""
    places: dict[SeriesKey, tuple[int, str]] = {}
    flags: dict[str, int] = {}
    sample_times: dict[str, int] = {}
    marks: list[Mark] = []
    data_time = None
    for position, name in enumerate(names):
        piece = 2 * position + 1
        match = _ITEM.fullmatch(name)
        if match is None:
            if name == "DataTime":
                data_time = piece
            elif not re.fullmatch(r"[A-Za-z0-9_]{1,32}", name):
                raise Malformed("item")
            continue
        factor, field = match.groups()
        key = series_key(cn, factor, field)
        if key is not None:
            if key in places:
                marks.append(Mark.DUPLICATE_ITEM)
            places[key] = (piece, factor)
        elif field.lower() == "flag":
            flags[factor] = piece
        elif field.lower() == "sampletime":
            sample_times[factor] = piece
        elif field.lower() not in _BESIDE_VALUES:
            marks.append(Mark.CONTENT)
    return _shape(places, flags, sample_times, data_time, tuple(dict.fromkeys(marks)))


def _shape(
    places: dict[SeriesKey, tuple[int, str]],
    flags: dict[str, int],
    sample_times: dict[str, int],
    data_time: int | None,
    marks: tuple[Mark, ...],
) -> ContentShape:
    factors = [factor for _, factor in places.values()]
    flag_order = list(dict.fromkeys(factor for factor in factors if factor in flags))
    flagged = tuple(flag_order.index(factor) if factor in flags else -1 for factor in factors)
    return ContentShape(
        keys=tuple(places),
        data_time=data_time,
        values=_picker([piece for piece, _ in places.values()]),
        flags=_picker([flags[factor] for factor in flag_order]) if flag_order else None,
        flagged=flagged,
        sample_times=tuple((reading, sample_times[factor]) for reading, factor in enumerate(factors) if factor in sample_times),
        marks=marks,
        unflagged=bytes(len(factors)),
        normal=("N",) * len(flag_order),
        straight=flagged == tuple(range(len(factors))),
    )


class Decoder:
    """Reads contents, remembering their shapes; forgets them all when there are too many."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, str], ContentShape] = {}

    def decode(self, cn: str, content: str, *, data_time: str = "") -> Readings:
        """The readings of an upload; raises Malformed. `data_time` stands in where a later packet has none of its own."""
        pieces = content.replace(";", ",").replace("=", ",").split(",")
        names = pieces[::2]
        signature = (cn, ",".join(names))
        shape = self._shapes.get(signature)
        if shape is None:
            if len(pieces) % 2:
                raise Malformed("item")
            shape = self._learn(signature, cn, names)
        moment = pieces[shape.data_time] if shape.data_time is not None else data_time
        try:
            at = parse_time(moment)
        except ValueError:
            raise Malformed("data-time") from None
        marks = shape.marks
        flags, known = _flags(shape, pieces)
        if not known:
            marks = (*marks, Mark.DATA_FLAG)
        picked = shape.values(pieces)
        try:
            values = [*map(float, picked)]
            readable = math.isfinite(sum(values)) and "_" not in content
        except ValueError:
            readable = False
        if not readable:
            values, flags, damaged = _one_by_one(picked, flags)
            marks = (*marks, Mark.VALUE) if damaged else marks
        ats = _sample_times(shape, pieces, at) if shape.sample_times else None
        return Readings(shape, values, flags, at, ats, marks)

    def _learn(self, signature: tuple[str, str], cn: str, names: list[str]) -> ContentShape:
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        shape = self._shapes[signature] = read_shape(cn, names)
        return shape


def _flags(shape: ContentShape, pieces: list[str]) -> tuple[bytes, bool]:
    """The data flag of each reading, and whether all letters were known (an unknown one is taken for a fault)."""
    if shape.flags is None:
        return shape.unflagged, True
    letters = shape.flags(pieces)
    if letters == shape.normal:
        return shape.unflagged, True
    codes = [READING_FLAGS.get(letter, DataFlag.FAULT) for letter in letters]
    known = all(letter in READING_FLAGS for letter in letters)
    if shape.straight:
        return bytes(codes), known
    codes.append(DataFlag.NORMAL)
    return bytes([codes[position] for position in shape.flagged]), known


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


def _one_by_one(picked: tuple[str, ...], flags: bytes) -> tuple[list[float], bytes, bool]:
    """Values where some are no finite numbers: those become NaN, and a fault if the device says nothing worse."""
    values, marked = [], bytearray(flags)
    for position, text in enumerate(picked):
        number = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
        if not math.isfinite(number):
            number = math.nan
            marked[position] = marked[position] or DataFlag.FAULT
        values.append(number)
    return values, bytes(marked), bytes(marked) != flags or any(map(math.isnan, values))


def _sample_times(shape: ContentShape, pieces: list[str], at: int) -> list[int]:
    """The moment of each reading; raises Malformed for a SampleTime that is none."""
    ats = [at] * len(shape.keys)
    try:
        for reading, piece in shape.sample_times:
            ats[reading] = parse_time(pieces[piece])
    except ValueError:
        raise Malformed("sample-time") from None
    return ats
