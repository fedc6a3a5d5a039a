"""The entity ordering language (clause 4.23)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.geometry import checked_geometry
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, too_complex
from yuzhou.capabilities.sense.rules.ngsild.query.q import Path, parse_path

MOST_TERMS = 8
_COLLATION = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,12}")


class Direction(StrEnum):
    """Which way to sort."""

    ASC = "asc"
    DESC = "desc"
    DIST_ASC = "dist-asc"
    DIST_DESC = "dist-desc"

    @property
    def is_distance(self) -> bool:
        """Whether by distance, not by value."""
        return self in (Direction.DIST_ASC, Direction.DIST_DESC)

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self in (Direction.DESC, Direction.DIST_DESC)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """Where to look, and which way to sort."""

    path: Path
    direction: Direction = Direction.ASC


@dataclass(frozen=True, slots=True)
class Ordering:
    """The terms in turn; for distances, from which geometry; and how texts are put in order, if it was said."""

    terms: tuple[OrderTerm, ...]
    origin: Mapping[str, Any] | None = field(default=None, hash=False)
    collation: str | None = None


def parse_ordering(
    *, order_by: str | None, order_from: Any, order_geometry: str | None, collation: str | None, context: Context
) -> Ordering | None:
    """The order of the four parameters; None where none is asked for. Raises Problem."""
    if not order_by:
        return None
    parts = order_by.split(",")
    if len(parts) > MOST_TERMS:
        raise too_complex("order-terms", most=MOST_TERMS)
    terms = tuple(_term(part, context) for part in parts)
    if collation is not None and _COLLATION.fullmatch(collation) is None:
        raise bad_data("order-collation", value=collation[:60])
    origin = _origin(order_from, order_geometry)
    if any(term.direction.is_distance for term in terms) and origin is None:
        raise bad_data("order-origin")
    return Ordering(terms, origin, collation)


def _term(text: str, context: Context) -> OrderTerm:
    name, semicolon, direction = text.partition(";")
    if semicolon and direction not in set(Direction):
        raise bad_data("order-direction", value=direction[:60])
    return OrderTerm(parse_path(name, context, "orderBy"), Direction(direction) if semicolon else Direction.ASC)


def _origin(order_from: Any, order_geometry: str | None) -> Mapping[str, Any] | None:
    if order_from is None:
        return None
    try:
        coordinates = json.loads(order_from) if isinstance(order_from, str) else order_from
    except (ValueError, RecursionError) as error:
        raise bad_data("geo-coordinates", member="orderFrom") from error
    return checked_geometry({"type": order_geometry or "Point", "coordinates": coordinates}, "orderFrom", allow_collection=False)
