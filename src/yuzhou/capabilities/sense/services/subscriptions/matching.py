"""Makes notifications of the changes that were noted: of each entity as it stands now, told once however often it changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F

from yuzhou.capabilities.sense.models import NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.interest import Happened
from yuzhou.capabilities.sense.rules.ngsild.notification import Told, merge_told, tell, tell_of_gone
from yuzhou.capabilities.sense.rules.ngsild.times import write_moment
from yuzhou.capabilities.sense.services.subscriptions.listening import Listeners, Listening
from yuzhou.capabilities.sense.services.subscriptions.state import Standing, read_standing
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

NOTIFIER = Actor.system("sense.notifier")
AT_ONCE = 1000  # changes
MOST_ENTITIES = 100  # of one notification
LOCK = 7_315_208_441  # whoever matches holds it, so that changes of an entity are told in their order
_TAKE = """
DELETE FROM sense_change WHERE id IN (SELECT id FROM sense_change ORDER BY id LIMIT %s)
RETURNING id, urn, device_id, types, event, attributes::text, gone::text, place_path, organisation_id, at
"""


@dataclass
class Changed:
    """All that happened to one entity since it was looked at last."""

    urn: str
    device: UUID | None
    types: tuple[str, ...] = ()
    event: Happened = Happened.UPDATED
    attributes: dict[tuple[str, str], Told] = field(default_factory=dict)
    gone: dict[str, Any] | None = None
    place_path: str = ""
    organisation: UUID | None = None
    at: datetime | None = None

    def add(self, row: tuple[Any, ...]) -> None:
        """What one change did, after those before."""
        event = Happened(row[4])
        self.types, self.place_path, self.organisation, self.at = tuple(row[3]), row[7], row[8], row[9]
        self.gone = orjson.loads(row[6]) if row[6] else None
        if event is not Happened.UPDATED:
            self.event = event
        for name, happened, dataset, before in orjson.loads(row[5]):
            self._fold(Told(name, Happened(happened), dataset, before))

    def _fold(self, told: Told) -> None:
        key = (told.name, told.dataset)
        earlier = self.attributes.get(key)
        if earlier is None:
            self.attributes[key] = told
            return
        event = told.event
        if told.event is not Happened.DELETED:
            event = Happened.CREATED if earlier.event is Happened.CREATED else Happened.UPDATED
        self.attributes[key] = Told(told.name, event, told.dataset, earlier.before if earlier.before is not None else told.before)

    @property
    def names(self) -> list[tuple[str, Happened]]:
        """The attributes and what became of them."""
        return [(one.name, one.event) for one in self.attributes.values()]


@dataclass
class _Due:
    """What is to be told to one subscriber."""

    bodies: dict[str, Any] = field(default_factory=dict)
    reach: dict[str, Any] = field(default_factory=dict)


def make_notifications(listeners: Listeners) -> int:
    """Match what was noted; returns how many changes were looked at. One process at a time does it. Opens its own transaction."""
    with acting_as(NOTIFIER):
        rows = _take()
        if not rows:
            return 0
        listeners.refresh()
        due: dict[UUID, _Due] = {}
        changes = _by_entity(rows)
        standing = _standing(changes)
        for change in changes:
            for listening, body, at in _told(change, standing, listeners):
                one = due.setdefault(listening.id, _Due())
                one.bodies[body.pop("@urn")] = body
                one.reach |= at
        for key, found in due.items():
            _queue(listeners.by_id[key].record, found)
    return len(rows)


def _take() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_TAKE, [AT_ONCE])
        return sorted(cursor.fetchall())


def _by_entity(rows: Iterable[tuple[Any, ...]]) -> list[Changed]:
    found: dict[Any, Changed] = {}
    for row in rows:
        key = row[1] or row[2]
        if key not in found:
            found[key] = Changed(row[1], row[2])
        found[key].add(row)
    return list(found.values())


def _standing(changes: list[Changed]) -> dict[Any, Standing]:
    alive = [change for change in changes if change.event is not Happened.DELETED]
    found = read_standing([c.urn for c in alive if c.urn], [c.device for c in alive if c.device])
    return {one.entity.id: one for one in found} | {one.device: one for one in found if one.device}


def _told(
    change: Changed, standing: dict[Any, Standing], listeners: Listeners
) -> Iterable[tuple[Listening, dict[str, Any], Any]]:
    here = standing.get(change.urn or change.device)
    if change.event is Happened.DELETED:
        here = Standing(_gone(change), change.place_path, change.organisation, None)
    if here is None:
        return
    entity = here.entity
    for listening in listeners.candidates(entity.id, entity.types):
        if not _is_heard(listening, change, entity) or not listening.reaches(here.place_path, here.organisation):
            continue
        body = _body(listening, change, entity)
        at = {entity.id: [here.place_path, str(here.organisation) if here.organisation else None]}
        yield listening, body | {"@urn": entity.id}, at


def _is_heard(listening: Listening, change: Changed, entity: Entity) -> bool:
    watch = listening.watch
    if change.event in watch.entity_events:
        heard = not watch.attributes or not watch.attributes.isdisjoint(entity.attributes)
    else:
        heard = change.event is not Happened.DELETED and watch.hears(change.names)
    return heard and listening.means(entity)


def _body(listening: Listening, change: Changed, entity: Entity) -> dict[str, Any]:
    record = listening.record
    if change.event is Happened.DELETED:
        moment = write_moment(change.at) if change.at else ""
        return tell_of_gone(
            entity, listening.view, listening.context, accept=record.accept, shows_changes=record.shows_changes, at=moment
        )
    told = list(change.attributes.values())
    return tell(entity, told, listening.view, listening.context, accept=record.accept, shows_changes=record.shows_changes)


def _gone(change: Changed) -> Entity:
    kept = change.gone or {}
    moments = [
        write_moment(datetime.fromisoformat(kept[name])) if kept.get(name) else None for name in ("createdAt", "modifiedAt")
    ]
    return Entity(change.urn, change.types, kept.get("document", {}), tuple(kept.get("scopes", ())), moments[0], moments[1])


def _queue(record: SubscriptionRecord, due: _Due) -> None:
    """Put what is to be told into the queue; of a throttled subscription into the one notification that waits."""
    moment = now()
    if record.throttling is None:
        urns = list(due.bodies)
        for start in range(0, len(urns), MOST_ENTITIES):
            part = urns[start : start + MOST_ENTITIES]
            queue_page(record, {urn: due.bodies[urn] for urn in part}, {urn: due.reach[urn] for urn in part})
        return
    waiting = NotificationRecord.objects.select_for_update().filter(subscription=record).order_by("id").last()
    if waiting is None:
        last = SubscriptionRecord.objects.filter(id=record.id).values_list("last_notification", flat=True).first()
        ready = last + timedelta(seconds=record.throttling) if last else moment
        _create(record, due.bodies, due.reach, max(moment, ready))
        return
    bodies = {urn: merge_told(waiting.data[urn], body) if urn in waiting.data else body for urn, body in due.bodies.items()}
    NotificationRecord.objects.filter(id=waiting.id).update(
        data=waiting.data | bodies, reach=waiting.reach | due.reach, revision=F("revision") + 1
    )


def queue_page(record: SubscriptionRecord, data: dict[str, Any], reach: dict[str, Any]) -> None:
    """One notification that is due at once."""
    _create(record, data, reach, now())


def _create(record: SubscriptionRecord, data: dict[str, Any], reach: dict[str, Any], due_at: datetime) -> None:
    if SubscriptionRecord.objects.filter(id=record.id).exists():
        NotificationRecord.objects.create(subscription_id=record.id, data=data, reach=reach, made_at=now(), due_at=due_at)
