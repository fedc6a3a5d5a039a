"""PostgreSQL's `box`: the rectangle around a geometry, for a GiST index."""

from typing import Any

from django.db import models

Bounds = tuple[float, float, float, float]


class BoxField(models.Field):  # type: ignore[type-arg]  # generic only in its stubs
    """A `box`: west, south, east, north in Python."""

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return "box"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Bounds | None:
        """Read `(east,north),(west,south)`."""
        if value is None:
            return None
        east, north, west, south = (float(part.strip("()")) for part in value.split(","))
        return west, south, east, north

    def get_prep_value(self, value: Bounds | None) -> str | None:
        """Write it as PostgreSQL reads it."""
        return None if value is None else "(({},{}),({},{}))".format(*value)
