"""What others see of places."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yuzhou.kernel.places.rules import Level
from yuzhou.kernel.text import Text


@dataclass(frozen=True, slots=True)
class PlaceRef:
    """A place (行政区划): `path` names it for ever, `code` is its GB/T 2260 or statistical code on the date asked for."""

    id: UUID
    path: str
    code: str
    level: Level
    kind: str
    name: str
    name_latin: str
    name_en: str
    lon: float | None = None
    lat: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def title(self) -> Text:
        """Its name in both languages."""
        return Text(self.name, self.name_en)

    def __str__(self) -> str:
        return str(self.title)


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """A code that a place bore, with the name of that time, over the half-open interval [valid_from, valid_to)."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    document: str


@dataclass(frozen=True, slots=True)
class GeoDocument:
    """A GeoJSON text, ready to serve, with its entity tag."""

    etag: str
    body: bytes
