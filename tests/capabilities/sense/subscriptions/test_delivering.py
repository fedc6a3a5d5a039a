"""How notifications reach their receivers: order, pauses, retention, two notifiers, who may see (clauses 5.2.14 to 5.2.16)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.capabilities.sense.stage import SYSTEM
from tests.capabilities.sense.subscriptions.stage import Receiver, deliver, seen, subscribe, try_now, write
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.subscriptions import DeliveryOutcome, DeliveryStatus, Happened, SubscriptionStatus
from yuzhou.capabilities.sense.doors.notifier.sending import deliver_due, send_for
from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings
from yuzhou.capabilities.sense.models import ChangeRecord, NotificationRecord, SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.kernel.access.api import create_user, grant_role, revoke_role
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
SETTINGS = NotifierSettings()


def values(receiver: Receiver) -> list[Any]:
    return [entity["temperature"]["value"] for entity in receiver.entities]


def test_a_receiver_that_was_down_gets_what_it_missed_in_order(receiver: Receiver) -> None:
    made = subscribe(receiver.url)
    receiver.status = 503
    for value in range(3):
        write(temperature=value)
        deliver()
    failed = seen(made)
    assert (failed.delivery, failed.times_failed, failed.waiting) == (DeliveryStatus.FAILED, 1, 3)
    assert "503" in failed.failure
    assert failed.next_try_at is not None
    try_now()
    deliver()
    assert seen(made).times_failed == 2
    receiver.status = 204
    try_now()
    deliver()
    assert values(receiver) == [0, 1, 2]
    assert (seen(made).delivery, seen(made).waiting, seen(made).times_sent) == (DeliveryStatus.OK, 0, 5)


def test_pauses_grow_and_respect_the_cooldown(receiver: Receiver) -> None:
    made = subscribe(receiver.url, endpoint={"cooldown": 7000})
    receiver.status = 500
    write(temperature=1)
    pauses = []
    for _ in range(3):
        deliver()
        record = SubscriptionRecord.objects.get(urn=made.urn)
        assert record.next_try_at is not None
        assert record.last_failure is not None
        pauses.append(round((record.next_try_at - record.last_failure).total_seconds()))
        try_now()
    assert pauses == [7, 14, 28]


def test_a_receiver_that_is_too_slow_has_failed(receiver: Receiver) -> None:
    made = subscribe(receiver.url, endpoint={"timeout": 100})
    receiver.pause = 0.5
    write(temperature=1)
    deliver()
    assert seen(made).delivery is DeliveryStatus.FAILED


def test_what_nobody_takes_is_given_up_and_counted(receiver: Receiver) -> None:
    made = subscribe(receiver.url)
    receiver.status = 500
    for value in range(4):
        write(temperature=value)
        deliver()
    assert api.drop_overdue(retention=timedelta(hours=1), most=3) == 1
    NotificationRecord.objects.filter(id=NotificationRecord.objects.earliest("id").id).update(made_at=now() - timedelta(hours=2))
    assert api.drop_overdue(retention=timedelta(hours=1), most=3) == 1
    after = seen(made)
    assert (after.dropped, after.waiting, after.delivery) == (2, 2, DeliveryStatus.FAILED)
    receiver.status = 200
    try_now()
    deliver()
    assert values(receiver) == [2, 3]


def test_throttling_tells_the_last_state_of_each_window(receiver: Receiver) -> None:
    made = subscribe(receiver.url, throttling=60)
    for value in range(4):
        write(temperature=value)
        deliver()
    assert values(receiver) == [0]
    write("urn:ngsi-ld:Room:2", temperature=10)
    deliver()
    assert seen(made).waiting == 1
    [waiting] = NotificationRecord.objects.all()
    assert 55 < (waiting.due_at - now()).total_seconds() <= 60
    NotificationRecord.objects.update(due_at=now())
    deliver()
    assert values(receiver) == [0, 3, 10]
    assert len(receiver.taken) == 2


def test_what_comes_while_a_throttled_notification_is_sent_is_not_lost(receiver: Receiver) -> None:
    subscribe(receiver.url, throttling=60)
    write(temperature=1)
    listeners = api.Listeners()
    api.make_notifications(listeners)
    claimed = api.claim_delivery()
    assert claimed is not None
    write(temperature=2)
    api.make_notifications(listeners)
    send_for(claimed, SETTINGS)
    NotificationRecord.objects.update(due_at=now())
    deliver_due(SETTINGS)
    assert values(receiver) == [1, 2]


def test_intervals(receiver: Receiver) -> None:
    made = subscribe(receiver.url, timeInterval=60, q="temperature>5")
    write(temperature=10)
    write("urn:ngsi-ld:Room:2", temperature=1)
    assert not ChangeRecord.objects.exists()
    for _ in range(2):
        assert api.make_periodic() == 0
        SubscriptionRecord.objects.update(next_interval_at=now() - timedelta(seconds=150))
        assert api.make_periodic() == 1
        deliver_due(SETTINGS)
    assert values(receiver) == [10, 10]
    with acting_as(SYSTEM):
        api.pause_subscription(actor=SYSTEM, urn=made.urn, paused=True)
        SubscriptionRecord.objects.update(next_interval_at=now())
    assert api.make_periodic() == 0


def test_pausing_and_expiry_stop_it_at_once(receiver: Receiver) -> None:
    made = subscribe(receiver.url)
    receiver.status = 500
    write(temperature=1)
    deliver()
    with acting_as(SYSTEM):
        assert api.pause_subscription(actor=SYSTEM, urn=made.urn, paused=True).status is SubscriptionStatus.PAUSED
    receiver.status = 200
    write(temperature=2)
    deliver()
    assert receiver.taken == []
    with acting_as(SYSTEM):
        api.pause_subscription(actor=SYSTEM, urn=made.urn, paused=False)
    write(temperature=3)
    deliver()
    write(temperature=4)
    api.make_notifications(api.Listeners())
    SubscriptionRecord.objects.update(expires_at=now())
    deliver()
    assert values(receiver) == [3]


def test_a_deleted_subscription_tells_nothing_more(receiver: Receiver) -> None:
    made = subscribe(receiver.url)
    listeners = api.Listeners()
    write(temperature=1)
    api.make_notifications(listeners)
    claimed = api.claim_delivery()
    with acting_as(SYSTEM):
        api.delete_subscription(actor=SYSTEM, urn=made.urn)
    assert claimed is not None
    send_for(claimed, SETTINGS)  # was being sent: its outcome finds nothing to note
    write(temperature=2)
    deliver(listeners)
    assert values(receiver) == [1]


def test_a_notifier_that_dies_after_it_delivered_delivers_again(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(receiver.url)
    write(temperature=1)
    api.make_notifications(api.Listeners())
    claimed = api.claim_delivery()
    assert claimed is not None
    with monkeypatch.context() as dying:
        dying.setattr(api, "note_delivery", lambda *given, **more: None)
        send_for(claimed, SETTINGS)
    assert api.claim_delivery() is None  # held until its time is over
    try_now()
    deliver_due(SETTINGS)
    assert values(receiver) == [1, 1]
    api.note_delivery(claimed, DeliveryOutcome([], 1, "late"))  # the dead one wakes up: nobody listens to it
    assert SubscriptionRecord.objects.get().times_failed == 0


def test_a_subscription_is_sent_for_by_one_at_a_time(receiver: Receiver) -> None:
    subscribe(receiver.url)
    write(temperature=1)
    api.make_notifications(api.Listeners())
    first = api.claim_delivery()
    assert first is not None
    assert api.claim_delivery() is None
    api.renew_deliveries([first.worker])
    send_for(first, SETTINGS)
    assert api.claim_delivery() is None
    write(temperature=2)
    api.make_notifications(api.Listeners())
    assert api.claim_delivery() is not None


def test_one_receiver_that_hangs_holds_up_nobody_else(receiver: Receiver) -> None:
    subscribe("http://127.0.0.1:9/nobody")
    subscribe(receiver.url)
    write(temperature=1)
    deliver()
    assert values(receiver) == [1]


def test_an_address_that_is_private_by_now_is_not_called(receiver: Receiver, settings: Any) -> None:
    made = subscribe(receiver.url)
    settings.YUZHOU_NOTIFIER_ALLOW = ""
    write(temperature=1)
    deliver()
    assert receiver.taken == []
    assert seen(made).failure


def test_a_subscriber_hears_of_its_own_places_only(receiver: Receiver) -> None:
    officer = Actor(
        ActorKind.PERSON,
        "officer",
        None,
        grants=(Grant("r", frozenset({"sense.entity:subscribe", "sense.device:read"}), place_path="50.a"),),
    )
    made = subscribe(receiver.url)
    SubscriptionRecord.objects.filter(urn=made.urn).update(reach={"places": ["50.a"]})
    write(place="50.a.b", temperature=1)
    write("urn:ngsi-ld:Room:2", place="50.ab", temperature=2)
    write("urn:ngsi-ld:Room:3", event=Happened.UPDATED, place="50", temperature=3)
    deliver()
    assert values(receiver) == [1]
    with acting_as(officer):
        assert api.count_subscriptions(actor=officer) == 0


@pytest.mark.usefixtures("places")
def test_a_grant_that_is_revoked_ends_what_is_told(receiver: Receiver) -> None:
    with acting_as(SYSTEM):
        user = create_user(actor=SYSTEM, username="listener", password="Chongqing-2026-rain", display_name="样例订阅人")
        held = grant_role(actor=SYSTEM, user=user.id, role="device-officer", place_path="50.0106")
    person = Actor(
        ActorKind.PERSON,
        "listener",
        user.id,
        grants=(Grant("device-officer", frozenset({"sense.entity:subscribe", "sense.device:read"}), place_path="50.0106"),),
    )
    subscribe(receiver.url, actor=person)
    write(place="50.0106", temperature=1)
    deliver()
    write(place="50.0106", temperature=2)
    api.make_notifications(api.Listeners())  # made while it was still allowed
    with acting_as(SYSTEM):
        revoke_role(actor=SYSTEM, grant=held.id)
    deliver()
    write(place="50.0106", temperature=3)
    deliver()
    assert values(receiver) == [1]
    assert not NotificationRecord.objects.exists()


def test_many_entities_come_in_few_notifications(receiver: Receiver) -> None:
    subscribe(receiver.url)
    for number in range(120):
        write(f"urn:ngsi-ld:Room:{number:03}", temperature=number)
    deliver()
    assert [len(body["data"]) for body in receiver.taken] == [100, 20]
    assert values(receiver) == list(range(120))


def test_the_context_of_a_subscription_must_be_known(receiver: Receiver) -> None:
    with acting_as(SYSTEM), pytest.raises(Exception, match="context"):
        api.create_subscription(
            actor=SYSTEM,
            context=CORE_CONTEXT,
            body={
                "type": "Subscription",
                "entities": [{"type": "Room"}],
                "jsonldContext": "https://nowhere.invalid/context.jsonld",
                "notification": {"endpoint": {"uri": receiver.url}},
            },
        )
