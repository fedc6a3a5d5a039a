"""How entities evolved, within the actor's reach: readings as far back as they are kept, and instances that are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from yuzhou.capabilities.sense.contracts.evolution import MOST_INSTANCES, Evolution, TemporalAsk
from yuzhou.capabilities.sense.models import EntityInstanceRecord, EntityRecord, EntityTombstone
from yuzhou.capabilities.sense.rules.ngsild.entity import Attributes, Entity, Instance
from yuzhou.capabilities.sense.rules.ngsild.problems import not_found
from yuzhou.capabilities.sense.rules.ngsild.query.temporal import TimeProperty
from yuzhou.capabilities.sense.rules.ngsild.temporal import Aggregated, Aggregation, aggregate, last_n, moment_of
from yuzhou.capabilities.sense.rules.ngsild.terms import NULL, VALUE_MEMBER, Kind
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment, write_moment
from yuzhou.capabilities.sense.selectors.entities.series_history import (
    EARLIEST,
    LATEST,
    Series,
    aggregate_series,
    range_of,
    read_instances,
    series_of,
)
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.scoping import scoped

READ = "sense.device:read"
INSTANCE = "urn:ngsi-ld:Instance:"
DELETED = 2
EARLIEST_TOLD, LATEST_TOLD = write_moment(EARLIEST), write_moment(LATEST)
_COLUMN = {
    TimeProperty.OBSERVED_AT: "observed_at",
    TimeProperty.CREATED_AT: "created_at",
    TimeProperty.MODIFIED_AT: "modified_at",
    TimeProperty.DELETED_AT: "modified_at",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """An entity whose evolution is asked for: there still, or deleted."""

    id: UUID
    entity: Entity
    document: Attributes
    source_id: UUID | None
    place_path: str
    organisation_id: UUID | None


def get_evolution(*, actor: Actor, urn: str, ask: TemporalAsk, tenant: UUID | None = None) -> Evolution:
    """The evolution of one entity, a deleted one as well; raises Problem (ResourceNotFound) beyond the actor's reach."""
    actor.require(READ)
    subject = find_subjects(actor, [urn], tenant, with_deleted=True).get(urn)
    if subject is None:
        raise not_found("entity-unknown", id=urn)
    return _evolutions(actor, [subject], ask)[0]


def read_evolutions(*, actor: Actor, urns: Sequence[str], ask: TemporalAsk, tenant: UUID | None = None) -> list[Evolution]:
    """The evolutions of entities in their order; without those that have nothing in the range, and those beyond reach."""
    actor.require(READ)
    subjects = find_subjects(actor, urns, tenant)
    found = _evolutions(actor, [subjects[urn] for urn in dict.fromkeys(urns) if urn in subjects], ask)
    return [one for one in found if one.entity.attributes or one.aggregates]


def find_subjects(
    actor: Actor, urns: Iterable[str], tenant: UUID | None, *, with_deleted: bool = False, permission: str = READ
) -> dict[str, Subject]:
    """Entities by URN within reach; of the deleted ones the last of its name."""
    wanted, scope = list(urns), actor.scope(permission)
    of_tenant = Q(organisation_id=tenant) if tenant else Q()
    there = scoped(EntityRecord.objects.all(), scope, place="place_path", organisation="organisation_id")
    alive = there.filter(of_tenant, urn__in=wanted).exclude(expires_at__lte=now())
    found = {one.urn: _of_record(one) for one in alive}
    if with_deleted:
        gone = scoped(EntityTombstone.objects.all(), scope, place="place_path", organisation="organisation_id")
        missing = [urn for urn in wanted if urn not in found]
        for stone in gone.filter(of_tenant, urn__in=missing).order_by("deleted_at"):
            found[stone.urn] = _of_stone(stone)
    return found


def _of_record(one: EntityRecord) -> Subject:
    times = write_moment(one.created_at), write_moment(one.modified_at), write_moment(one.expires_at) if one.expires_at else None
    return Subject(
        one.id,
        Entity(one.urn, tuple(one.types), {}, tuple(one.scopes), *times),
        one.document,
        one.source_id,
        one.place_path,
        one.organisation_id,
    )


def _of_stone(stone: EntityTombstone) -> Subject:
    entity = Entity(
        stone.urn, tuple(stone.types), {}, tuple(stone.scopes), write_moment(stone.created_at),
        deleted_at=write_moment(stone.deleted_at),
    )  # fmt: skip
    return Subject(stone.entity_id, entity, {}, None, stone.place_path, stone.organisation_id)


def _evolutions(actor: Actor, subjects: list[Subject], ask: TemporalAsk) -> list[Evolution]:
    kept, cut = _kept(subjects, ask)
    devices = {one.source_id for one in subjects if one.source_id}
    series: dict[UUID | None, list[Series]] = {}
    every = series_of(devices, ask) if devices else []
    for one in every:
        series.setdefault(one.device_id, []).append(one)
    if ask.aggregation is not None:
        return [
            _aggregates(actor, one, kept.get(one.id, {}), series.get(one.source_id, []), ask, ask.aggregation) for one in subjects
        ]
    read, edge = read_instances(actor=actor, series=every, ask=ask) if every else ({}, None)
    edges = [one for one in (cut, edge) if one is not None]
    last = None if not edges else max(edges) if ask.last_n is not None else min(edges)
    return [
        _evolution(
            one, kept.get(one.id, {}), [(each, read.get(each.id, [])) for each in series.get(one.source_id, [])], ask, last
        )
        for one in subjects
    ]


def _evolution(
    subject: Subject, kept: Attributes, read: list[tuple[Series, list[Instance]]], ask: TemporalAsk, edge: str | None
) -> Evolution:
    """An evolution; with an `edge`, what lies beyond it is left for the next answer."""
    attributes = {name: list(instances) for name, instances in kept.items()}
    for series, instances in read:
        if instances:
            attributes.setdefault(series.attribute, []).extend(instances)
    told = {name: _in_order(instances, ask) for name, instances in attributes.items()}
    if edge is not None:
        told = {name: [one for one in every if _is_within(one, edge, ask)] for name, every in told.items()}
    moments = [at for instances in told.values() for one in instances if (at := moment_of(one, ask.by))]
    return Evolution(
        _with(subject.entity, told), truncated=edge is not None,
        first=min(moments, default=None), last=max(moments, default=None),
    )  # fmt: skip


def _is_within(instance: Instance, edge: str, ask: TemporalAsk) -> bool:
    at = moment_of(instance, ask.by)
    return not at or (at >= edge if ask.last_n is not None else at <= edge)


def _in_order(instances: list[Instance], ask: TemporalAsk) -> list[Instance]:
    """By time, each dataset for itself cut to its newest."""
    sets: dict[str | None, list[Instance]] = {}
    for one in instances:
        sets.setdefault(one.get("datasetId"), []).append(one)
    return [one for every in sets.values() for one in last_n(every, ask.last_n, ask.by)]


def _aggregates(
    actor: Actor, subject: Subject, kept: Attributes, series: list[Series], ask: TemporalAsk, aggregation: Aggregation
) -> Evolution:
    found: dict[str, list[Aggregated]] = {}
    start, _ = range_of(ask.query)
    for name, instances in kept.items():
        moments = [at for one in instances if (at := moment_of(one, ask.by))]
        if moments:
            low = write_moment(start) if start > EARLIEST else min(moments)
            high = ask.query.end_at if ask.query and ask.query.end_at else max(max(moments), low)
            high = high if high > low else write_moment(parse_moment(low).replace(microsecond=999_999))
            found[name] = aggregate(instances, aggregation, low, high, ask.by)
    for one in series:
        told = aggregate_series(actor=actor, series=one, aggregation=aggregation, query=ask.query)
        if told is not None:
            found.setdefault(one.attribute, []).append(told)
    return Evolution(subject.entity, found)


def _kept(subjects: list[Subject], ask: TemporalAsk) -> tuple[dict[UUID, Attributes], str | None]:
    """Instances that are no readings, by entity: from the history, and from the document what has none there; and,
    where there are more, the moment of the last that is told."""
    rows = list(_rows([one.id for one in subjects], ask)[: MOST_INSTANCES + 1])
    found: dict[UUID, Attributes] = {}
    for row in rows[:MOST_INSTANCES]:
        found.setdefault(row.entity_id, {}).setdefault(row.attribute, []).append(_instance(row))
    known = set(
        EntityInstanceRecord.objects.filter(entity_id__in=[one.id for one in subjects])
        .values_list("entity_id", "attribute")
        .distinct()
    )
    for one in subjects:
        for name, instances in one.document.items():
            if (one.id, name) not in known and _wants(name, ask):
                meant = [each for each in instances if _is_meant(each, ask)]
                if meant:
                    found.setdefault(one.id, {})[name] = meant
    if len(rows) <= MOST_INSTANCES:
        return found, None
    at = getattr(rows[MOST_INSTANCES - 1], _COLUMN[ask.by])
    return found, write_moment(at) if at else EARLIEST_TOLD if ask.last_n is not None else LATEST_TOLD


def _rows(ids: list[UUID], ask: TemporalAsk) -> QuerySet[EntityInstanceRecord]:
    rows = EntityInstanceRecord.objects.filter(entity_id__in=ids)
    column = _COLUMN[ask.by]
    if ask.query is not None:
        start, end = range_of(ask.query)
        rows = rows.filter(**{f"{column}__gte": start, f"{column}__lt": end})
        if ask.by is TimeProperty.DELETED_AT:
            rows = rows.filter(kind=DELETED)
        elif ask.by is not TimeProperty.MODIFIED_AT:
            rows = rows.exclude(kind=DELETED)
    if ask.attributes:
        rows = rows.filter(attribute__in=ask.attributes)
    if ask.datasets is not None:
        rows = rows.filter(dataset__in=["" if one == "@none" else one for one in ask.datasets])
    newest = F(column).desc(nulls_last=True)
    return rows.order_by(newest, "-id") if ask.last_n is not None else rows.order_by(column, "id")


def _instance(row: EntityInstanceRecord) -> Instance:
    instance: dict[str, Any] = {**row.instance, "instanceId": f"{INSTANCE}{row.id}", "modifiedAt": write_moment(row.modified_at)}
    if row.kind == DELETED:
        kind = instance["type"]
        null = {Kind.LANGUAGE_PROPERTY: {"@none": NULL}, Kind.LIST_PROPERTY: [NULL], Kind.LIST_RELATIONSHIP: [NULL]}.get(
            kind, NULL
        )
        return {
            "type": kind, VALUE_MEMBER[kind]: null, "deletedAt": instance["modifiedAt"], "instanceId": instance["instanceId"],
            **({"datasetId": row.dataset} if row.dataset else {}),
        }  # fmt: skip
    return instance


def _wants(name: str, ask: TemporalAsk) -> bool:
    return not ask.attributes or name in ask.attributes


def _is_meant(instance: Instance, ask: TemporalAsk) -> bool:
    if ask.datasets is not None and instance.get("datasetId", "@none") not in ask.datasets:
        return False
    at = moment_of(instance, ask.by)
    return ask.query is None or (bool(at) and ask.query.covers(at))


def _with(entity: Entity, attributes: Attributes) -> Entity:
    return Entity(
        entity.id, entity.types, attributes, entity.scopes, entity.created_at, entity.modified_at, entity.expires_at,
        entity.deleted_at,
    )  # fmt: skip
