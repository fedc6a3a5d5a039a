"""Changes are noted for those who subscribed, in the transaction that makes them, and for nobody else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, T0, batch, series_of
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device
from yuzhou.capabilities.sense.contracts.subscriptions import AttributeChange, Change, Happened
from yuzhou.capabilities.sense.models import ChangeRecord, SubscriptionRecord
from yuzhou.capabilities.sense.services.subscriptions.noticing import SUBSCRIPTIONS, forget_interest, note_changes
from yuzhou.capabilities.sense.services.subscriptions.series import watched_series
from yuzhou.capabilities.sense.services.versions import bump
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

NAME = "https://uri.etsi.org/ngsi-ld/default-context/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget_interest()
    watched_series.forget()
    yield
    forget_interest()
    watched_series.forget()


def subscribe(**given: Any) -> SubscriptionRecord:
    moment = now()
    with acting_as(SYSTEM):
        bump(SUBSCRIPTIONS)
        return SubscriptionRecord.objects.create(
            **{
                "urn": f"urn:ngsi-ld:Subscription:{moment.timestamp()}",
                "entities": [{"type": "Room", "types": [NAME + "Room"]}],
                "triggers": ["attributeCreated", "attributeUpdated"],
                "accept": "application/json",
                "owner_kind": "system",
                "owner_name": "test",
                "created_at": moment,
                "modified_at": moment,
            }
            | given
        )


def change(**given: Any) -> Change:
    usual: dict[str, Any] = {
        "urn": "urn:ngsi-ld:Room:1",
        "types": (NAME + "Room",),
        "event": Happened.UPDATED,
        "place_path": "50.a",
        "organisation_id": None,
        "at": now(),
        "attributes": (AttributeChange(NAME + "temperature", Happened.UPDATED),),
    }
    return Change(**(usual | given))


def noted(*changes: Change) -> int:
    with acting_as(SYSTEM):
        before = ChangeRecord.objects.count()
        note_changes(changes=changes)
        return ChangeRecord.objects.count() - before


def test_nobody_listens() -> None:
    assert noted(change()) == 0


@pytest.mark.parametrize(
    ("subscription", "changed", "wanted"),
    [
        ({}, {}, True),
        ({}, {"types": (NAME + "Hall",)}, False),
        ({"entities": []}, {"types": (NAME + "Hall",)}, True),
        ({"entities": [{"id": "urn:ngsi-ld:Room:1", "types": []}]}, {}, True),
        ({"entities": [{"id": "urn:ngsi-ld:Room:2", "types": []}]}, {}, False),
        ({"entities": [{"idPattern": "Room:[0-9]$", "types": [NAME + "Room"]}]}, {}, True),
        ({"entities": [{"idPattern": "Room:[2-9]$", "types": [NAME + "Room"]}]}, {}, False),
        ({"watched": [NAME + "temperature"]}, {}, True),
        ({"watched": [NAME + "pressure"]}, {}, False),
        ({"triggers": ["attributeDeleted"]}, {}, False),
        ({"triggers": ["entityUpdated"]}, {}, True),
        ({"triggers": ["entityCreated"]}, {"event": Happened.CREATED}, True),
        ({"triggers": ["entityDeleted"]}, {"event": Happened.CREATED}, False),
        ({"triggers": ["entityDeleted"]}, {"event": Happened.DELETED, "attributes": ()}, True),
        ({"is_active": False}, {}, False),
        ({"expires_at": T0}, {}, False),
        ({"time_interval": 5}, {}, False),
    ],
)
def test_what_is_wanted(subscription: dict[str, Any], changed: dict[str, Any], wanted: bool) -> None:
    subscribe(**subscription)
    assert noted(change(**changed)) == wanted


def test_a_deleted_entity_is_kept_for_its_notification() -> None:
    subscribe(triggers=["entityDeleted"])
    document = {NAME + "temperature": [{"type": "Property", "value": 20}]}
    assert noted(change(event=Happened.DELETED, attributes=(), gone=document, scopes=("/a",)))
    with acting_as(SYSTEM):
        kept = ChangeRecord.objects.get().gone
    assert kept["document"] == document
    assert kept["scopes"] == ["/a"]


@pytest.mark.owner
def test_readings_of_watched_series_are_noted(make_device: Callable[..., Device]) -> None:
    device = make_device()
    api.ingest(batch(series_of(device)[COD, RTD], (0, 1.0)))
    assert not ChangeRecord.objects.exists()
    subscribe(entities=[{"type": "Device", "types": [NAME + "Device"]}], watched=[NAME + COD], shows_changes=True)
    api.ingest(batch(series_of(device)[COD, RTD], (60, 2.0), (120, 3.0)))
    [row] = ChangeRecord.objects.all()
    assert row.device_id == device.id
    assert row.attributes == [[NAME + COD, Happened.UPDATED, "", {"type": "Property", "value": 1}]]


@pytest.mark.owner
def test_the_first_reading_creates_its_attribute_and_others_are_passed_over(make_device: Callable[..., Device]) -> None:
    device = make_device()
    subscribe(entities=[], watched=[NAME + AMMONIA])
    api.ingest(batch(series_of(device)[COD, RTD], (0, 1.0)))
    assert not ChangeRecord.objects.exists()
    api.ingest(batch(series_of(device)[AMMONIA, RTD], (0, 1.0)))
    [row] = ChangeRecord.objects.all()
    assert row.attributes == [[NAME + AMMONIA, Happened.CREATED, "", None]]


@pytest.mark.owner
def test_what_was_told_already_is_not_told_again(make_device: Callable[..., Device]) -> None:
    device = make_device()
    subscribe(entities=[])
    api.ingest(batch(series_of(device)[COD, RTD], (0, 1.0)), told=True)
    assert not ChangeRecord.objects.exists()
