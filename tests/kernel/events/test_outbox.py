"""Emitting: with the transaction or not at all."""

import json

import pytest
from django.db import connection, transaction
from pydantic import ValidationError

from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError
from yuzhou.kernel.events import command
from yuzhou.kernel.events.api import Event, catalogue, emit, emit_many
from yuzhou.kernel.events.models import Delivery
from yuzhou.kernel.events.outbox import LOCK_BUCKETS, bucket
from yuzhou.kernel.transactions import acting_as

from .conftest import Subscribers, ThingLost, ThingMoved

OFFICE = Actor.system("test")


@pytest.mark.django_db(transaction=True)
def test_emitting_outside_a_transaction_is_refused(subscribers: Subscribers) -> None:
    with pytest.raises(YuzhouError, match=r"kernel\.no-transaction"):
        emit(ThingMoved(subject="a", distance=1))
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_an_undeclared_event_is_refused(subscribers: Subscribers) -> None:
    class Unheard(Event):
        name = "testing.Unheard@1"

    with pytest.raises(YuzhouError, match="event-undeclared"):
        emit(Unheard(subject="a"))


@pytest.mark.django_db
def test_each_subscriber_is_owed_one_delivery_and_only_the_first_of_a_lane_is_ready(subscribers: Subscribers) -> None:
    with acting_as(Actor.public()):
        emit_many([ThingMoved(subject="a", distance=n) for n in range(3)] + [ThingMoved(subject="b", distance=9)])
        emit(ThingMoved(subject="b", distance=10))
        assert emit(ThingLost(subject="a"))
    states = list(Delivery.objects.order_by("subscriber", "subject", "id").values_list("subscriber", "subject", "state"))
    assert [state for _, _, state in states] == ["ready", "waiting", "waiting", "ready", "waiting"] * 2


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_publishes_nothing(subscribers: Subscribers) -> None:
    with transaction.atomic():
        emit(ThingMoved(subject="a", distance=1))
        transaction.set_rollback(True)
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_the_public_may_add_events_but_not_read_or_change_them(subscribers: Subscribers) -> None:
    with acting_as(Actor.public()), connection.cursor() as cursor:
        emit(ThingMoved(subject="a", distance=1))
        cursor.execute("SELECT count(*) FROM kernel_events_event")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT has_table_privilege(current_user, 'kernel_events_event', 'UPDATE')")
        assert cursor.fetchone() == (False,)


def test_a_payload_that_breaks_the_schema_cannot_be_made(subscribers: Subscribers) -> None:
    with pytest.raises(ValidationError):
        ThingMoved(subject="a", distance="far")
    with pytest.raises(ValidationError):
        ThingMoved(subject="", distance=1)
    with pytest.raises(ValidationError):
        ThingMoved(subject="a", distance=1, colour="red")


def test_the_catalogue_lists_each_published_event_with_its_schema(subscribers: Subscribers) -> None:
    published = catalogue().types["testing.ThingMoved@1"]
    assert published.part == "testing"
    assert published.schema["required"] == ["subject", "distance"]


def test_the_command_lists_events_and_prints_a_schema(subscribers: Subscribers, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([]) == 0
    assert "testing.ThingLost@1  →  -" in capsys.readouterr().out
    assert command.run(["testing.ThingMoved@1"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["distance"]["type"] == "integer"
    assert command.run(["testing.Unheard@1"]) == 1


def test_locks_are_bounded() -> None:
    assert all(0 <= bucket(f"urn:{n}") < LOCK_BUCKETS for n in range(1000))
