"""Layouts of readings, kept so that each is one object."""

from yuzhou.capabilities.sense.contracts import Statistic
from yuzhou.capabilities.sense.doors.intake.items import Shape

MOST_SHAPES = 4096


class Shapes:
    """The layouts of plain properties that were met, one for each order of names; forgets them all when there are too many."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def of(self, names: tuple[str, ...]) -> Shape:
        """The layout of these names."""
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[names] = Shape(tuple((name, Statistic.RTD) for name in names))
        return shape
