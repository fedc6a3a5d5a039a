"""Attributes that the platform itself keeps up to date: newest readings, the state of a device, the devices of a site."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.contracts.readings import DATA_FLAG_BITS, DataFlag, Mark
from yuzhou.capabilities.sense.rules.ngsild.core_context import DEFAULT_VOCAB
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Instance
from yuzhou.capabilities.sense.rules.ngsild.units import unit_code

Live = dict[UUID, Attributes]
QUALITY, MEASURED = DEFAULT_VOCAB + "quality", DEFAULT_VOCAB + "measuredProperty"
COMPUTED_NAMES = frozenset(
    DEFAULT_VOCAB + name for name in ("deviceState", "dateLastValueReported", "controlledProperty", "hasDevice")
)
_LIVE = """
SELECT l.owner, l.attribute, l.instance, s.unit, s.title_zh, n.flag
FROM sense_live l
LEFT JOIN sense_series s ON s.device_id = l.owner AND s.attribute = l.attribute AND s.statistic = l.statistic AND l.at IS NOT NULL
LEFT JOIN sense_latest n ON n.series_id = s.id AND n.at = l.at
WHERE l.owner = ANY (%s) ORDER BY l.owner, l.attribute, (l.statistic <> 'rtd'), l.statistic
"""


def live_attributes(owners: Iterable[UUID]) -> Live:
    """The live attributes of devices and sites, by their ids."""
    ids = list(owners)
    if not ids:
        return {}
    found: Live = {}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [ids])
        for owner, attribute, instance, unit, title, flag in cursor.fetchall():
            one = _told(instance if isinstance(instance, dict) else json.loads(instance), unit, title, flag)
            if "value" in one or "object" in one:
                found.setdefault(owner, {}).setdefault(attribute, []).append(one)
    return found


def _told(instance: Instance, unit: str | None, title: str | None, flag: int | None) -> Instance:
    """A reading with its unit, its quality, and what is measured."""
    if "observedAt" not in instance:
        return instance
    code = unit_code(unit or "")
    more: dict[str, Any] = {"unitCode": code} if code else {}
    if flag is not None:
        more[QUALITY] = [{"type": "Property", "value": quality_of(flag)}]
    if title:
        more[MEASURED] = [{"type": "Property", "value": title}]
    return {**instance, **more, "createdAt": instance["observedAt"], "modifiedAt": instance["observedAt"]}


def quality_of(flag: int) -> str:
    """The word for the flag of a reading; the platform's own marks leave it normal, but for suspicion."""
    if flag & Mark.SUSPECT:
        return "suspect"
    return DataFlag(flag & DATA_FLAG_BITS).name.lower().replace("_", "-") if flag & DATA_FLAG_BITS <= 7 else "suspect"


def with_live(document: Mapping[str, list[Instance]], live: Attributes | None) -> Attributes:
    """A document with its live attributes; those of a client's own under other datasets stay."""
    attributes = dict(document)
    for name, instances in (live or {}).items():
        if name in COMPUTED_NAMES and name in attributes:
            continue  # a client's own word on its entity
        datasets = {one.get("datasetId") for one in instances}
        attributes[name] = [*instances, *(one for one in attributes.get(name, ()) if one.get("datasetId") not in datasets)]
    return attributes
