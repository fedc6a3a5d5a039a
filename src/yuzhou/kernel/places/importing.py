"""Loads the carried places (data/, see data/ORIGIN.md) into the database. Runs as the owner: the web may only read them."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

from django.db import transaction

from yuzhou.kernel import clock
from yuzhou.kernel.places.models import Boundary, Edition, Place, PlaceChange, PlaceCode
from yuzhou.kernel.places.rules import level_of, name_parts, parent_of, search_key

DATA = Path(__file__).resolve().parent / "data"
FILES = ("places.tsv.gz", "codes.tsv", "changes.tsv", "outlines.json.gz")
NAMESPACE = UUID("5f0c2f5e-4d0e-5f63-9a35-0d3a86b3a1c5")
BATCH = 2000
FORMAT = b"1"  # raise it when the same files must be loaded anew


def place_id(path: str) -> UUID:
    """The id that a place has for ever: made from the path under which it was first carried."""
    return uuid5(NAMESPACE, path)


def load_carried_data() -> str:
    """Load the carried places unless this edition is loaded already; says what it did."""
    contents = {name: (DATA / name).read_bytes() for name in FILES}
    digest = hashlib.sha256(FORMAT + b"".join(contents.values())).hexdigest()
    if Edition.objects.filter(name="places", digest=digest).exists():
        return "places: up to date"
    with transaction.atomic():
        places = _load_places(_rows(contents["places.tsv.gz"]))
        _load_codes(_rows(contents["codes.tsv"]), places)
        _load_changes(_rows(contents["changes.tsv"]))
        _load_outlines(contents["outlines.json.gz"])
        Edition.objects.update_or_create(name="places", defaults={"digest": digest, "loaded_at": clock.now()})
    return f"places: {len(places)} loaded"


def _rows(content: bytes) -> Iterator[list[str]]:
    text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()
    return csv.reader(io.StringIO(text), delimiter="\t")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _place(row: list[str]) -> Place:
    """One place from its row: path, code, name, toned syllables, Latin name if not derived, point, first and end day."""
    path, code, name, spelling, given, lon, lat, since, until = row
    level, parent = level_of(path), parent_of(path)
    syllables = spelling.split()
    name_latin, name_en, kind = name_parts(name, syllables, level, given)
    return Place(
        id=place_id(path),
        path=path,
        parent_id=place_id(parent) if parent else None,
        level=level,
        kind=kind,
        name=name,
        name_latin=name_latin,
        name_en=name_en,
        sort_key=spelling,
        search_key=search_key("".join(s.rstrip("012345") for s in syllables)),
        initials="".join(s[0] for s in syllables),
        code=code,
        lon=float(lon) if lon else None,
        lat=float(lat) if lat else None,
        on_map=not since,
        valid_from=_day(since),
        valid_to=_day(until),
    )


def _load_places(rows: Iterator[list[str]]) -> dict[str, Place]:
    """Write the places, parents first; one that a later edition lacks is kept, for others refer to it."""
    places = [_place(row) for row in rows]
    columns = [f.attname for f in Place._meta.concrete_fields if not f.primary_key]
    Place.objects.bulk_create(places, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=columns)
    return {place.path: place for place in places}


def _load_codes(rows: Iterator[list[str]], places: dict[str, Place]) -> None:
    """Write the dated codes anew: those of the table, and for places that it does not name their code, undated."""
    codes, named = [], set()
    for path, code, name, since, until, document in rows:
        named.add(path)
        codes.append(_code(places[path], code, name, since, until, document))
    codes += [_code(place, place.code, place.name, "", "", "") for path, place in places.items() if path not in named]
    PlaceCode.objects.all().delete()
    PlaceCode.objects.bulk_create(codes, BATCH)


def _code(place: Place, code: str, name: str, since: str, until: str, document: str) -> PlaceCode:
    name_en, kind = place.name_en, place.kind
    if name != place.name:
        stem_follows = name[0] == place.name[0] and len(name) > 2
        _, name_en, kind = name_parts(name, [], level_of(place.path), place.name_latin if stem_follows else "")
        name_en = name_en if stem_follows else f"{place.name_latin} ({name})"
    return PlaceCode(
        id=uuid5(NAMESPACE, f"{place.path} {code} {name} {since}"),
        place=place,
        code=code,
        name=name,
        name_en=name_en,
        kind=kind,
        valid_from=_day(since),
        valid_to=_day(until),
        document=document,
    )


def _load_changes(rows: Iterator[list[str]]) -> None:
    PlaceChange.objects.all().delete()
    PlaceChange.objects.bulk_create(
        PlaceChange(
            year=int(year),
            effective=_day(effective),
            kind=kind,
            old_code=old_code,
            old_name=old_name,
            new_code=new_code,
            new_name=new_name,
            document=document,
            applied=applied == "1",
        )
        for year, effective, kind, old_code, old_name, new_code, new_name, document, applied in rows
    )


def _load_outlines(content: bytes) -> None:
    data = json.loads(gzip.decompress(content))
    Boundary.objects.bulk_create(
        [Boundary(place_id=place_id(path), scale=data["scale"], polygons=shape) for path, shape in data["shapes"].items()],
        update_conflicts=True,
        unique_fields=["place"],
        update_fields=["scale", "polygons"],
    )
