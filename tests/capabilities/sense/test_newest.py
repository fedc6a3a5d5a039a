"""The newest values of many devices: pages, filters, and never beyond the reach of who asks."""

import json
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.capabilities.sense.stage import AMMONIA, COD, RTD, SYSTEM, batch, series_of
from yuzhou.capabilities.sense import api
from yuzhou.kernel.actor import Actor, ActorKind, Grant
from yuzhou.kernel.row_security import WEB_ROLE
from yuzhou.kernel.transactions import acting_as

pytestmark = [pytest.mark.django_db, pytest.mark.owner]
READ = frozenset({"sense.device:read"})
FIRM = UUID(int=77)


def seen_by(grant: Grant, **asked):
    actor = Actor(kind=ActorKind.PERSON, name="officer", grants=(grant,))
    with acting_as(SYSTEM):
        page = api.list_newest(actor=actor, **asked)
    return [(row[0], row[2], row[6]) for row in page.rows], page.after


@pytest.fixture
def devices(make_device):
    made = [
        make_device(identity=f"n{number}", place_path=f"50.{'ab'[number % 2]}.x", profile=f"k{number % 2}") for number in range(6)
    ]
    for number, device in enumerate(made):
        of = series_of(device)
        api.ingest(batch(of[COD, RTD], (1, number)))
        api.ingest(batch(of[AMMONIA, RTD], (1, number + 0.5)))
    return sorted(device.id for device in made), {device.id: device for device in made}


def test_pages_follow_one_another_and_end(devices):
    ids, _ = devices
    found, after = seen_by(Grant("r", READ, place_path="50"), limit=4)
    assert [device for device, prop, _ in found if prop == COD] == ids[:4]
    assert after == ids[3]
    rest, after = seen_by(Grant("r", READ, place_path="50"), limit=4, after=after)
    assert [device for device, prop, _ in rest if prop == COD] == ids[4:]
    assert after is None


@pytest.mark.parametrize(
    ("places", "organisations"), [("", ""), ("50", ""), ("50.a,50.zz", ""), ("5", ""), ("", str(FIRM)), ("*", "*"), ("", "*")]
)
def test_below_the_selectors_the_database_shows_the_same_as_by_its_functions(devices, places, organisations):
    ids, _ = devices
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=ids[2], operator_id=FIRM)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.places', %s, true), set_config('app.organisations', %s, true)", [places, organisations]
        )
        cursor.execute("SELECT id FROM sense_device WHERE app_sees_place(place_path) OR app_sees_organisation(operator_id)")
        by_functions = set(cursor.fetchall())
        cursor.execute(f"SET LOCAL ROLE {WEB_ROLE}")
        cursor.execute("SELECT id FROM sense_device")
        assert set(cursor.fetchall()) == by_functions
        cursor.execute("RESET ROLE")


def test_only_what_is_within_reach(devices):
    ids, made = devices
    below = {device for device, *_ in seen_by(Grant("r", READ, place_path="50.a"))[0]}
    assert below == {one for one in ids if made[one].place_path == "50.a.x"}
    assert seen_by(Grant("r", READ, place_path="50.a"), device_ids=[one for one in ids if one not in below])[0] == []
    assert seen_by(Grant("r", READ, place_path="5"))[0] == []  # not a prefix of text, but of the path
    assert seen_by(Grant("r", frozenset({"sense.alarm:read"}), place_path="50"))[0] == []
    assert seen_by(Grant("r", READ, organisation=FIRM))[0] == []
    with acting_as(SYSTEM):
        api.update_device(actor=SYSTEM, device_id=ids[2], operator_id=FIRM)
    assert {device for device, *_ in seen_by(Grant("r", READ, organisation=FIRM))[0]} == {ids[2]}


def test_by_place_profile_and_property(devices):
    ids, made = devices
    city = Grant("r", READ, place_path="50")
    assert {one for one, *_ in seen_by(city, place_path="50.b")[0]} == {one for one in ids if made[one].place_path == "50.b.x"}
    assert {one for one, *_ in seen_by(city, profile="k1")[0]} == {one for one in ids if made[one].profile == "k1"}
    assert {prop for _, prop, _ in seen_by(city, properties=[COD])[0]} == {COD}
    page, after = seen_by(city, properties=["nothing"], limit=3)
    assert (page, after) == ([], ids[2])


def test_a_place_with_signs_of_patterns_is_taken_literally(make_device):
    make_device(identity="odd", place_path="50.a_b.c")
    make_device(identity="even", place_path="50.axb.c")
    with acting_as(SYSTEM):
        actor = Actor(kind=ActorKind.PERSON, name="o", grants=(Grant("r", READ, place_path="50.a_b"),))
        assert api.list_newest(actor=actor, limit=1).after is not None
        assert api.list_newest(actor=actor, limit=2).after is None


@pytest.mark.usefixtures("places")
def test_the_json_leads_on_by_its_link(devices):
    from yuzhou.kernel.access import api as access

    ids, _ = devices
    with acting_as(SYSTEM):
        user = access.create_user(actor=SYSTEM, username="reader", display_name="样例", place_path="50")
        access.grant_role(actor=SYSTEM, user=user, role="environment-officer", place_path="50")
        secret = access.create_token(actor=SYSTEM, user=user, name="t", permissions=READ).secret
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    answer = client.get("/api/v1/sense/latest", {"limit": 5, "property": COD})
    values = json.loads(answer.content)
    assert [value["device_id"] for value in values] == [str(one) for one in ids[:5]]
    assert set(values[0]) == {
        "id", "device_id", "property", "statistic", "unit", "at", "value", "flag", "marks", "source", "received_at"
    }  # fmt: skip
    link = answer["Link"]
    assert link.endswith('; rel="next"')
    following = client.get(link[1 : link.index(">")])
    assert [value["device_id"] for value in following.json()] == [str(ids[5])]
    assert "Link" not in following.headers
