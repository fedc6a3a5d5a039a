"""A device as the connectors' directory holds it, and layouts of readings of which there are too many to remember each."""

from typing import Any

import numpy as np

from yuzhou.capabilities.sense.contracts import SeriesKey, Statistic
from yuzhou.capabilities.sense.doors.intake.book import DeviceLink, HasKeys
from yuzhou.capabilities.sense.doors.intake.items import Shape

MOST_SHAPES = 256


class LooseShape(Shape):
    """A layout that may never come again: nobody keeps what follows from it."""

    __slots__ = ()


class MachineLink(DeviceLink):
    """A device; `machine` is what works on it now."""

    __slots__ = ("machine",)

    def __init__(self, entry: Any, now: float) -> None:
        super().__init__(entry, now)
        self.machine: Any = None

    def column(self, shape: HasKeys) -> bytes:
        """The series ids of a shape; those of a loose one are looked up each time."""
        if isinstance(shape, LooseShape):
            return np.array([self.series[key] for key in shape.keys], dtype=np.int32).tobytes()
        return super().column(shape)


def key_of(name: str) -> SeriesKey:
    """The series of a property."""
    return (name, Statistic.RTD)


class Layouts:
    """Shapes by the names of their properties; the first few hundred are kept, later ones are loose."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def shape(self, names: tuple[str, ...]) -> Shape:
        """The shape of these properties, in this order."""
        shape = self._shapes.get(names)
        if shape is None:
            keys = tuple(key_of(name) for name in names)
            if len(self._shapes) >= MOST_SHAPES:
                return LooseShape(keys)
            shape = self._shapes[names] = Shape(keys)
        return shape
