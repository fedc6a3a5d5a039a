"""Writing what was: instances of attributes in time (ETSI GS CIM 009, clauses 5.6.11 to 5.6.16).

What is told of a series of a device becomes a reading; the rest is kept as it is. Nothing here changes the entity of today.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet

from yuzhou.capabilities.sense.contracts.readings import Source
from yuzhou.capabilities.sense.models import EntityInstanceRecord, EntityTombstone, MeasurementRecord, SeriesRecord
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, not_found, not_supported
from yuzhou.capabilities.sense.rules.ngsild.terms import Kind
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment
from yuzhou.capabilities.sense.selectors.entities.history import INSTANCE, Subject, find_subjects
from yuzhou.capabilities.sense.selectors.entities.series_history import READING
from yuzhou.capabilities.sense.services.entities.writing import create_entity
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.transactions import transaction_required

WRITE = "sense.entity:write"
UPDATED = 1
_KEPT = ("createdAt", "modifiedAt", "deletedAt", "instanceId")


@transaction_required
def upsert_evolution(*, actor: Actor, entity: Entity, tenant: UUID | None = None) -> bool:
    """Takes what an entity was (5.6.11); returns whether the entity was made for it, of its newest instances. Raises Problem."""
    if find_subjects(actor, [entity.id], tenant):
        append_instances(actor=actor, urn=entity.id, attributes=entity.attributes, tenant=tenant)
        return False
    newest, older = _parted(entity.attributes)
    create_entity(actor=actor, entity=replace(entity, attributes=newest), tenant=tenant)
    if older:
        append_instances(actor=actor, urn=entity.id, attributes=older, tenant=tenant)
    return True


@transaction_required
def append_instances(*, actor: Actor, urn: str, attributes: Attributes, tenant: UUID | None = None) -> int:
    """Adds instances to what an entity was (5.6.11, 5.6.12); returns how many.

    Raises Problem: ResourceNotFound beyond reach. A door that gets it may create the entity first.
    """
    subject = _subject(actor, urn, tenant)
    numbers = _series(subject)
    readings, rows = [], []
    for name, instances in attributes.items():
        for one in instances:
            number = numbers.get(name) if _is_measurement(one) else None
            if number is None:
                rows.append(_row(subject, name, one))
            else:
                readings.append(_reading(number, one))
    EntityInstanceRecord.objects.bulk_create(rows, batch_size=1000)
    MeasurementRecord.objects.bulk_create(readings, batch_size=5000)
    _record(actor, urn, {"added": len(rows) + len(readings), "attributes": sorted(attributes)})
    return len(rows) + len(readings)


@transaction_required
def modify_instance(
    *, actor: Actor, urn: str, name: str, instance_id: str, instance: Instance, tenant: UUID | None = None
) -> None:
    """Changes the members of one instance that the fragment has (5.6.14); raises Problem."""
    row = _instance(_subject(actor, urn, tenant), name, instance_id)
    if instance.get("type", row.instance["type"]) != row.instance["type"]:
        raise bad_data("attribute-kind", name=name, kind=row.instance["type"])
    moment = now()
    row.instance = {**row.instance, **_bare(instance)}
    observed = row.instance.get("observedAt")
    row.observed_at = parse_moment(observed) if observed else None
    row.modified_at = moment
    row.dataset = row.instance.get("datasetId", "")
    row.save(update_fields=["instance", "observed_at", "modified_at", "dataset"])
    _record(actor, urn, {"changed": instance_id})


@transaction_required
def delete_instance(*, actor: Actor, urn: str, name: str, instance_id: str, tenant: UUID | None = None) -> None:
    """Removes one instance (5.6.15); raises Problem."""
    _instance(_subject(actor, urn, tenant), name, instance_id).delete()
    _record(actor, urn, {"removed": instance_id})


@transaction_required
def delete_attribute_history(
    *, actor: Actor, urn: str, name: str, dataset: str | None = None, delete_all: bool = False, tenant: UUID | None = None
) -> int:
    """Removes the instances of an attribute under a dataset, or under all (5.6.13); returns how many. Raises Problem."""
    subject = _subject(actor, urn, tenant)
    if name in _series(subject):
        raise not_supported("instance-measured", instance=name)
    rows = _rows(subject).filter(attribute=name)
    gone, _ = (rows if delete_all else rows.filter(dataset=dataset or "")).delete()
    if not gone:
        raise not_found("attribute-unknown", name=name)
    _record(actor, urn, {"removed": name, "count": gone})
    return gone


@transaction_required
def delete_evolution(*, actor: Actor, urn: str, tenant: UUID | None = None) -> int:
    """Removes all that an entity was (5.6.16), and the stone of a deleted one; returns how many instances. Raises Problem."""
    subject = _subject(actor, urn, tenant)
    if _series(subject):
        raise not_supported("instance-measured", instance=urn)
    gone, _ = _rows(subject).delete()
    EntityTombstone.objects.filter(entity_id=subject.id).delete()
    _record(actor, urn, {"removed": "all", "count": gone})
    return gone


def _parted(attributes: Attributes) -> tuple[Attributes, Attributes]:
    """The newest instance of each attribute and dataset, and the others."""
    newest: Attributes = {}
    older: Attributes = {}
    for name, instances in attributes.items():
        last = {one.get("datasetId"): one for one in sorted(instances, key=lambda one: str(one.get("observedAt", "")))}
        rest = [one for one in instances if last[one.get("datasetId")] is not one]
        if last:
            newest[name] = sorted((_bare(one) for one in last.values()), key=lambda one: "datasetId" in one)
        if rest:
            older[name] = rest
    return newest, older


def _subject(actor: Actor, urn: str, tenant: UUID | None) -> Subject:
    """The entity, which the actor may see and write."""
    actor.require(WRITE)
    subject = find_subjects(actor, [urn], tenant, with_deleted=True).get(urn)
    if subject is None:
        raise not_found("entity-unknown", id=urn)
    actor.require(WRITE, place_path=subject.place_path, organisation=subject.organisation_id)
    return subject


def _series(subject: Subject) -> dict[str, int]:
    """The real-time series of the entity's device, by attribute."""
    if subject.source_id is None:
        return {}
    records = SeriesRecord.objects.filter(device_id=subject.source_id, statistic="rtd")
    return dict(records.values_list("attribute", "id"))


def _is_measurement(instance: Instance) -> bool:
    value = instance.get("value")
    return (
        instance["type"] == Kind.PROPERTY
        and "observedAt" in instance
        and "datasetId" not in instance
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    )


def _reading(number: int, instance: Instance) -> MeasurementRecord:
    at = parse_moment(instance["observedAt"])
    return MeasurementRecord(
        series_id=number, at=at, value=float(instance["value"]), flag=0, source=Source.REISSUED, received_at=now()
    )


def _row(subject: Subject, name: str, instance: Instance) -> EntityInstanceRecord:
    moment, observed = now(), instance.get("observedAt")
    return EntityInstanceRecord(
        id=uuid7(), entity_id=subject.id, attribute=name, dataset=instance.get("datasetId", ""),
        observed_at=parse_moment(observed) if observed else None, created_at=moment, modified_at=moment, kind=UPDATED,
        instance=_bare(instance),
    )  # fmt: skip


def _bare(instance: Mapping[str, object]) -> Instance:
    return {key: value for key, value in instance.items() if key not in _KEPT}


def _rows(subject: Subject) -> QuerySet[EntityInstanceRecord]:
    return EntityInstanceRecord.objects.filter(entity_id=subject.id)


def _instance(subject: Subject, name: str, instance_id: str) -> EntityInstanceRecord:
    if instance_id.startswith(READING):
        raise not_supported("instance-measured", instance=instance_id)
    number = _number(instance_id)
    row = _rows(subject).filter(attribute=name, id=number).first() if number else None
    if row is None:
        raise not_found("instance-unknown", name=name, instance=instance_id[:100])
    return row


def _number(instance_id: str) -> UUID | None:
    try:
        return UUID(instance_id.removeprefix(INSTANCE))
    except ValueError:
        return None


def _record(actor: Actor, urn: str, details: dict[str, object]) -> None:
    acts.record(actor=actor, act=WRITE, subject=urn, details=details)
