"""Subscriptions are checked as the standard says (clauses 5.8.1 to 5.8.5), kept sealed, and seen by those who may."""

from typing import Any
from uuid import UUID

import pytest

from tests.capabilities.sense.stage import SYSTEM, as_owner
from yuzhou.capabilities.sense.contracts.subscriptions import SubscriptionStatus
from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.subscription import show
from yuzhou.capabilities.sense.selectors.subscriptions import get_subscription, list_subscriptions
from yuzhou.capabilities.sense.services.subscriptions.define import (
    create_subscription,
    delete_subscription,
    pause_subscription,
    update_subscription,
)
from yuzhou.capabilities.sense.services.subscriptions.endpoints import open_endpoint, outstanding_endpoints, reencrypt_endpoints
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.keys import api as keys
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
MAY = frozenset({"sense.entity:subscribe", "sense.device:read"})


def officer(place: str = "50.a", permissions: frozenset[str] = MAY, identifier: UUID | None = None) -> Actor:
    return Actor(ActorKind.PERSON, "officer", identifier or uuid7(), grants=(Grant("r", permissions, place_path=place),))


def body(**given: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": "https://1.1.1.1/notify"}},
    }
    return {name: value for name, value in (usual | given).items() if value is not ...}


def notification(**given: Any) -> dict[str, Any]:
    return {"endpoint": {"uri": "https://1.1.1.1/notify"}, **given}


def endpoint(**given: Any) -> dict[str, Any]:
    return {"notification": {"endpoint": {"uri": "https://1.1.1.1/notify", **given}}}


def test_it_is_kept_and_seen() -> None:
    actor = officer()
    with acting_as(actor):
        made = create_subscription(
            actor=actor,
            context=CORE_CONTEXT,
            body=body(
                id="urn:ngsi-ld:Subscription:1",
                watchedAttributes=["temperature"],
                q="temperature>20",
                throttling=5,
                status="expired",
                somethingElse=1,
                notification=notification(attributes=["temperature"], timesSent=42),
            ),
        )
        [listed] = list_subscriptions(actor=actor)
    assert (made.status, made.times_sent, listed.urn) == (SubscriptionStatus.ACTIVE, 0, "urn:ngsi-ld:Subscription:1")
    shown = show(made.document, CORE_CONTEXT)
    assert shown["entities"] == [{"type": "Room"}]
    assert shown["watchedAttributes"] == ["temperature"]
    assert shown["notification"]["attributes"] == ["temperature"]
    assert "somethingElse" not in shown
    assert "timesSent" not in shown["notification"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Entity"},
        {"type": ...},
        {"id": "no uri"},
        {"entities": []},
        {"entities": ...},
        {"entities": [{"id": "urn:a:1"}]},
        {"entities": [{"type": "Room", "id": "1"}]},
        {"entities": [{"type": "Room", "idPattern": "(a+)+$("}]},
        {"entities": [{"type": "Room|;"}]},
        {"watchedAttributes": []},
        {"watchedAttributes": [1]},
        {"notificationTrigger": ["entityChanged"]},
        {"notificationTrigger": []},
        {"q": "temperature>"},
        {"q": ""},
        {"scopeQ": "/a//"},
        {"geoQ": {"georel": "near"}},
        {"geoQ": {"georel": "near;maxDistance==x", "geometry": "Point", "coordinates": [1, 2]}},
        {"throttling": -1},
        {"throttling": True},
        {"timeInterval": 0},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 5, "watchedAttributes": ["a"]},
        {"expiresAt": "2000-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"isActive": "yes"},
        {"jsonldContext": "nowhere"},
        {"notification": ...},
        {"notification": {}},
        {"notification": notification(format="xml")},
        {"notification": notification(attributes=[])},
        {"notification": notification(attributes=["a"], pick=["a"])},
        {"notification": notification(attributes=["a"], omit=["a"])},
        {"notification": notification(pick=["a"], omit=["a"])},
        {"notification": notification(showChanges=True, format="keyValues")},
        {"notification": notification(joinLevel=2)},
        {"notification": notification(join="across")},
        endpoint(uri="ftp://1.1.1.1/"),
        endpoint(uri="http://"),
        endpoint(uri="http://1.1.1.1:99999/"),
        endpoint(uri="https://user:word@1.1.1.1/"),
        endpoint(uri="mqtt://1.1.1.1"),
        endpoint(uri="mqtt://1.1.1.1/a/#"),
        endpoint(accept="text/plain"),
        endpoint(timeout=0),
        endpoint(cooldown=-5),
        endpoint(receiverInfo={"a": "b"}),
        endpoint(receiverInfo=[{"key": "Host", "value": "b"}]),
        endpoint(receiverInfo=[{"key": "X-A", "value": "b\r\nX-B: c"}]),
        endpoint(notifierInfo=[{"key": "MQTT-QoS", "value": "3"}]),
        endpoint(notifierInfo=[{"key": "MQTT-Version", "value": "mqtt4"}]),
    ],
)
def test_what_the_standard_does_not_have_is_refused(wrong: dict[str, Any]) -> None:
    with acting_as(SYSTEM), pytest.raises(Problem) as refused:
        create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(**wrong))
    assert refused.value.kind is ProblemKind.BAD_REQUEST_DATA


@pytest.mark.parametrize(("given", "kind"), [("a==1", ProblemKind.OPERATION_NOT_SUPPORTED), ("((", ProblemKind.BAD_REQUEST_DATA)])
def test_there_are_no_context_sources(given: str, kind: ProblemKind) -> None:
    with acting_as(SYSTEM), pytest.raises(Problem) as refused:
        create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(csf=given))
    assert refused.value.kind is kind


@pytest.mark.parametrize("uri", ["http://127.0.0.1/a", "http://10.0.0.1/", "http://[::1]/", "mqtt://169.254.169.254/a"])
def test_private_networks_are_closed_until_an_administrator_opens_them(uri: str, settings: Any) -> None:
    with acting_as(SYSTEM):
        with pytest.raises(Problem, match="private"):
            create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(**endpoint(uri=uri)))
        settings.YUZHOU_NOTIFIER_ALLOW = "127.0.0.0/8,10.0.0.0/8,::1/128,169.254.0.0/16"
        create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(**endpoint(uri=uri)))


def test_secrets_are_sealed_and_masked_and_stay_when_they_come_back_masked() -> None:
    info = [{"key": "Authorization", "value": "Bearer abc"}, {"key": "X-Room", "value": "1"}]
    with acting_as(SYSTEM):
        made = create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(**endpoint(receiverInfo=info)))
        shown = made.document["notification"]
        assert shown["endpoint"]["receiverInfo"] == [{"key": "Authorization", "value": "******"}, info[1]]
        update_subscription(actor=SYSTEM, urn=made.urn, context=CORE_CONTEXT, body={"notification": shown})
        record = SubscriptionRecord.objects.get()
        assert "Bearer" not in str(record.document)
        assert open_endpoint(record)["receiverInfo"] == info
        keys.rotate()
        assert reencrypt_endpoints() <= 1
        assert outstanding_endpoints() == 0
        assert open_endpoint(SubscriptionRecord.objects.get())["receiverInfo"] == info


def test_an_update_replaces_what_it_names_and_nothing_else() -> None:
    with acting_as(SYSTEM):
        made = create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(q="a==1", throttling=5, description="x"))
        fragment = {"type": "Subscription", "throttling": None, "q": "b==2", "notification": {"format": "concise"}}
        changed = update_subscription(actor=SYSTEM, urn=made.urn, context=CORE_CONTEXT, body=fragment)
        for wrong in ({"notification": {"endpoint": None}}, {"entities": None}, {"q": "b="}, {"timeInterval": -1}):
            with pytest.raises(Problem):
                update_subscription(actor=SYSTEM, urn=made.urn, context=CORE_CONTEXT, body=wrong)
    document = changed.document
    assert (document["q"], document["description"], document["notification"]["format"]) == ("b==2", "x", "concise")
    assert "throttling" not in document
    assert document["notification"]["endpoint"]["uri"] == "https://1.1.1.1/notify"


def test_pausing_expiry_and_going_on() -> None:
    with acting_as(SYSTEM):
        made = create_subscription(actor=SYSTEM, context=CORE_CONTEXT, body=body(isActive=False))
        assert made.status is SubscriptionStatus.PAUSED
        assert pause_subscription(actor=SYSTEM, urn=made.urn, paused=False).status is SubscriptionStatus.ACTIVE
        SubscriptionRecord.objects.update(expires_at="2020-01-01T00:00Z", is_active=False)
        assert get_subscription(actor=SYSTEM, urn=made.urn).status is SubscriptionStatus.EXPIRED
        future = {"expiresAt": "2999-01-01T00:00:00Z"}
        assert (
            update_subscription(actor=SYSTEM, urn=made.urn, context=CORE_CONTEXT, body=future).status is SubscriptionStatus.ACTIVE
        )
        delete_subscription(actor=SYSTEM, urn=made.urn)
        with pytest.raises(Problem) as unknown:
            delete_subscription(actor=SYSTEM, urn=made.urn)
        assert unknown.value.kind is ProblemKind.RESOURCE_NOT_FOUND


def test_others_see_it_only_where_they_may_subscribe() -> None:
    maker, neighbour, above = officer("50.a.b"), officer("50.c"), officer("50.a")
    with acting_as(maker):
        made = create_subscription(actor=maker, context=CORE_CONTEXT, body=body(id="urn:x:1"))
    for actor, count in ((maker, 1), (neighbour, 0), (above, 1)):
        with acting_as(actor):
            assert len(list_subscriptions(actor=actor)) == count
    with acting_as(neighbour):
        with pytest.raises(Problem) as hidden:
            get_subscription(actor=neighbour, urn=made.urn)
        assert hidden.value.kind is ProblemKind.RESOURCE_NOT_FOUND
        with pytest.raises(Problem) as taken:
            create_subscription(actor=neighbour, context=CORE_CONTEXT, body=body(id="urn:x:1"))
        assert taken.value.kind is ProblemKind.ALREADY_EXISTS
    stranger = officer("50", frozenset({"sense.device:read"}))
    with acting_as(stranger), pytest.raises(PermissionDenied):
        create_subscription(actor=stranger, context=CORE_CONTEXT, body=body())
    with as_owner():
        assert SubscriptionRecord.objects.count() == 1
