"""What a client measures becomes readings: a number with its moment is one of a series, like any that a device sends."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from yuzhou.capabilities.sense.contracts.readings import ReadingBatch, Source, Statistic
from yuzhou.capabilities.sense.models import DeviceRecord, DeviceStatus, MeasurementRecord, SeriesRecord
from yuzhou.capabilities.sense.rules.ngsild.core_context import DEFAULT_VOCAB
from yuzhou.capabilities.sense.rules.ngsild.entity import Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment
from yuzhou.capabilities.sense.rules.ngsild.units import ucum_unit
from yuzhou.capabilities.sense.selectors.entities.live import MEASURED, QUALITY
from yuzhou.capabilities.sense.services.entities.store import Held
from yuzhou.capabilities.sense.services.ingest import ingest
from yuzhou.capabilities.sense.services.secrets import seal
from yuzhou.capabilities.sense.services.versions import RULES, bump
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7

PROTOCOL = "ngsi-ld"
LONGEST_IDENTITY = 128  # of a device
MOST = 50_000  # measurements of one turn
_OWN = frozenset((QUALITY, MEASURED))


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number at a moment, of an attribute of an entity."""

    held: Held
    name: str
    at: datetime
    value: float
    unit: str

    @property
    def device(self) -> UUID:
        """The device that its entity is by now."""
        if self.held.source_id is None:
            raise LookupError(self.held.entity.id)
        return self.held.source_id


def is_measurement(instance: Instance, *, is_live: bool = False) -> bool:
    """Whether an instance is a reading: a finite number with the moment when it was observed, and nothing that readings lack."""
    value = instance.get("value")
    if instance.get("type") != "Property" or "datasetId" in instance:
        return False
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e300:
        return False
    plain = is_live or not any(":" in key and key not in _OWN for key in instance)
    return plain and (is_live or "observedAt" in instance)


def part_measurements(held: Held) -> list[Measurement]:
    """Take the readings out of what changed; what is live leaves the document, which never has it.

    Raises Problem where something else than a number is written to a live attribute.
    """
    found: list[Measurement] = []
    rest = []
    may = held.source_id is not None or len(held.entity.id) <= LONGEST_IDENTITY
    for change in held.changes:
        one, is_live = change.after, change.name in held.live and change.dataset is None
        if one is not None and may and held.source != 2 and is_measurement(one, is_live=is_live):
            found.append(_measurement(held, change.name, one))
        elif is_live and one is not None:
            raise bad_data("live-number", name=change.name)
        else:
            rest.append(change)
    names = {one.name for one in found}
    changed = {change.name for change in rest}
    held.changes = rest
    held.entity = replace(
        held.entity,
        attributes={name: one for name, one in held.entity.attributes.items() if name not in held.computed or name in changed},
    )
    attributes = {name: _static(every, name in names or name in held.live) for name, every in held.entity.attributes.items()}
    held.entity = replace(held.entity, attributes={name: every for name, every in attributes.items() if every})
    held.live |= names
    return found


def _measurement(held: Held, name: str, one: Instance) -> Measurement:
    at = parse_moment(one["observedAt"], "observedAt") if "observedAt" in one else now()
    return Measurement(held, name, at, float(one["value"]), ucum_unit(one.get("unitCode") or ""))


def _static(instances: Sequence[Instance], is_live: bool) -> list[Instance]:
    if not is_live:
        return list(instances)
    return [one for one in instances if not str(one.get("datasetId", "urn:ngsi-ld:Dataset:")).startswith("urn:ngsi-ld:Dataset:")]


def prepare_devices(measured: Sequence[Measurement]) -> None:
    """Make a device of each entity that measures for the first time. Before the entities are written."""
    fresh = {id(one.held): one.held for one in measured if one.held.source_id is None}
    records = [_device(held) for held in fresh.values()]
    if records:
        DeviceRecord.objects.bulk_create(records)
        DeviceStatus.objects.bulk_create([DeviceStatus(device=record) for record in records])
        bump(PROTOCOL, RULES)


def _device(held: Held) -> DeviceRecord:
    held.source_id = uuid7()
    names = held.entity.attributes.get(DEFAULT_VOCAB + "name", [{}])
    title = names[0].get("value")
    return DeviceRecord(
        id=held.source_id,
        protocol=PROTOCOL,
        identity=held.entity.id,
        secret=seal(held.source_id, ""),
        title_zh=(title if isinstance(title, str) else held.entity.id)[:200],
        place_path=held.place_path,
        operator_id=held.organisation_id,
        silent_after_seconds=86_400,
        registered_at=now(),
    )


def queue_measurements(measured: Sequence[Measurement]) -> None:
    """Put the readings in line for the worker. They show at once, and are judged within a second or two."""
    if not measured:
        return
    series = _series_of(measured)
    received = now()
    numbers = {key: number for key, (number, _) in series.items()}
    newest = {number: at for number, at in series.values() if at is not None}
    rows = []
    for one in sorted(measured, key=lambda one: one.at):
        number = numbers[one.device, one.name]
        is_new = number not in newest or one.at > newest[number]
        source = Source.REAL_TIME if is_new else Source.REISSUED
        newest[number] = max(one.at, newest.get(number, one.at))
        rows.append(MeasurementRecord(series_id=number, at=one.at, value=one.value, flag=0, source=source, received_at=received))
    MeasurementRecord.objects.bulk_create(rows, batch_size=5000)


def _series_of(measured: Sequence[Measurement]) -> dict[tuple[UUID, str], tuple[int, datetime | None]]:
    """The series of device and attribute, with its newest moment; those that are missing are made."""
    wanted = {(one.device, one.name): one for one in measured}
    found = _known(wanted)
    missing = [one for key, one in wanted.items() if key not in found]
    if missing:
        SeriesRecord.objects.bulk_create([_series(one) for one in missing], ignore_conflicts=True)
        bump(RULES)
        found = _known(wanted)
    return found


def _known(wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], tuple[int, datetime | None]]:
    keys = list(wanted)
    text = """
        SELECT s.device_id, s.attribute, s.id,
          greatest(l.at, (SELECT max(m.at) FROM sense_measurement m WHERE m.series_id = s.id))
        FROM sense_series s LEFT JOIN sense_latest l ON l.series_id = s.id
        WHERE s.statistic = 'rtd' AND s.device_id = ANY (%s) AND s.attribute = ANY (%s)
    """
    with connection.cursor() as cursor:
        cursor.execute(text, [[key[0] for key in keys], list({key[1] for key in keys})])
        return {(device, name): (number, at) for device, name, number, at in cursor.fetchall()}


def _series(one: Measurement) -> SeriesRecord:
    local = re.split(r"[/#:]", one.name)[-1] or one.name
    return SeriesRecord(
        device_id=one.device,
        property=re.sub(r"[^A-Za-z0-9_.:/-]", "_", local)[:64],
        statistic=Statistic.RTD,
        unit=one.unit[:32],
        attribute=one.name,
    )


def take_measurements() -> int:
    """Ingest what waits, oldest first; gives back how many. As the database owner, in a transaction of its own."""
    with transaction.atomic():
        ids = list(MeasurementRecord.objects.order_by("id").values_list("id", flat=True)[:MOST])
    rows = list(MeasurementRecord.objects.filter(id__in=ids).order_by("id")) if ids else []
    if rows:
        ingest(_batch(rows), within=lambda _: _forget(ids))
    return len(rows)


def _forget(ids: list[int]) -> None:
    MeasurementRecord.objects.filter(id__in=ids).delete()


def _batch(rows: Sequence[MeasurementRecord]) -> ReadingBatch:
    return ReadingBatch.of(
        series_id=[row.series_id for row in rows],
        at=np.array([round(row.at.timestamp() * 1_000_000) for row in rows], dtype=np.int64),
        value=[row.value for row in rows],
        flag=[row.flag for row in rows],
        source=[row.source for row in rows],
        received_at=max(row.received_at for row in rows),
    )
