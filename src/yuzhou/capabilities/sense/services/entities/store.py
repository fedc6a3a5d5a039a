"""Rows of entities: locked in one order, written back as sets."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.rules.ngsild.changes import Change
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.geometry import bounds
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.terms import LOCATION
from yuzhou.capabilities.sense.selectors.entities.find import entity_of, json_of
from yuzhou.capabilities.sense.selectors.entities.live import COMPUTED_NAMES, live_attributes
from yuzhou.kernel.ids import uuid7

_LOCK = """
SELECT e.id, e.urn, e.types, e.scopes, e.document, e.created_at, e.modified_at, e.expires_at, e.source_id,
  e.source, e.kept, e.place_path, e.organisation_id
FROM sense_entity e WHERE e.urn = ANY (%s) ORDER BY e.urn FOR UPDATE
"""
_ROW = """jsonb_to_recordset(%s::jsonb) AS r (id uuid, urn text, types text[], scopes text[], place_path text,
  organisation_id uuid, source_id uuid, document jsonb,
  box text, created_at timestamptz, modified_at timestamptz, expires_at timestamptz)"""
_INSERT = f"""
INSERT INTO sense_entity (id, urn, types, scopes, place_path, organisation_id, source, source_id, document, box, created_at,
  modified_at, expires_at)
SELECT r.id, r.urn, r.types, r.scopes, r.place_path, r.organisation_id, 0, r.source_id, r.document, r.box::box, r.created_at,
  r.modified_at, r.expires_at FROM {_ROW} ORDER BY r.urn
ON CONFLICT (urn) DO NOTHING RETURNING urn
"""
_UPDATE = f"""
UPDATE sense_entity e SET types = r.types, scopes = r.scopes, source_id = r.source_id, document = r.document, box = r.box::box,
  modified_at = r.modified_at, expires_at = r.expires_at, created_at = r.created_at FROM {_ROW} WHERE e.id = r.id
"""
_DELETE = """
WITH gone AS (DELETE FROM sense_entity WHERE id = ANY (%s) RETURNING *)
INSERT INTO sense_entity_tombstone (entity_id, urn, types, scopes, place_path, organisation_id, created_at, deleted_at)
SELECT id, urn, types, scopes, place_path, organisation_id, created_at, %s FROM gone ON CONFLICT DO NOTHING
"""
_HISTORY = """
INSERT INTO sense_entity_instance (id, entity_id, attribute, dataset, observed_at, created_at, modified_at, kind, instance)
SELECT r.id, r.entity_id, r.attribute, r.dataset, r.observed_at, r.created_at, r.modified_at, r.kind, r.instance
FROM jsonb_to_recordset(%s::jsonb) AS r (id uuid, entity_id uuid, attribute text, dataset text, observed_at timestamptz,
  created_at timestamptz, modified_at timestamptz, kind int2, instance jsonb)
"""
_KINDS = {"created": 0, "updated": 1, "deleted": 2}


@dataclass(slots=True)
class Held:
    """An entity under work: the row that is locked (or is to be made), and what it is to be."""

    entity: Entity
    id: UUID = field(default_factory=uuid7)
    source: int = 0
    source_id: UUID | None = None
    kept: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()  # names of its attributes that are readings
    computed: frozenset[str] = frozenset()  # and of those that the platform computes
    place_path: str = ""
    organisation_id: UUID | None = None
    is_new: bool = False
    is_gone: bool = False
    changes: list[Change] = field(default_factory=list)


def lock_entities(urns: Iterable[str]) -> dict[str, Held]:
    """The entities that are there, each locked until the transaction ends; always in the order of their URNs."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(urns))])
        rows = cursor.fetchall()
    live = live_attributes(row[8] for row in rows if row[8] is not None)
    return {row[1]: _held(row, live.get(row[8], {})) for row in rows}


def _held(row: tuple[Any, ...], live: Any) -> Held:
    source, kept, place_path, organisation = row[9:]
    return Held(
        entity=entity_of(row[:9], live),
        id=row[0],
        source=source,
        source_id=row[8],
        kept=frozenset(kept),
        live=frozenset(live) - COMPUTED_NAMES,
        computed=(frozenset(live) & COMPUTED_NAMES) - frozenset(json_of(row[4])),
        place_path=place_path,
        organisation_id=organisation,
    )


def insert_entities(every: Sequence[Held]) -> set[str]:
    """Enter new entities; gives back the URNs of those that nobody else entered meanwhile."""
    return {row[0] for row in _write(_INSERT, [_row(one) for one in every])}


def update_entities(every: Sequence[Held]) -> None:
    """Write back what changed."""
    _write(_UPDATE, [_row(one) for one in every])


def delete_entities(every: Sequence[Held], at: datetime) -> None:
    """Remove entities; a stone stays for the temporal interface."""
    if every:
        with connection.cursor() as cursor:
            cursor.execute(_DELETE, [[one.id for one in every], at])


def keep_history(every: Sequence[Held]) -> None:
    """Keep what became of each instance."""
    _write(_HISTORY, [_instance_row(one, change) for one in every for change in one.changes])


def _write(statement: str, rows: list[dict[str, Any]]) -> list[Any]:
    if not rows:
        return []
    text = json.dumps(rows, ensure_ascii=False)
    if "\\u0000" in text:
        raise bad_data("text-form")
    with connection.cursor() as cursor:
        cursor.execute(statement, [text])
        return cursor.fetchall() if cursor.description else []


def _row(one: Held) -> dict[str, Any]:
    entity = one.entity
    return {
        "id": str(one.id),
        "urn": entity.id,
        "types": list(entity.types),
        "scopes": list(entity.scopes),
        "place_path": one.place_path,
        "organisation_id": str(one.organisation_id) if one.organisation_id else None,
        "source_id": str(one.source_id) if one.source_id else None,
        "document": entity.attributes,
        "box": box_of(entity),
        "created_at": entity.created_at,
        "modified_at": entity.modified_at,
        "expires_at": entity.expires_at,
    }


def box_of(entity: Entity) -> str | None:
    """The rectangle around where it is, as PostgreSQL writes it."""
    found = [one["value"] for one in entity.attributes.get(LOCATION, ()) if isinstance(one.get("value"), dict)]
    if not found:
        return None
    boxes = [bounds(one) for one in found]
    west, south = min(one[0] for one in boxes), min(one[1] for one in boxes)
    return f"(({west},{south}),({max(one[2] for one in boxes)},{max(one[3] for one in boxes)}))"


def _instance_row(one: Held, change: Change) -> dict[str, Any]:
    instance = change.after or change.before or {}
    modified = one.entity.modified_at
    return {
        "id": str(uuid7()),
        "entity_id": str(one.id),
        "attribute": change.name,
        "dataset": change.dataset or "",
        "observed_at": instance.get("observedAt"),
        "created_at": instance.get("createdAt", modified),
        "modified_at": modified,
        "kind": _KINDS[change.kind.value],
        "instance": instance,
    }
