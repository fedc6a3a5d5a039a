"""Reads of places. They are public: no scope narrows them."""

from datetime import date
from uuid import UUID

from django.db.models import Case, IntegerField, Prefetch, Q, QuerySet, Value, When

from yuzhou.kernel.errors import NotFound, declare_message, gettext_noop
from yuzhou.kernel.places.contracts import CodeSpan, PlaceRef
from yuzhou.kernel.places.models import Place, PlaceCode
from yuzhou.kernel.places.rules import Level, ancestors_of, search_key

UNKNOWN = declare_message("kernel.place-unknown", gettext_noop("No place bears {place}."))


def _in_force(on: date, prefix: str = "") -> Q:
    """Rows whose half-open interval holds the day."""
    since = Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": on})
    return since & (Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": on}))


def _ref(place: Place, span: PlaceCode | None = None) -> PlaceRef:
    """The contract of a place, with the code and name of a past span where one is given."""
    named = span or place
    return PlaceRef(
        id=place.id,
        path=place.path,
        code=named.code,
        level=Level(place.level),
        kind=named.kind,
        name=named.name,
        name_latin=place.name_latin,
        name_en=named.name_en,
        lon=place.lon,
        lat=place.lat,
        valid_from=place.valid_from,
        valid_to=place.valid_to,
    )


def get_place(
    *, path: str | None = None, code: str | None = None, place_id: UUID | None = None, on: date | None = None
) -> PlaceRef:
    """The place of a path, an id or a code.

    With `on`, code and name are those of that day, and a code that was another place's then finds that one. Without, a code
    finds the place that bore it last. Raises NotFound("kernel.place-unknown").
    """
    if code is not None:
        return _by_code(code, on)
    place = Place.objects.filter(**({"path": path} if place_id is None else {"id": place_id})).first()
    if place is None:
        raise NotFound(UNKNOWN, place=path or str(place_id))
    return _ref(place, place.codes.filter(_in_force(on)).order_by("-valid_from").first() if on else None)


def _by_code(code: str, on: date | None) -> PlaceRef:
    spans = PlaceCode.objects.filter(code=code).select_related("place")
    if on is not None:
        span = spans.filter(_in_force(on)).first()
    else:
        span = max(spans, key=lambda s: s.valid_to or date.max, default=None)
    if span is None:
        raise NotFound(UNKNOWN, place=code)
    return _ref(span.place, span if on else None)


def path_of(code: str, *, on: date | None = None) -> str:
    """The path of the place of a code; raises as `get_place`."""
    return get_place(code=code, on=on).path


def list_codes(path: str) -> list[CodeSpan]:
    """Every code that a place bore, the newest first."""
    spans = PlaceCode.objects.filter(place__path=path)
    return [
        CodeSpan(s.code, s.name, s.valid_from, s.valid_to, s.document)
        for s in sorted(spans, key=lambda s: s.valid_to or date.max, reverse=True)
    ]


def _dated(places: QuerySet[Place], on: date | None) -> list[PlaceRef]:
    """The places that stood on a day, as they were named then; without a day, those that stand."""
    if on is None:
        return [_ref(place) for place in places.filter(valid_to__isnull=True)]
    spans = Prefetch("codes", PlaceCode.objects.filter(_in_force(on)), to_attr="spans_then")
    return [_ref(place, next(iter(place.spans_then), None)) for place in places.filter(_in_force(on)).prefetch_related(spans)]


def list_districts(*, on: date | None = None) -> list[PlaceRef]:
    """The districts and counties of the map (38 since 2011-10-22, 40 before), by code."""
    found = _dated(Place.objects.filter(level=Level.DISTRICT, on_map=True), on)
    return sorted(found, key=lambda place: place.code)


def list_children(path: str, *, on: date | None = None) -> list[PlaceRef]:
    """The places one level below, in the order of their pinyin."""
    return _dated(Place.objects.filter(parent__path=path, on_map=True).order_by("sort_key", "path"), on)


def list_ancestors(path: str) -> list[PlaceRef]:
    """The places above, the city first."""
    return [_ref(place) for place in Place.objects.filter(path__in=ancestors_of(path)).order_by("level")]


def list_places(paths: list[str]) -> dict[str, PlaceRef]:
    """Several places at once, by path; unknown paths are left out."""
    return {place.path: _ref(place) for place in Place.objects.filter(path__in=paths)}


def find_places(text: str, *, below: str | None = None, level: Level | None = None, limit: int = 20) -> list[PlaceRef]:
    """Places by a part of the name, pinyin (`wanzhou`), initials (`wz`) or the beginning of the code.

    Higher places first, then those that begin with the text, then by pinyin. A scan of 12,000 rows takes a few
    milliseconds; an index on trigrams would not serve names of two characters.
    """
    text = text.strip()
    match, begins = _matching(text)
    places = Place.objects.filter(match, on_map=True, valid_to__isnull=True)
    if below:
        places = places.filter(Q(path=below) | Q(path__startswith=below + "."))
    if level:
        places = places.filter(level=level)
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    return [_ref(place) for place in places.annotate(rank=rank).order_by("level", "rank", "sort_key", "path")[:limit]]


def _matching(text: str) -> tuple[Q, Q]:
    """Which places a text finds, and which of them begin with it."""
    if not text:
        return Q(pk__in=[]), Q(pk__in=[])
    if text.isascii():
        key = search_key(text)
        if not key:
            return Q(pk__in=[]), Q(pk__in=[])
        if key.isdigit():
            return Q(code__startswith=key), Q(code__startswith=key)
        latin = Q(search_key__startswith=key) | Q(initials__startswith=key)
        return latin | Q(search_key__contains=key), latin
    return Q(name__contains=text), Q(name__startswith=text)
