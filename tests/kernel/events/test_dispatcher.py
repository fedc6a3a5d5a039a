"""Delivering: in order, again after a fault, and dead in the end."""

import threading
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import NotFound, PermissionDenied
from yuzhou.kernel.events.api import Dispatcher, ReceivedEvent, count_open, emit, emit_many, list_dead, purge, retry, skip
from yuzhou.kernel.events.dispatcher import MAX_ATTEMPTS, pause_after
from yuzhou.kernel.events.models import Delivery
from yuzhou.kernel.transactions import acting_as, current_actor

from .conftest import Subscribers, ThingMoved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

ADMINISTRATOR = Actor.system("administrator")


@pytest.fixture(autouse=True)
def recorded() -> list[str]:
    """Acts recorded during the test."""
    noted: list[str] = []
    before = acts.set_sink(lambda *, actor, act, subject, details: noted.append(act))
    yield noted
    acts.set_sink(before)


def move(subject: str, *distances: int) -> None:
    with transaction.atomic():
        emit_many([ThingMoved(subject=subject, distance=distance) for distance in distances])


def make_due() -> None:
    Delivery.objects.filter(state="ready").update(due_at="2000-01-01T00:00Z")


def fail_on(distance: int) -> Callable[[ReceivedEvent], None]:
    def do(event: ReceivedEvent) -> None:
        if event.payload["distance"] == distance:
            raise ValueError("no such distance")

    return do


def die(dispatcher: Dispatcher) -> None:
    """Use up all attempts of what fails."""
    for _ in range(MAX_ATTEMPTS):
        make_due()
        dispatcher.drain()


def test_events_of_a_subject_come_in_order_to_each_subscriber_as_its_system_actor(subscribers: Subscribers) -> None:
    actors = []
    subscribers.do = lambda event: actors.append(current_actor())
    for n in range(5):
        move("a", n, n + 100)
    assert Dispatcher().drain() == 20
    assert subscribers.distances() == subscribers.distances("second") == [0, 100, 1, 101, 2, 102, 3, 103, 4, 104]
    assert set(actors) == {Actor.system("testing")}
    assert count_open().ready == count_open().waiting == 0


def test_a_failed_handler_leaves_nothing_behind_and_comes_again_before_its_successors(subscribers: Subscribers) -> None:
    def half(event: ReceivedEvent) -> None:
        Group.objects.create(name=f"half done {event.id}")
        fail_on(1)(event)

    subscribers.do = half
    move("a", 1, 2)
    move("b", 3)
    dispatcher = Dispatcher()
    dispatcher.drain()
    assert subscribers.distances() == []
    assert subscribers.distances("first", "b") == [3]
    failed = Delivery.objects.get(state="ready")
    assert failed.attempts == 1
    assert "no such distance" in failed.last_error
    assert Group.objects.count() == 1  # b's
    subscribers.do = lambda event: None
    make_due()
    dispatcher.drain()
    assert subscribers.distances() == [1, 2]


def test_the_attempt_of_a_dispatcher_that_died_counts_and_the_delivery_comes_again(subscribers: Subscribers) -> None:
    move("a", 1)
    lost = Dispatcher()
    first, _second = lost._claim()
    assert lost._begin(first) is not None  # claimed two, began the one, and then the process is gone
    assert lost._begin(first) is None
    assert Dispatcher().drain() == 0  # the lease holds
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 1]  # only what began counts
    make_due()
    assert Dispatcher().drain() == 2
    assert set(Delivery.objects.values_list("attempts", "state")) == {(1, "done"), (2, "done")}


def test_a_dispatcher_that_lost_its_claim_does_not_work_on_it(subscribers: Subscribers) -> None:
    move("a", 1)
    slow = Dispatcher()
    stale = slow._claim()
    make_due()
    Dispatcher().drain()
    for claim in stale:
        slow._work(claim)
    assert subscribers.distances() == [1]


def test_what_slow_handlers_leave_no_time_for_is_given_back_uncounted(
    subscribers: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject in "abc":
        move(subject, 1)
    subscribers.do = lambda event: time.sleep(0.05)
    monkeypatch.setattr("yuzhou.kernel.events.dispatcher.LEASE_SECONDS", 0.02)
    assert Dispatcher().run_once() < 6
    waiting = Delivery.objects.filter(state="ready")
    assert waiting
    assert {one.attempts for one in waiting} == {0}
    monkeypatch.setattr("yuzhou.kernel.events.dispatcher.LEASE_SECONDS", 30.0)
    subscribers.do = lambda event: None
    Dispatcher().drain()
    assert set(Delivery.objects.values_list("attempts", "state")) == {(1, "done")}


def test_a_lane_whose_dispatcher_died_before_promoting_is_found_again(subscribers: Subscribers) -> None:
    move("a", 1, 2)
    Dispatcher().run_once()  # closed the first, and is gone
    fresh = Dispatcher()
    assert fresh.drain() == 0
    from yuzhou.kernel.events.lanes import stalled

    fresh._to_promote = stalled()
    fresh.drain()
    assert subscribers.distances() == [1, 2]


def test_out_of_attempts_is_dead_alarms_and_holds_back_only_its_own_subject(
    subscribers: Subscribers, recorded: list[str]
) -> None:
    subscribers.do = fail_on(1)
    move("a", 1, 2)
    move("b", 3)
    dispatcher = Dispatcher()
    die(dispatcher)
    assert subscribers.distances() == []
    assert subscribers.distances("second") == [1, 2]
    assert subscribers.distances("first", "b") == [3]
    (dead,) = list_dead(actor=ADMINISTRATOR)
    assert (dead.subject, dead.attempts, dead.held_back, dead.event_name) == ("a", MAX_ATTEMPTS, 1, "testing.ThingMoved@1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload->>'delivery' FROM kernel_events_event WHERE name = 'kernel.DeliveryDied@1'")
        assert cursor.fetchall() == [(str(dead.id),)]
    move("a", 4)
    dispatcher.drain()
    assert subscribers.distances() == []

    subscribers.do = lambda event: None
    with acting_as(ADMINISTRATOR):
        retry(actor=ADMINISTRATOR, delivery=dead.id)
    dispatcher.drain()
    assert subscribers.distances() == [1, 2, 4]
    assert recorded == ["kernel.events:retry"]
    with pytest.raises(NotFound), transaction.atomic():
        retry(actor=ADMINISTRATOR, delivery=dead.id)


def test_a_skipped_delivery_lets_those_behind_it_run(subscribers: Subscribers, recorded: list[str]) -> None:
    subscribers.do = fail_on(1)
    move("a", 1, 2)
    dispatcher = Dispatcher()
    die(dispatcher)
    (dead,) = list_dead(actor=ADMINISTRATOR)
    with pytest.raises(PermissionDenied), transaction.atomic():
        skip(actor=Actor.public(), delivery=dead.id)
    with transaction.atomic():
        skip(actor=ADMINISTRATOR, delivery=dead.id)
    dispatcher.drain()
    assert subscribers.distances() == [2]
    assert recorded == ["kernel.events:skip"]


def test_concurrent_emitters_and_dispatchers_keep_each_subjects_order_and_deliver_once(subscribers: Subscribers) -> None:
    per_emitter, subjects = 40, ["a", "b", "c"]
    lock = threading.Lock()
    counter = dict.fromkeys(subjects, 0)

    def emit_some() -> None:
        for n in range(per_emitter):
            subject = subjects[n % len(subjects)]
            with transaction.atomic():
                emit(ThingMoved(subject=subject, distance=0))  # takes the subject's lock: what follows is in its order
                with lock:
                    counter[subject] += 1
                    number = counter[subject]
                emit(ThingMoved(subject=subject, distance=number))
        connection.close()

    dispatchers = [Dispatcher(batch=5) for _ in range(3)]

    def dispatch(dispatcher: Dispatcher) -> None:
        dispatcher.run()
        connection.close()

    emitters = [threading.Thread(target=emit_some) for _ in range(4)]
    runners = [threading.Thread(target=dispatch, args=(dispatcher,)) for dispatcher in dispatchers]
    for thread in (*emitters, *runners):
        thread.start()
    for thread in emitters:
        thread.join()
    deadline = threading.Event()
    for _ in range(600):
        if not Delivery.objects.filter(state__in=("ready", "waiting")).exists():
            break
        deadline.wait(0.05)
    for dispatcher in dispatchers:
        dispatcher.stop.set()
    for thread in runners:
        thread.join()
    for name in ("first", "second"):
        for subject in subjects:
            numbers = [d for d in subscribers.distances(name, subject) if d]
            assert numbers == list(range(1, counter[subject] + 1))
    assert Delivery.objects.exclude(attempts=1).count() == 0


def test_old_finished_deliveries_and_their_events_are_purged(subscribers: Subscribers) -> None:
    move("a", 1)
    Dispatcher().drain()
    assert purge() == 0
    Delivery.objects.update(finished_at="2000-01-01T00:00Z")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_events_event SET emitted_at = '2000-01-01'")
    assert purge() == 3


def test_pauses_grow_to_ten_minutes() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 20)] == [2, 4, 8, 600]
