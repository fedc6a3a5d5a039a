"""When a logger has something to say."""

from dataclasses import dataclass

HISTORY_STEP = 300
LIVE_STEP = 30
BEIJING = 8 * 3600


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """An upload that falls due: when, under which CN, and the moment or start of the period that it is about."""

    at: int
    cn: str
    about: int


def due_between(after: int, until: int, step: int) -> list[Due]:
    """What falls due after one moment and up to another, in order; real-time data every `step` seconds.

    A period is told when it has ended: ten minutes, the hour, the day of Beijing.
    """
    found = [Due(at, "2011", at) for at in _multiples(after, until, step)]
    found += [Due(at, "2051", at - 600) for at in _multiples(after, until, 600)]
    found += [Due(at, "2061", at - 3600) for at in _multiples(after, until, 3600)]
    found += [Due(at, "2031", at - 86400) for at in _multiples(after, until, 86400, -BEIJING)]
    return sorted(found)


def _multiples(after: int, until: int, step: int, shift: int = 0) -> range:
    """Moments after one and up to another that lie `shift` beside the multiples of a step."""
    first = after - (after - shift) % step + step
    return range(first, until + 1, step)
