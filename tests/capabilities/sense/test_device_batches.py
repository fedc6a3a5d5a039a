"""Many devices changed at once: ticked or all that a filter finds, asked once more, told what did not go and why."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from tests.capabilities.sense.stage import SYSTEM, as_owner
from tests.capabilities.sense.test_onboarding_pages import DEVICES, DISTRICT, city, look, send
from tests.capabilities.sense.test_profiles import METER, define
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import Device, DeviceAct, DeviceFilter
from yuzhou.capabilities.sense.models import DeviceBatchRecord
from yuzhou.capabilities.sense.services import device_batches
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.audit.models import AuditEntry
from yuzhou.kernel.errors import Invalid, NotFound, PermissionDenied
from yuzhou.kernel.ids import urn
from yuzhou.kernel.jobs.api import run_now
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
MANY = f"{DEVICES}many"
__all__ = ["city"]  # the fixture


@pytest.fixture
def meters(make_device, places: None) -> list[Device]:
    """Three of one protocol, and one of another."""
    with as_owner():
        define(METER)
    made = [make_device(place_path=DISTRICT, protocol="http", identity=f"M-{n}", profile="", series=[]) for n in range(3)]
    return [*made, make_device(place_path=DISTRICT, identity="OTHER-1")]


def run(page: str) -> str:
    """Confirm on the page, let the worker do it; the address of the page after it."""
    found = re.search(rf'action="({MANY}/([0-9a-f-]+)/start)"', page)
    assert found, page[-1500:]
    return f"{MANY}/{found[2]}/"


def work(client: Client, address: str) -> str:
    send(client, f"{address}start")
    with as_owner():
        run_now("sense.change-devices", batch_id=address.rstrip("/").rpartition("/")[2])
    return look(client, address)


def states() -> dict[str, tuple[bool, str]]:
    with acting_as(SYSTEM):
        return {device.identity: (device.enabled, device.profile) for device in api.list_devices(actor=SYSTEM)}


def test_what_is_ticked_goes_out_of_use_and_comes_back(meters: list[Device], city: Client) -> None:
    page = look(city, DEVICES)
    assert all(f'form="chosen" name="device" value="{device.id}"' in page for device in meters)
    assert "All that the filter finds: 4 devices" in page
    page = send(city, MANY, act="suspend", which="ticked", device=[str(meters[0].id), str(meters[1].id)])
    assert "Nothing is changed yet" in page
    assert all(enabled for enabled, _profile in states().values())
    page = work(city, run(page))
    assert "All is done" in page
    assert [name for name, (enabled, _) in states().items() if not enabled] == ["M-0", "M-1"]
    page = work(city, run(send(city, MANY, act="resume", which="all", q="M-")))
    assert "Were so before" in page
    assert all(enabled for enabled, _profile in states().values())


def test_all_that_the_filter_finds_get_a_profile_and_the_page_says_who_did_not_and_why(meters, city: Client) -> None:
    page = send(city, MANY, act="profile", to_profile="cold-store", which="all", state="offline")
    page = work(city, run(page))
    assert "Some devices stayed as they were" in page
    assert "OTHER-1" in page.split("<h2>Not changed</h2>")[1]
    assert {name: profile for name, (_, profile) in states().items()} == {
        "M-0": "cold-store", "M-1": "cold-store", "M-2": "cold-store", "OTHER-1": "outlet",
    }  # fmt: skip
    with as_owner():
        (batch,) = DeviceBatchRecord.objects.all()
        assert (batch.done, batch.fault_count, batch.faults[0]["code"]) == (4, 1, "sense.profile-protocol")
        assert AuditEntry.objects.filter(subject=urn("device-batch", batch.id)).exists()
        run_now("sense.change-devices", batch_id=str(batch.id))
        batch.refresh_from_db()
    assert batch.done == 4, "what is done is not done again"


def test_an_identity_that_was_taken_meanwhile_holds_up_no_other(meters, make_device, city: Client) -> None:
    with acting_as(SYSTEM):
        for device in meters[:2]:
            api.update_device(actor=SYSTEM, device_id=device.id, enabled=False)
    make_device(place_path=DISTRICT, protocol="http", identity="M-0", profile="", series=[])
    page = work(city, run(send(city, MANY, act="resume", which="all", state="disabled")))
    assert "M-0" in page.split("<h2>Not changed</h2>")[1]
    with acting_as(SYSTEM):
        assert api.get_device(actor=SYSTEM, device_id=meters[1].id).enabled


def test_nothing_is_chosen_beyond_the_reach_or_without_the_permission(meters: list[Device], make_device) -> None:
    elsewhere = make_device(place_path="50.0101")
    rights = frozenset({"sense.device:read", "sense.device:register"})
    here = Actor(ActorKind.PERSON, "officer", uuid4(), grants=(Grant("r", rights, DISTRICT),))
    reader = Actor(ActorKind.PERSON, "reader", uuid4(), grants=(Grant("r", frozenset({"sense.device:read"}), DISTRICT),))
    with acting_as(SYSTEM):
        assert api.choose_devices(actor=here, act=DeviceAct.SUSPEND, wanted=DeviceFilter()).total == 4
        with pytest.raises(Invalid):
            api.choose_devices(actor=here, act=DeviceAct.SUSPEND, device_ids=[elsewhere.id])
        with pytest.raises(PermissionDenied):
            api.choose_devices(actor=reader, act=DeviceAct.SUSPEND, device_ids=[meters[0].id])
        mine = api.choose_devices(actor=here, act=DeviceAct.SUSPEND, device_ids=[meters[0].id])
        with pytest.raises(NotFound):
            api.get_device_batch(actor=reader, batch_id=mine.id)


def test_who_lost_the_permission_changes_nothing_more(meters: list[Device]) -> None:
    reader = Actor(ActorKind.PERSON, "reader", grants=(Grant("r", frozenset({"sense.device:read"}), "50"),))
    record = DeviceBatchRecord(act="suspend")
    with acting_as(SYSTEM), pytest.raises(PermissionDenied):
        device_batches._change(reader, meters[0].id, record)


def test_too_many_are_refused_and_a_file_of_the_ticked_is_given(meters, city: Client, monkeypatch) -> None:
    monkeypatch.setattr(device_batches, "MOST_DEVICES", 3)
    assert "narrow the filter" in send(city, MANY, act="suspend", which="all")
    assert "No device was chosen" in send(city, MANY, act="suspend", which="ticked")
    assert "Choose what is to be done" in send(city, MANY, act="", which="all")
    answer = city.post(MANY, {"act": "export", "which": "ticked", "device": [str(meters[2].id)]})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [len(lines), "M-2" in lines[1]] == [2, True]
    answer = city.post(MANY, {"act": "export", "which": "all", "q": "M-"})
    assert answer.url == f"{DEVICES}?q=M-&format=csv"
    assert city.post(MANY, {"act": "suspend", "device": ["no id"]}, follow=True).status_code == 200
    assert not DeviceBatchRecord.objects.exists()
