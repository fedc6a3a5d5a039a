"""Entities as they stand, with their live values, for the notifier."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.times import write_moment

_READ = """
SELECT e.urn, e.source_id, e.types, e.scopes, e.place_path, e.organisation_id, e.document::text, e.created_at, e.modified_at,
  e.expires_at, (SELECT jsonb_agg(jsonb_build_array(l.attribute, l.instance) ORDER BY l.statistic <> 'rtd', l.statistic)::text
                 FROM sense_live l WHERE l.owner = e.source_id)
FROM sense_entity e WHERE {which} AND (e.expires_at IS NULL OR e.expires_at > now())
"""
_SOME = "(e.urn = ANY(%s) OR (e.source_id = ANY(%s) AND e.source IN (0, 1)))"
_OF_TYPES = "(%s::text[] = '{}' OR e.types && %s::text[]) AND e.urn > %s"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """An entity, where it is, and the device that it is, if it is one."""

    entity: Entity
    place_path: str
    organisation: UUID | None
    device: UUID | None


def read_standing(urns: Iterable[str], devices: Iterable[UUID]) -> list[Standing]:
    """Entities by URN, or by the devices that they are; those that are gone are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_READ.format(which=_SOME), [list(urns), list(devices)])
        return [_standing(row) for row in cursor.fetchall()]


def read_types(types: Iterable[str], after: str) -> list[Standing]:
    """The next page of entities of any of the types (all, where none is named), by URN."""
    named = list(types)
    with connection.cursor() as cursor:
        cursor.execute(_READ.format(which=_OF_TYPES) + f" ORDER BY e.urn LIMIT {PAGE}", [named, named, after])
        return [_standing(row) for row in cursor.fetchall()]


def _standing(row: tuple[Any, ...]) -> Standing:
    urn, source, types, scopes, place, organisation, document, created, modified, expires, live = row
    attributes = orjson.loads(document)
    for name, instance in orjson.loads(live) if live else ():
        attributes.setdefault(name, []).append(instance)
    entity = Entity(urn, tuple(types), attributes, tuple(scopes), _text(created), _text(modified), _text(expires))
    return Standing(entity, place, organisation, source)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else write_moment(moment)
