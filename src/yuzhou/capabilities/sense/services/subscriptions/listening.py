"""The subscriptions that are heard now, ready to be matched."""

from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from django.db import connection
from django.db.models import Q

from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context
from yuzhou.capabilities.sense.rules.ngsild.endpoint import JSON_LD
from yuzhou.capabilities.sense.rules.ngsild.entity import Entity
from yuzhou.capabilities.sense.rules.ngsild.interest import Interest, Watch, pattern_of, watch_of
from yuzhou.capabilities.sense.rules.ngsild.notification import link_of, view_of
from yuzhou.capabilities.sense.rules.ngsild.query.geo import GeoQuery, parse_geo_query
from yuzhou.capabilities.sense.rules.ngsild.query.matching import matches_geo, matches_query
from yuzhou.capabilities.sense.rules.ngsild.query.q import Query, parse_query
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import ScopeQuery, matches_scopes, parse_scope_query
from yuzhou.capabilities.sense.rules.ngsild.query.types import TypeQuery, matches_types, parse_type_query
from yuzhou.capabilities.sense.rules.ngsild.representation import View
from yuzhou.capabilities.sense.rules.ngsild.subscription import Q_CONTEXT
from yuzhou.capabilities.sense.services.entities.contexts import context_for
from yuzhou.capabilities.sense.services.subscriptions.noticing import SUBSCRIPTIONS
from yuzhou.capabilities.sense.services.subscriptions.reach import Reach, current_reach
from yuzhou.kernel.clock import now

REACH_SECONDS = 2.0  # how long it is not looked up again what a subscriber may see; it is before each delivery


@dataclass(frozen=True, slots=True)
class _Selector:
    id: str
    pattern: str
    types: TypeQuery | None

    def means(self, entity: Entity) -> bool:
        if self.id and self.id != entity.id:
            return False
        if self.pattern and pattern_of(self.pattern).search(entity.id) is None:
            return False
        return self.types is None or matches_types(self.types, entity.types)


class Listening:
    """One subscription, compiled."""

    def __init__(self, record: SubscriptionRecord) -> None:
        document = record.document
        self.record = record
        self.id: UUID = record.id
        self.watch: Watch = watch_of(record.entities, record.watched, record.triggers, record.shows_changes)
        self.view: View = view_of(document)
        self.context = notified_context(record)
        self.selectors = [_selector(one) for one in record.entities]
        self.q: Query | None = None
        if "q" in document:
            self.q = parse_query(document["q"], context_for(document.get(Q_CONTEXT)))
        self.scopes: ScopeQuery | None = parse_scope_query(document["scopeQ"]) if "scopeQ" in document else None
        self.geo: GeoQuery | None = parse_geo_query(**document["geoQ"], context=CORE_CONTEXT) if "geoQ" in document else None
        self._reach: tuple[float, Reach] | None = None

    def means(self, entity: Entity) -> bool:
        """Whether an entity is one of those that the subscription is about, as it stands."""
        if self.selectors and not any(selector.means(entity) for selector in self.selectors):
            return False
        if self.watch.attributes and not self.selectors and self.watch.attributes.isdisjoint(entity.attributes):
            return False
        if self.scopes is not None and not matches_scopes(self.scopes, entity.scopes):
            return False
        if self.q is not None and not matches_query(self.q, entity):
            return False
        return self.geo is None or matches_geo(self.geo, entity)

    def reaches(self, place_path: str, organisation: UUID | None) -> bool:
        """Whether the subscriber may see an entity there."""
        if self._reach is None or monotonic() - self._reach[0] > REACH_SECONDS:
            self._reach = (monotonic(), current_reach(self.record))
        return self._reach[1].covers(place_path, organisation)


@dataclass
class Listeners:
    """All that are active, as of a version."""

    version: int = -1
    read_at: float = float("-inf")
    by_id: dict[UUID, Listening] = field(default_factory=dict)
    by_watch: dict[int, Listening] = field(default_factory=dict)
    interest: Interest = field(default_factory=Interest)

    def refresh(self) -> None:
        """Take in what changed: only the subscriptions that did."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(version), 0) FROM sense_directory_version WHERE key = %s", [SUBSCRIPTIONS])
            version = int(cursor.fetchone()[0])
        if version == self.version and monotonic() - self.read_at < 60:
            return
        active = SubscriptionRecord.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=now()), is_active=True, time_interval=None
        )
        versions = dict(active.values_list("id", "version"))
        kept = {key: one for key, one in self.by_id.items() if versions.get(key) == one.record.version}
        fresh = active.filter(id__in=versions.keys() - kept.keys())
        self.by_id = kept | {record.id: Listening(record) for record in fresh}
        self.by_watch = {id(one.watch): one for one in self.by_id.values()}
        self.interest = Interest.of(one.watch for one in self.by_id.values())
        self.version, self.read_at = version, monotonic()

    def candidates(self, urn: str, types: tuple[str, ...]) -> list[Listening]:
        """Those that may mean an entity, each once."""
        return [self.by_watch[key] for key in dict.fromkeys(id(watch) for watch in self.interest.candidates(urn, types))]


def notified_context(record: SubscriptionRecord) -> Context:
    """The context of notifications: its own, that of its making, or the core where a header could not name that one."""
    context = context_for(record.document.get("jsonldContext") or record.context)
    return context if record.accept == JSON_LD or link_of(context) is not None else CORE_CONTEXT


def _selector(kept: dict[str, str]) -> _Selector:
    types = None if kept["type"] == "*" else parse_type_query(kept["type"], CORE_CONTEXT)
    return _Selector(kept.get("id", ""), kept.get("idPattern", ""), types)
