"""The places as JSON: public."""

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yuzhou.kernel.places import selectors
from yuzhou.kernel.places.contracts import PlaceRef
from yuzhou.kernel.places.rules import Level

router = Router(auth=None)


class PlaceOut(Schema):
    """A place with its code and name on the day asked for."""

    path: str
    code: str
    level: int
    kind: str
    name: str
    name_en: str
    name_latin: str
    lon: float | None
    lat: float | None
    valid_from: date | None
    valid_to: date | None


class CodeOut(Schema):
    """A code that a place bore, over [valid_from, valid_to)."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    document: str


class PlaceDetail(PlaceOut):
    """A place with every code that it bore and the paths above it."""

    codes: list[CodeOut]
    ancestors: list[str]


@router.get("", response=list[PlaceOut], summary="List the districts, the places below one, or those that a text finds")
def list_places(
    request: HttpRequest,
    below: str | None = None,
    q: str | None = Query(None, max_length=80),
    code: str | None = Query(None, max_length=12),
    on: date | None = None,
    level: int | None = Query(None, ge=1, le=4),
    limit: int = Query(100, ge=1, le=500),
) -> list[PlaceRef]:
    """`q` searches names and pinyin; `code` finds the bearer of a code on a day; else the children of `below`, or districts."""
    if code:
        return [selectors.get_place(code=code, on=on)]
    if q:
        return selectors.find_places(q, below=below, level=Level(level) if level else None, limit=limit)
    return selectors.list_children(below, on=on) if below else selectors.list_districts(on=on)


@router.get("/{path}", response=PlaceDetail, summary="One place with its codes")
def get_place(request: HttpRequest, path: str, on: date | None = None) -> PlaceDetail:
    """The place of a path such as `50.0112.003`."""
    place = selectors.get_place(path=path, on=on)
    codes = [CodeOut.from_orm(span) for span in selectors.list_codes(path)]
    above = [a.path for a in selectors.list_ancestors(path)]
    return PlaceDetail(**PlaceOut.from_orm(place).dict(), codes=codes, ancestors=above)
